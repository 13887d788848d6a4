"""results.json read again: what a report wrote, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnistreport.comparison import load_build
from mnistreport.errors import ResultsError
from mnistreport.outputs.document import results_json
from tests.unit.report.fake_results import fake_results


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report's folder with its results.json alone."""
    (tmp_path / "results.json").write_text(results_json(fake_results()))
    return tmp_path


def test_what_was_misread_survives_the_file(folder: Path) -> None:
    """From a folder or the file: for each run the digits read wrong, none where it failed."""
    results = fake_results()
    build = load_build(folder)
    assert build == load_build(folder / "results.json")
    for run in results.runs:
        found = build.readings[run.experiment, run.seed]
        assert found.run.fingerprint == run.fingerprint
        if run.status != "ok":
            assert found.misread is None
            continue
        read = results.probabilities[run.experiment, run.seed].argmax(axis=1)
        labels = results.dataset.y_test[: len(read)]
        assert found.images == len(read)
        assert found.misread == {
            i: int(digit)
            for i, (digit, true) in enumerate(zip(read, labels, strict=True))
            if digit != true
        }


def _old(document: dict[str, Any]) -> None:
    document.pop("experiments")
    for run in document["runs"]:
        run.pop("misread")
        run.pop("test_images")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_old, "an older mnistreport wrote it. Write it again with `mnistreport report`"),
        (lambda d: d.update(schema="mnistreport/results/9"), "its schema is 'mnistreport/resu"),
        (lambda d: d.pop("dataset"), "is damaged: KeyError 'dataset'"),
        (lambda d: d.update(runs=[{"misread": {}}]), "is damaged: KeyError"),
        (lambda d: d.update(runs=7), "is damaged"),
        (lambda d: d.update(runs=["a"]), "is damaged"),
        (lambda d: d["runs"][0]["metrics"].update(test_loss=0.3), "fingerprint does not fit"),
        (lambda d: d["runs"][0]["misread"].update({"5000": 1}), "beyond the last"),
        (lambda d: d["runs"][0]["misread"].update(x=1), "is damaged: ValueError"),
        (lambda d: d["experiments"][0].pop("optimizer"), "is damaged: KeyError 'optimizer'"),
    ],
)
def test_what_is_no_build_is_refused(
    folder: Path, spoil: Callable[[Any], Any], message: str
) -> None:
    """In one line that names the file and what was wrong."""
    path = folder / "results.json"
    document = json.loads(path.read_text())
    spoil(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ResultsError) as caught:
        load_build(folder)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "7", '"x"'])
def test_other_files_are_refused(folder: Path, text: str) -> None:
    """No JSON, and JSON that is something else."""
    (folder / "results.json").write_text(text)
    with pytest.raises(ResultsError, match=r"results.json is no"):
        load_build(folder)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    """With the command that writes them."""
    with pytest.raises(ResultsError, match=r"there is no .*mnistreport build"):
        load_build(tmp_path)
