"""Calibration rows become ranges, and the files survive bad hands."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from mnistreport import cli, reference
from mnistreport.calibration import (
    Row,
    append_curves,
    append_row,
    audit,
    curves_of,
    curves_path,
    derive_ranges,
    load_curves,
    load_rows,
    row_of,
    samples_of,
    write_curves,
)
from mnistreport.errors import ReferenceFileError
from mnistreport.looks import DRIFT_ALPHA, SUITE_ALPHA, TOLD_ALPHA, joint_rate
from mnistreport.reference import SHORT, Range, load_ranges, ranges_path, write_ranges
from tests.unit.records import experiment, run

DATASET = "ab" * (SHORT // 2)


def rows(count: int = 20, **changes: object) -> list[Row]:
    """Rows of `experiment()` from so many seeds."""
    random = np.random.default_rng(2)
    return [
        row_of(
            run(
                seed=seed,
                metrics={
                    "test_accuracy": float(random.normal(0.95, 0.003)),
                    "test_loss": float(random.normal(0.2, 0.01)),
                },
                **changes,
            )
        )
        for seed in range(count)
    ]


def test_rows_come_back_from_their_file(tmp_path: Path) -> None:
    """Appended one by one, to nine digits."""
    path = tmp_path / "sub" / "rows.csv"
    for row in rows(3):
        append_row(path, row)
    back = load_rows(path)
    assert [row.identity for row in back] == [row.identity for row in rows(3)]
    assert back[2].metrics == pytest.approx(rows(3)[2].metrics, rel=1e-8)


def test_a_training_counts_once(tmp_path: Path) -> None:
    """Though two calibrations at once have both appended it."""
    path = tmp_path / "rows.csv"
    for row in (*rows(3), *rows(2)):
        append_row(path, row)
    assert [row.seed for row in load_rows(path)] == [0, 1, 2]


def test_ranges_follow_from_rows() -> None:
    """One for each metric, around the mean; the second look's is narrower."""
    ranges = {entry.metric: entry for entry in derive_ranges(rows(), [experiment()], DATASET)}
    assert set(ranges) == {"test_accuracy", "test_loss"}
    entry = ranges["test_accuracy"]
    assert entry.n == 20
    assert entry.low < entry.second_look.low < entry.mean < entry.second_look.high < entry.high
    # one run at 1%: t(0.995, 19) = 2.861
    half = (entry.high - entry.low) / 2
    assert half == pytest.approx(2.861 * entry.sd * np.sqrt(1.05), rel=0.05)
    assert entry.gated


@pytest.mark.parametrize(
    "changes",
    [{"recipe": "0" * 16}, {"dataset_sha256": "cd" * 32}, {"status": "diverged"}],
)
def test_rows_of_something_else_do_not_count(changes: dict[str, str]) -> None:
    """Another recipe, another dataset, or a training that diverged."""
    assert derive_ranges(rows(**changes), [experiment()], DATASET) == []


def test_few_seeds_make_no_range() -> None:
    """Nine are too few."""
    assert derive_ranges(rows(9), [experiment()], DATASET) == []


def test_a_damaged_row_is_refused(tmp_path: Path) -> None:
    """With the file and the line."""
    path = tmp_path / "rows.csv"
    for row in rows(2):
        append_row(path, row)
    path.write_text(path.read_text().replace("small/adam,", "small/adam,x,", 1))
    with pytest.raises(ReferenceFileError, match="line 2"):
        load_rows(path)


def test_ranges_come_back_from_their_file(tmp_path: Path) -> None:
    """To eight digits, by experiment and metric."""
    made = derive_ranges(rows(), [experiment()], DATASET)
    write_ranges(ranges_path(tmp_path, "quick", "toy"), made)
    back = load_ranges(tmp_path, "quick", "toy")
    assert back["small/adam", "test_loss"].low == pytest.approx(made[1].low, rel=1e-7)
    assert load_ranges(tmp_path, "quick", "other") == {}


@pytest.mark.parametrize("damage", ["nan", "inf", "x", "", "0.5,"])
@pytest.mark.parametrize("column", [2, 6, 10, 11, 12])
def test_a_damaged_range_is_refused(tmp_path: Path, column: int, damage: str) -> None:
    """A bound that is no number would let everything pass."""
    path = ranges_path(tmp_path, "quick", "toy")
    write_ranges(path, derive_ranges(rows(), [experiment()], DATASET))
    lines = path.read_text().splitlines()
    cells = lines[1].split(",")
    cells[column] = damage
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]))
    with pytest.raises(ReferenceFileError, match="line 2"):
        load_ranges(tmp_path, "quick", "toy")


@pytest.mark.parametrize(("column", "value"), [(6, "0.1"), (7, "0.9999"), (10, "5"), (8, "log")])
def test_a_range_edited_by_hand_is_refused(tmp_path: Path, column: int, value: str) -> None:
    """What judges is the centre and the spread: ends that say otherwise would mislead."""
    path = ranges_path(tmp_path, "quick", "toy")
    write_ranges(path, derive_ranges(rows(), [experiment()], DATASET))
    lines = path.read_text().splitlines()
    cells = lines[1].split(",")
    cells[column] = value
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]))
    with pytest.raises(ReferenceFileError, match=r"line 2.*calibrate"):
        load_ranges(tmp_path, "quick", "toy")


def test_every_range_tells_how_it_was_made() -> None:
    """Seeds, scale and the false-alarm rates, in words."""
    entry: Range = derive_ranges(rows(), [experiment()], DATASET)[0]
    assert entry.method.startswith("prediction interval from 20 seeds, normal on the logit scale")
    assert "first look at 0.01, then the mean of 4 fresh seeds at 0.001" in entry.method


def test_a_metric_that_is_not_gated_has_two_looks_too() -> None:
    """The first at a tenth of the rate; it can only warn."""
    values = [dataclasses.replace(r, metrics={"train_loss": 1 + r.seed / 100}) for r in rows()]
    (entry,) = derive_ranges(values, [experiment()], DATASET)
    assert not entry.gated
    assert "first look at 0.001, then the mean of 4 fresh seeds" in entry.method
    assert entry.method.endswith("warns at most")


def test_heavy_tails_widen_the_second_look_of_their_document() -> None:
    """Two seeds in thirty that jump far; normal seeds ask for next to nothing."""
    normal = derive_ranges(rows(), [experiment()], DATASET)
    assert all(entry.widening < 1.3 for entry in normal)
    jumping = [
        dataclasses.replace(r, metrics={"test_loss": r.metrics["test_loss"] * (10 if i < 2 else 1)})
        for i, r in enumerate(rows(30))
    ]
    (entry,) = derive_ranges(jumping, [experiment()], DATASET)
    assert entry.widening > 1.5


def test_rows_of_an_older_version_are_kept(tmp_path: Path) -> None:
    """A file without a metric that has come since is written anew with the next row."""
    path = tmp_path / "rows.csv"
    for row in rows(2):
        append_row(path, row)
    head, *lines = path.read_text().splitlines()
    assert head.endswith(",bias_norm,worst_class_accuracy")
    old = [head.removesuffix(",worst_class_accuracy"), *(line.removesuffix(",") for line in lines)]
    path.write_text("\n".join(old) + "\n")
    added = dataclasses.replace(rows(3)[2], metrics={"worst_class_accuracy": 0.5})
    append_row(path, added)
    back = load_rows(path)
    assert [row.seed for row in back] == [0, 1, 2]
    assert back[2].metrics == {"worst_class_accuracy": 0.5}
    assert back[0].metrics == pytest.approx(rows(3)[0].metrics)


def test_curves_come_back_from_their_file(tmp_path: Path) -> None:
    """One record a training, to six digits, a value that was lost included."""
    path = curves_path(tmp_path, "published", "toy")
    history = {"loss": [1.0, 1 / 3, math.nan], "val_accuracy": [0.5]}
    for seed in (4, 5):
        append_curves(path, curves_of(run(seed=seed, history=history)))
    first, second = load_curves(path)
    assert (first.seed, second.seed) == (4, 5)
    assert first.identity == row_of(run(seed=4)).identity
    assert first.curves["loss"][:2] == pytest.approx((1.0, 1 / 3), rel=1e-5)
    assert math.isnan(first.curves["loss"][2])
    assert load_curves(tmp_path / "none.csv") == []
    write_curves(path, [second])
    assert [row.seed for row in load_curves(path)] == [5]


@pytest.mark.parametrize(("old", "new"), [("0.5", "half"), (",4,", ",four,"), (",0.5", "")])
def test_damaged_curves_are_refused(tmp_path: Path, old: str, new: str) -> None:
    """With the file and the line."""
    path = tmp_path / "curves.csv"
    append_curves(path, curves_of(run(seed=4, history={"loss": [0.5]})))
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ReferenceFileError, match="line 2"):
        load_curves(path)


def test_the_audit_counts_what_is_outside() -> None:
    """A seed far off is one first look outside; the rates are those of the ranges that stand."""
    found = rows(30)
    far = {"test_accuracy": 0.8, "test_loss": found[5].metrics["test_loss"]}
    found[5] = dataclasses.replace(found[5], metrics=far)
    ranges = {(r.experiment, r.metric): r for r in derive_ranges(found, [experiment()], DATASET)}
    told = audit(samples_of(found, [experiment()], DATASET), ranges)
    accuracy, loss = told.lines
    assert (accuracy.metric, accuracy.checks) == ("test_accuracy", 1)
    assert accuracy.seeds == accuracy.left_out == 30
    assert accuracy.first >= 1
    assert told.left_out == 60
    assert told.alarms == pytest.approx(2 * joint_rate(30, 1e-3) + DRIFT_ALPHA)
    assert loss.resampled is not None
    assert told.resampled is not None


def test_the_audit_finds_a_range_that_breaks_its_promise() -> None:
    """One made too narrow, as by hand, alarms far more often than its budget."""
    made = derive_ranges(rows(30), [experiment()], DATASET)
    narrow = {
        (r.experiment, r.metric): dataclasses.replace(r, second_alpha=0.9, widening=0.1)
        for r in made
    }
    told = audit(samples_of(rows(30), [experiment()], DATASET), narrow)
    assert told.alarms > SUITE_ALPHA


def test_false_warnings_have_a_budget_of_their_own() -> None:
    """Metrics that can only warn share it; their tails widen their second looks, and no others."""
    found = [
        dataclasses.replace(
            r, metrics={**r.metrics, "train_loss": (10 if i < 2 else 1) * (1 + r.seed / 1000)}
        )
        for i, r in enumerate(rows(30))
    ]
    made = {(r.experiment, r.metric): r for r in derive_ranges(found, [experiment()], DATASET)}
    told = audit(samples_of(found, [experiment()], DATASET), made)
    assert [line.metric for line in told.told] == ["train_loss"]
    assert "train_loss" not in [line.metric for line in told.lines]
    assert told.told[0].widening > 1.5
    assert told.warnings == pytest.approx(joint_rate(30, 1e-3, TOLD_ALPHA))
    assert told.resampled_warnings is not None
    assert told.resampled_warnings <= SUITE_ALPHA
    assert joint_rate(30, 1e-3, TOLD_ALPHA) < joint_rate(30, 1e-3)


def test_few_seeds_are_not_resampled() -> None:
    """Ten less five would make no range."""
    made = {(r.experiment, r.metric): r for r in derive_ranges(rows(12), [experiment()], DATASET)}
    told = audit(samples_of(rows(12), [experiment()], DATASET), made)
    assert told.resampled is None
    assert told.alarms <= SUITE_ALPHA


@pytest.mark.parametrize("command", ["calibrate", "sensitivity"])
def test_the_installed_package_is_not_written_to(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The next installation would undo it: somebody's own folder must be named."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(reference, "_SHIPPED", tmp_path)
    assert cli.run([command, "numpy/sgd", "--dataset", "digits"]) == 2
    assert "Name a folder of your own with --reference" in capsys.readouterr().err
