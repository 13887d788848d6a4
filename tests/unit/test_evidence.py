"""Calibration rows and curves become evidence, and only those that belong to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnistreport.calibration import (
    Row,
    append_curves,
    append_row,
    curves_of,
    curves_path,
    load_curves,
    load_rows,
    row_of,
    rows_path,
)
from mnistreport.dataset import MNIST_SHA256
from mnistreport.evidence import gather, training_of
from mnistreport.ledger import Reference
from mnistreport.reference import SHORT
from tests.unit.records import experiment, run

ENTRY = experiment()
SHA = MNIST_SHA256[:SHORT]


def test_rows_and_curves_meet_by_seed(tmp_path: Path) -> None:
    """What a calibration appends is read back as one training a seed."""
    for seed in (1000, 1001):
        one = run(seed=seed, dataset_sha256=MNIST_SHA256, recipe=ENTRY.recipe())
        append_row(rows_path(tmp_path, "published", "mnist"), row_of(one))
        append_curves(curves_path(tmp_path, "published", "mnist"), curves_of(one))
    found = Reference.read(tmp_path, {ENTRY.name: ENTRY}).evidence[ENTRY.name].by_seed
    assert list(found) == [1000, 1001]
    assert found[1001].metrics["test_accuracy"] == 0.95
    assert found[1001].at("val_accuracy", 1) == 0.95
    assert found[1001].at("val_accuracy", 2) is None
    assert found[1001].at("accuracy", 0) is None


@pytest.mark.parametrize("change", [{"recipe": "0" * 16}, {"dataset": "0" * 16}])
def test_rows_of_something_else_are_no_evidence(change: dict[str, str]) -> None:
    """Another recipe or another dataset."""
    values = {"recipe": ENTRY.recipe(), "dataset": SHA, **change}
    row = Row(ENTRY.name, seed=0, status="ok", made_with="", date="", metrics={}, **values)
    assert gather([ENTRY], [row], [], SHA)[ENTRY.name].by_seed == {}


def test_a_training_that_diverged_is_no_evidence() -> None:
    """Neither as a row nor as the training from the document's own seed."""
    row = Row(ENTRY.name, ENTRY.recipe(), SHA, 0, "diverged", "", "", {})
    assert gather([ENTRY], [row], [], SHA)[ENTRY.name].by_seed == {}
    assert training_of(run(status="diverged", reason="NaN")) is None


def test_no_files_are_no_evidence(tmp_path: Path) -> None:
    """A folder without a calibration has experiments, and no seed of them."""
    assert load_rows(rows_path(tmp_path, "published", "mnist")) == []
    assert load_curves(curves_path(tmp_path, "published", "mnist")) == []
    assert Reference.read(tmp_path, {ENTRY.name: ENTRY}).evidence[ENTRY.name].by_seed == {}
