"""Calibration rows, one a training: what a seed gave, kept for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnistreport.atomic import write_text
from mnistreport.errors import ReferenceFileError
from mnistreport.reference import SHORT
from mnistreport.reference_table import append_lines, has_columns, read_table, table_text
from mnistreport.run import METRICS, Run

ROW_COLUMNS = ("experiment", "recipe", "dataset", "seed", "status", "made_with", "date")
#: What a row of a training on JAX says in TensorFlow's place.
_JAX = ("keras backend", "jax", "jaxlib", "jax device")


@dataclass(frozen=True)
class Row:
    """One calibration training: what it was, what made it, what it measured."""

    experiment: str
    recipe: str
    dataset: str
    seed: int
    status: str
    made_with: str
    date: str
    metrics: Mapping[str, float]

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """What makes two rows the same training."""
        return self.experiment, self.recipe, self.dataset, self.seed


def row_of(run: Run) -> Row:
    """The calibration row of a run."""
    on_jax = run.environment.get("keras backend") == "jax"
    names = (
        *(_JAX if on_jax else ("tensorflow",)),
        "keras",
        "numpy",
        "threads per training",
        "cpu",
    )
    made_with = ", ".join(f"{name} {run.environment.get(name, '?')}" for name in names)
    if "replicas" in run.environment:
        made_with += f", replicas of {run.environment['replicas']}"
    return Row(
        experiment=run.experiment,
        recipe=run.recipe,
        dataset=run.dataset_sha256[:SHORT],
        seed=run.seed,
        status=run.status,
        made_with=made_with,
        date=run.finished[:10],
        metrics=dict(run.metrics),
    )


def rows_path(folder: Path, profile: str, dataset: str) -> Path:
    """Where the calibration rows of a profile on a dataset are kept."""
    return folder / "calibration" / f"{profile}-{dataset}.csv"


def load_rows(path: Path) -> list[Row]:
    """The rows of a calibration file, one a training; none where there is no file.

    Two calibrations at once may both have appended a training: its first row counts.

    Raises:
        ReferenceFileError: a line is no row.
    """
    rows: dict[tuple[str, str, str, int], Row] = {}
    for number, cells in read_table(path, "calibration rows"):
        row = parse_row(cells, f"calibration rows {path}, line {number}")
        rows.setdefault(row.identity, row)
    return list(rows.values())


def load_profile_rows(folder: Path, profile: str) -> list[Row]:
    """All rows of a profile, whatever the dataset: rows know theirs by checksum.

    Args:
        folder: the reference.
        profile: trained.

    Raises:
        ReferenceFileError: a line is no row.
    """
    paths = sorted((folder / "calibration").glob(f"{profile}-*.csv"))
    return [row for path in paths if not path.stem.endswith("-curves") for row in load_rows(path)]


def parse_row(cells: Mapping[str, str], where: str) -> Row:
    """The row that a line of a file holds.

    Args:
        cells: by column.
        where: it was found, for the message.

    Raises:
        ReferenceFileError: it is no row.
    """
    try:
        named = {name: cells[name] for name in ROW_COLUMNS}
        metrics = {name: float(cells[name]) for name in METRICS if cells.get(name)}
        seed = int(named.pop("seed"))
        return Row(**named, seed=seed, metrics=metrics)
    except (KeyError, TypeError, ValueError) as error:
        raise ReferenceFileError(
            f"{where}: {type(error).__name__} {error}",
            "Restore the file, or delete the line: what it held is trained again.",
        ) from None


def append_row(path: Path, row: Row) -> None:
    """Add a row at the end of a file, which is made where it is missing.

    A file of an older version, which knew fewer metrics, is written anew first.
    """
    header = [*ROW_COLUMNS, *METRICS]
    if not has_columns(path, header):
        write_rows(path, load_rows(path))
    append_lines(path, header, [row_cells(row)], "calibration rows")


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write a whole file of rows."""
    write_text(path, table_text([[*ROW_COLUMNS, *METRICS], *(row_cells(row) for row in rows)]))


def row_cells(row: Row) -> list[str]:
    """The cells of a line, in the order of ROW_COLUMNS and METRICS."""
    named = [str(getattr(row, name)) for name in ROW_COLUMNS]
    return [*named, *(f"{row.metrics[m]:.9g}" if m in row.metrics else "" for m in METRICS)]
