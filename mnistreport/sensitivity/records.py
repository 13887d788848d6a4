"""What was measured of faults: one row a training, one ruling of the conformance suite a fault."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from pathlib import Path

from mnistreport.calibration import ROW_COLUMNS, Row, parse_row, row_cells
from mnistreport.errors import ReferenceFileError
from mnistreport.reference_table import append_lines, read_table
from mnistreport.run import METRICS

_COUNTS = ("steps", "steps_due", "images", "images_due")
_MEND = "Restore the file, or delete the line: what it held is measured again."
#: What makes two rows the same training.
Key = tuple[str, str, str, str, int]


@dataclass(frozen=True)
class FaultRow:
    """One training with a fault: what it measured, as a calibration row has it.

    The counts are those of `Run`.
    """

    fault: str
    row: Row
    steps: int
    steps_due: int
    images: int
    images_due: int

    @property
    def identity(self) -> Key:
        """What makes two rows the same training."""
        return self.fault, *self.row.identity


@dataclass(frozen=True)
class Ruling:
    """What the conformance suite says of Keras with a fault planted.

    `rule` is the first that is broken, empty where all are kept; `what`, `relative` and `cause` are
    those of its deviation.
    """

    fault: str
    versions: str
    date: str
    rule: str = ""
    what: str = ""
    relative: str = ""
    cause: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two rulings the same."""
        return self.fault, self.versions


def rows_path(folder: Path, profile: str, dataset: str) -> Path:
    """Where the trainings of a profile on a dataset are kept."""
    return folder / "sensitivity" / f"{profile}-{dataset}.csv"


def rulings_path(folder: Path) -> Path:
    """Where the rulings are kept."""
    return folder / "sensitivity" / "conformance.csv"


def load_rows(path: Path) -> dict[Key, FaultRow]:
    """The trainings of a file by their identity; none where there is no file.

    Raises:
        ReferenceFileError: a line is none.
    """
    rows: dict[Key, FaultRow] = {}
    for number, cells in read_table(path, "trainings with faults"):
        where = f"trainings with faults {path}, line {number}"
        try:
            fault, counts = cells["fault"], [int(cells[name]) for name in _COUNTS]
        except (KeyError, TypeError, ValueError) as error:
            raise ReferenceFileError(f"{where}: {type(error).__name__} {error}", _MEND) from None
        row = FaultRow(fault, parse_row(cells, where), *counts)
        rows.setdefault(row.identity, row)
    return rows


def load_rulings(path: Path) -> dict[tuple[str, str], Ruling]:
    """The rulings of a file by fault and versions; none where there is no file.

    Raises:
        ReferenceFileError: a line is none.
    """
    rulings = {}
    for number, cells in read_table(path, "rulings of the conformance suite"):
        try:
            ruling = Ruling(**cells)
        except TypeError as error:
            raise ReferenceFileError(
                f"rulings of the conformance suite {path}, line {number}: {error}",
                _MEND,
            ) from None
        rulings[ruling.identity] = ruling
    return rulings


def append_row(path: Path, row: FaultRow) -> None:
    """Add a training at the end of a file, which is made where it is missing."""
    header = ("fault", *_COUNTS, *ROW_COLUMNS, *METRICS)
    line = [row.fault, *(getattr(row, name) for name in _COUNTS), *row_cells(row.row)]
    append_lines(path, header, [line], "trainings with faults")


def append_ruling(path: Path, ruling: Ruling) -> None:
    """Add a ruling at the end of a file, which is made where it is missing."""
    header = [field.name for field in fields(Ruling)]
    append_lines(path, header, [astuple(ruling)], "rulings of the conformance suite")
