"""What was measured of faults: one row a training, one ruling of the conformance suite a fault."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, get_args

from mnistreport.calibration import ROW_COLUMNS, Row, parse_row, row_cells
from mnistreport.errors import ReferenceFileError
from mnistreport.experiment import Engine
from mnistreport.observed import Observed
from mnistreport.reference_table import append_lines, read_table
from mnistreport.run import METRICS

_OBSERVED = tuple(field.name for field in fields(Observed))
_HEADER = ("fault", *_OBSERVED, *ROW_COLUMNS, *METRICS)
_MEND = "Restore the file, or delete the line: what it held is measured again."
#: What makes two rows the same training.
Key = tuple[str, str, str, str, int]


@dataclass(frozen=True)
class FaultRow:
    """One training with a fault: what it measured, as a calibration row has it."""

    fault: str
    row: Row
    observed: Observed

    @property
    def identity(self) -> Key:
        """What makes two rows the same training."""
        return self.fault, *self.row.identity


@dataclass(frozen=True)
class Ruling:
    """What the conformance suite says of an engine with a fault planted.

    `rule` is the first that is broken, empty where all are kept; `what`, `relative` and `cause` are
    those of its deviation.
    """

    fault: str
    engine: Engine
    versions: str
    date: str
    rule: str = ""
    what: str = ""
    relative: str = ""
    cause: str = ""

    @property
    def identity(self) -> tuple[str, Engine, str]:
        """What makes two rulings the same."""
        return self.fault, self.engine, self.versions


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
            fault = cells["fault"]
            observed = Observed(**{name: _value(cells[name]) for name in _OBSERVED})
        except (KeyError, TypeError, ValueError) as error:
            raise ReferenceFileError(f"{where}: {type(error).__name__} {error}", _MEND) from None
        row = FaultRow(fault, parse_row(cells, where), observed)
        rows.setdefault(row.identity, row)
    return rows


def load_rulings(path: Path) -> dict[tuple[str, Engine, str], Ruling]:
    """The rulings of a file by fault, engine and versions; none where there is no file.

    Raises:
        ReferenceFileError: a line is none.
    """
    rulings = {}
    for number, cells in read_table(path, "rulings of the conformance suite"):
        try:
            ruling = Ruling(**_known_engine(cells))
        except (TypeError, ValueError) as error:
            raise ReferenceFileError(
                f"rulings of the conformance suite {path}, line {number}: {error}",
                _MEND,
            ) from None
        rulings[ruling.identity] = ruling
    return rulings


def _value(cell: str) -> Any:
    """A number or a truth value as JSON writes it; None for an empty cell."""
    value = json.loads(cell) if cell else None
    if value is not None and not isinstance(value, int | float):
        raise ValueError(f"{cell!r} is no number")
    return value


def _known_engine(cells: dict[str, Any]) -> dict[str, Any]:
    if cells.get("engine") not in get_args(Engine):
        raise ValueError(f"there is no engine {cells.get('engine')!r}")
    return cells


def append_row(path: Path, row: FaultRow) -> None:
    """Add a training at the end of a file, which is made where it is missing."""
    observed = ("" if value is None else json.dumps(value) for value in astuple(row.observed))
    line = [row.fault, *observed, *row_cells(row.row)]
    append_lines(path, _HEADER, [line], "trainings with faults")


def append_ruling(path: Path, ruling: Ruling) -> None:
    """Add a ruling at the end of a file, which is made where it is missing."""
    header = [field.name for field in fields(Ruling)]
    append_lines(path, header, [astuple(ruling)], "rulings of the conformance suite")
