"""The published figures: all there, and in agreement with the catalog."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.errors import ReferenceFileError
from mnistreport.published import Curves, load_published, set_beside
from mnistreport.reference import reference_folder
from tests.unit.records import experiment, numpy_experiment, run

FOLDER = reference_folder() / "published"
PUBLISHED = load_published(FOLDER)
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


# --- what survived, epoch by epoch ------------------------------------------------------

#: training lines of document A that survive: experiment -> epoch -> (loss, accuracy)
TRAINING_LINES = {
    "wide/sgd-0.001": {13: (0.2656, 0.9736)},
    "wide/adagrad": {19: (0.0457, 0.9938)},
    "wide/adadelta": {7: (0.5538, 0.9764)},
    "wide/nadam": {32: (0.0356, 0.9960), 43: (0.0450, 0.9961)},
}


def by_epoch(curves: Curves, history: str) -> dict[int, float]:
    """The figures of a curve that the document kept, by epoch."""
    values = enumerate(curves.get(history, []), 1)
    return {epoch: value for epoch, value in values if value is not None}


def of(group: str) -> list[str]:
    """The experiments of a group that have curves."""
    return [name for name in PUBLISHED if name.startswith(f"{group}/")]


@pytest.mark.parametrize("name", of("wide"))
def test_document_a_kept_five_training_lines(name: str) -> None:
    """Training loss and accuracy stand at the epochs whose lines survive, nowhere else."""
    kept = TRAINING_LINES.get(name, {})
    loss = by_epoch(PUBLISHED[name], "loss")
    accuracy = by_epoch(PUBLISHED[name], "accuracy")
    assert {epoch: (loss[epoch], accuracy[epoch]) for epoch in loss} == kept
    assert set(loss) == set(accuracy)
    assert ("loss" in PUBLISHED[name]) == bool(kept)


def test_the_garbled_epochs_of_rmsprop() -> None:
    """Around a page break two lines belong to epochs 4 and 5, and the third to epoch 7."""
    curves = PUBLISHED["wide/rmsprop"]
    assert curves["val_loss"][2:8] == [0.7946, 0.5843, 0.4999, None, 0.5392, 0.5838]
    assert curves["val_accuracy"][2:8] == [0.9536, 0.9603, 0.9698, None, 0.9689, 0.9708]


@pytest.mark.parametrize(
    ("name", "epoch", "figures"),
    [
        ("wide/sgd", 21, (0.1910, 0.9512)),
        ("wide/sgd", 42, (0.1840, 0.9566)),
        ("wide/adadelta", 19, (0.5560, 0.9716)),
        ("wide/adadelta", 40, (0.5282, 0.9812)),
        ("wide/adam", 5, (0.8119, 0.9577)),
        ("wide/nadam", 17, (0.6221, 0.9724)),
        ("wide/nadam", 38, (0.7396, 0.9727)),
        ("wide/nadam", 49, (0.7712, 0.9778)),
    ],
)
def test_lines_that_a_page_break_cut_off(
    name: str, epoch: int, figures: tuple[float, float]
) -> None:
    """Where the heading is damaged or displaced, the epochs before and after decide."""
    curves = PUBLISHED[name]
    assert (curves["val_loss"][epoch - 1], curves["val_accuracy"][epoch - 1]) == figures


@pytest.mark.parametrize("name", of("small"))
def test_document_b_is_complete(name: str) -> None:
    """All four histories of all 20 epochs are there, on 3,000 test images."""
    curves = PUBLISHED[name]
    assert set(curves) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for history in curves:
        assert len(by_epoch(curves, history)) == 20
    for value in by_epoch(curves, "val_accuracy").values():
        assert abs(value * 3000 - round(value * 3000)) < 3000 * 5.1e-5


@pytest.mark.parametrize("name", of("numpy"))
def test_document_d_has_17_rows_a_run(name: str) -> None:
    """Rows stand at iterations 0, 600, ..., 9600, and are shares of 60,000 and 10,000 images."""
    curves = PUBLISHED[name]
    assert curves["iteration"] == [float(i) for i in range(0, 9601, 600)]
    for history, images in (("train_accuracy", 60_000), ("test_accuracy", 10_000)):
        values = by_epoch(curves, history)
        assert len(values) == 17
        for value in values.values():
            assert round(round(value * images) / images, 6) == value


@pytest.mark.parametrize("name", of("mlp"))
def test_document_e_has_the_training_loss_of_every_epoch(name: str) -> None:
    """Loss alone was printed, and it falls to under a fifth of where it began."""
    (history,) = PUBLISHED[name]
    loss = by_epoch(PUBLISHED[name], history)
    assert history == "loss"
    assert len(loss) == CATALOG[name].epochs
    assert loss[len(loss)] < loss[1] / 5


def test_the_number_of_published_values() -> None:
    """Nothing was dropped on the way: 806 figures of A, 560 of B, 204 of D, 140 of E."""
    axes = {"iteration"}
    counts = {
        group: sum(
            len(by_epoch(PUBLISHED[name], history))
            for name in of(group)
            for history in set(PUBLISHED[name]) - axes
        )
        for group in ("wide", "small", "numpy", "mlp")
    }
    assert counts == {"wide": 806, "small": 560, "numpy": 204, "mlp": 140}


@pytest.mark.parametrize("file", ["wide", "small", "depth", "numpy", "mlp"])
def test_a_file_tells_its_document_as_the_catalog_does(file: str) -> None:
    """Document and source of the figures are those of the entries that they belong to."""
    table = tomllib.loads((FOLDER / f"{file}.toml").read_text(encoding="utf-8"))
    names = [*table.get("curves", {}), *table.get("finals", {})]
    assert {CATALOG[name].document for name in names} == {table["document"]}
    assert {CATALOG[name].source for name in names} == {table["source"]}


# --- reading ----------------------------------------------------------------------------


def test_a_lost_figure_is_none(tmp_path: Path) -> None:
    """TOML's nan stands for it in the file; whole numbers become floats."""
    (tmp_path / "x.toml").write_text(
        '[curves."my/net"]\nloss = [1, nan, 0.5]\naccuracy = [nan, 0.5, 1]\n', encoding="utf-8"
    )
    assert load_published(tmp_path) == {
        "my/net": {"loss": [1.0, None, 0.5], "accuracy": [None, 0.5, 1.0]}
    }


def test_no_folder_means_nothing_published(tmp_path: Path) -> None:
    """A user's own reference folder need not have published figures."""
    assert load_published(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[curves", "Expected"),
        ("a = " + "[" * 100_000, "recursion"),
        ("curves = 3", "curves is no table"),
        ("[curve.a]\nloss = [1.0]", "unknown table 'curve'"),
        ("[curves]\na = 3", "expected arrays of numbers"),
        ("[curves.a]\nloss = 3", "expected arrays of numbers"),
        ("[curves.a]\nlos = [1.0]", "'los' is no name of a history"),
        ("[curves.a]\nepoch = [1]", "there is no curve"),
        ("[curves.a]\nloss = [1.0]\naccuracy = [1.0, 2.0]", "differ in length"),
        ('[curves.a]\nloss = [1.0, "x"]', "'x' is no figure"),
        ("[curves.a]\nloss = [true]", "'True' is no figure"),
        ("[curves.a]\nloss = [inf]", "'inf' is no figure"),
        ("[curves.a]\nloss = [" + "9" * 400 + "]", "is no figure"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    """The line names the file and what is wrong in it."""
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceFileError) as caught:
        load_published(tmp_path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A file cut or overwritten on disk is told by its path."""
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReferenceFileError, match=r"x\.toml.*utf-8"):
        load_published(tmp_path)


def test_an_experiment_has_its_curves_in_one_file(tmp_path: Path) -> None:
    """Two files with the same experiment would hide one another."""
    for file in ("x.toml", "y.toml"):
        (tmp_path / file).write_text("[curves.a]\nloss = [1.0]\n", encoding="utf-8")
    with pytest.raises(ReferenceFileError, match="another file"):
        load_published(tmp_path)


def test_published_figures_stand_beside_ours() -> None:
    """The difference is ours minus theirs; an error has no value."""
    entry = experiment(published={"test_accuracy": 0.9, "parameters": 7000})
    rows = {row.metric: row for row in set_beside(entry, run(parameters=7850), comparable=True)}
    assert rows["test_accuracy"].difference == pytest.approx(0.05)
    assert rows["parameters"].difference == 850
    (row, _) = set_beside(entry, run(status="error", reason="x"), comparable=True)
    assert row.value is None


def test_document_d_is_compared_at_its_last_table_row() -> None:
    """It published its accuracies at iteration 9600, and trained on to 10000."""
    entry = numpy_experiment(published={"test_accuracy": 0.9})
    history = {"iteration": [0.0, 10.0], "train_accuracy": [0.1, 0.8], "test_accuracy": [0.1, 0.9]}
    (row,) = set_beside(entry, run(history=history), comparable=True)
    assert row.difference == 0
