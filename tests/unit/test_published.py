"""The published figures: all there, and in agreement with the catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.errors import ReferenceFileError
from mnistreport.published import load_published
from mnistreport.reference import reference_folder

PUBLISHED = load_published(reference_folder() / "published")
CATALOG = load_catalog()


def surviving(name: str, curve: str) -> list[float]:
    """The values of a curve that the document still has."""
    return [value for value in PUBLISHED[name][curve] if value is not None]


def test_every_curve_belongs_to_an_experiment() -> None:
    """All of A, B, D, and E's five MLPs."""
    without = [name for name in CATALOG if name not in PUBLISHED]
    assert without == [n for n in CATALOG if n.startswith("depth/")] + ["cnn/model8"]
    assert set(PUBLISHED) <= set(CATALOG)


def test_curves_have_a_value_for_each_epoch() -> None:
    """As many as the training has epochs, or table rows."""
    for name, curves in PUBLISHED.items():
        experiment = CATALOG[name]
        expected = experiment.epochs or 17
        assert {len(curve) for curve in curves.values()} == {expected}, name


def test_what_the_documents_lost_is_none() -> None:
    """Epoch 6 of A's RMSprop and epoch 50 of its Nadam; nothing else of what was validated."""
    lost = {
        (name, epoch)
        for name, curves in PUBLISHED.items()
        for epoch, value in enumerate(curves.get("val_accuracy", ()), 1)
        if value is None
    }
    assert lost == {("wide/rmsprop", 6), ("wide/nadam", 50)}
    assert PUBLISHED["wide/rmsprop"]["val_accuracy"][3:7] == [0.9603, 0.9698, None, 0.9689]


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_finals_of_the_catalog_end_the_curves(name: str) -> None:
    """The last surviving value of a curve is the final that the catalog carries."""
    ends = {
        "val_accuracy": "test_accuracy",
        "test_accuracy": "test_accuracy",
        "train_accuracy": "train_accuracy",
        "val_loss": "test_loss",
        "loss": "final_loss",
    }
    figures = CATALOG[name].published.figures()
    compared = 0
    for curve, metric in ends.items():
        # document A's training lines survive on single epochs only
        if curve in PUBLISHED[name] and not (curve == "loss" and name.startswith("wide/")):
            assert surviving(name, curve)[-1] == figures[metric]
            compared += 1
    assert compared >= 1


def test_document_d_is_tabulated_every_600_iterations() -> None:
    """17 rows, 0 to 9600."""
    assert PUBLISHED["numpy/adam"]["iteration"] == [600.0 * row for row in range(17)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[curves.a", "Expected"),
        ("[curves.a]\nloss = 3", "arrays"),
        ('[curves.a]\nloss = ["x"]', "no figure"),
        ("[curves.a]\nloss = [1.0]\nval_loss = [1.0, 2.0]", "differ in length"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    """In one line that names the file."""
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(ReferenceFileError, match=message) as error:
        load_published(tmp_path)
    assert "x.toml" in str(error.value)
