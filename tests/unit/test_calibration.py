"""Calibration rows become ranges, and the files survive bad hands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnistreport.calibration import Row, append_row, derive_ranges, load_rows, row_of
from mnistreport.errors import ReferenceFileError
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


def test_ranges_follow_from_rows() -> None:
    """One for each metric, around the mean, the warning inside."""
    ranges = {entry.metric: entry for entry in derive_ranges(rows(), [experiment()], DATASET)}
    assert set(ranges) == {"test_accuracy", "test_loss"}
    entry = ranges["test_accuracy"]
    assert entry.n == 20
    assert entry.low < entry.warn_low < entry.mean < entry.warn_high < entry.high < 1
    # 1% for the one experiment, shared by two metrics: t(0.9975, 19) = 3.17
    half = (entry.high - entry.low) / 2
    assert half == pytest.approx(3.174 * entry.sd * np.sqrt(1.05), rel=0.05)


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
def test_a_damaged_range_is_refused(tmp_path: Path, damage: str) -> None:
    """A bound that is no number would let everything pass."""
    path = ranges_path(tmp_path, "quick", "toy")
    write_ranges(path, derive_ranges(rows(), [experiment()], DATASET))
    lines = path.read_text().splitlines()
    cells = lines[1].split(",")
    cells[5] = damage
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]))
    with pytest.raises(ReferenceFileError, match="line 2"):
        load_ranges(tmp_path, "quick", "toy")


def test_every_range_records_how_it_was_made() -> None:
    """Method, scale and the false-alarm rates, in words."""
    entry: Range = derive_ranges(rows(), [experiment()], DATASET)[0]
    assert "prediction interval" in entry.method
    assert "fails at 0.005" in entry.method
    assert entry.scale == "logit"
