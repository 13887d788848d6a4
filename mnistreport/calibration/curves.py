"""Calibration curves: what a seed gave epoch by epoch, kept beside its row.

Only the published profile has them: they are what the documents' printed curves are judged by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnistreport.atomic import write_text
from mnistreport.errors import ReferenceFileError
from mnistreport.reference import SHORT
from mnistreport.reference_table import append_lines, read_table, table_text
from mnistreport.run import Run

_COLUMNS = ("experiment", "recipe", "dataset", "seed", "curve", "values")


@dataclass(frozen=True)
class CurveRow:
    """The history of one calibration training: by Keras' names, one value an epoch."""

    experiment: str
    recipe: str
    dataset: str
    seed: int
    curves: Mapping[str, tuple[float, ...]]

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """That of the training's row."""
        return self.experiment, self.recipe, self.dataset, self.seed


def curves_of(run: Run) -> CurveRow:
    """The history of a run."""
    curves = {name: tuple(curve) for name, curve in run.history.items()}
    return CurveRow(run.experiment, run.recipe, run.dataset_sha256[:SHORT], run.seed, curves)


def curves_path(folder: Path, profile: str, dataset: str) -> Path:
    """Where the calibration curves of a profile on a dataset are kept."""
    return folder / "calibration" / f"{profile}-{dataset}-curves.csv"


def load_curves(path: Path) -> list[CurveRow]:
    """The curves of a calibration file, one record a training; none where there is no file.

    Raises:
        ReferenceFileError: a line is no curve.
    """
    found: dict[tuple[str, str, str, int], dict[str, tuple[float, ...]]] = {}
    for number, cells in read_table(path, "calibration curves"):
        try:
            identity = (
                cells["experiment"],
                cells["recipe"],
                cells["dataset"],
                int(cells["seed"]),
            )
            values = tuple(float(value) for value in cells["values"].split())
            found.setdefault(identity, {})[cells["curve"]] = values
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ReferenceFileError(
                f"calibration curves {path}, line {number}: {type(error).__name__} {error}",
                "Restore the file, or delete the line.",
            ) from None
    return [CurveRow(*identity, curves) for identity, curves in found.items()]


def append_curves(path: Path, row: CurveRow) -> None:
    """Add a training's curves at the end of a file, which is made where it is missing."""
    append_lines(path, _COLUMNS, _lines(row), "calibration curves")


def write_curves(path: Path, rows: Sequence[CurveRow]) -> None:
    """Write a whole file of curves."""
    write_text(path, table_text([_COLUMNS, *(line for row in rows for line in _lines(row))]))


def _lines(row: CurveRow) -> list[Sequence[str]]:
    named = (row.experiment, row.recipe, row.dataset, str(row.seed))
    return [
        (*named, name, " ".join(f"{value:.6g}" for value in curve))
        for name, curve in row.curves.items()
    ]
