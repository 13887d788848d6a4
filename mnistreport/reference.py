"""What is expected: calibrated ranges, read from and written to `reference/`."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from mnistreport.atomic import write_text
from mnistreport.errors import ReferenceFileError

#: How much of a dataset's sha256 a range carries.
SHORT = 16


@dataclass(frozen=True)
class Range:
    """The values of one metric that a faithful training gives, on one profile and dataset.

    `low`..`high` is the range outside which a run fails, `warn_low`..`warn_high` the narrower one
    outside which it warns; `n`, `mean` and `sd` are those of the calibration runs; all in the
    metric's own unit. `scale` is where the interval was computed, `recipe` and `dataset` (16 hex
    digits of its sha256) name what it was made with, and `method` how.
    """

    experiment: str
    metric: str
    n: int
    mean: float
    sd: float
    low: float
    high: float
    warn_low: float
    warn_high: float
    scale: str
    recipe: str
    dataset: str
    method: str


Ranges = Mapping[tuple[str, str], Range]


def reference_folder() -> Path:
    """The `reference/` of a checkout, or the copy that a wheel carries."""
    package = Path(__file__).resolve().parent
    shipped = package / "_reference"
    return shipped if shipped.is_dir() else package.parent / "reference"


def ranges_path(folder: Path, profile: str, dataset: str) -> Path:
    """Where the ranges of a profile on a dataset are kept."""
    return folder / "ranges" / f"{profile}-{dataset}.csv"


def load_ranges(folder: Path, profile: str, dataset: str) -> dict[tuple[str, str], Range]:
    """Ranges by (experiment, metric); empty where none were made.

    Raises:
        ReferenceFileError: the file cannot be read, or a row is no range.
    """
    path = ranges_path(folder, profile, dataset)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ReferenceFileError(f"ranges {path} cannot be read: {error}") from None
    found = {}
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        entry = _parse(row, path, number)
        found[entry.experiment, entry.metric] = entry
    return found


def _parse(row: Mapping[str, str | None], path: Path, number: int) -> Range:
    try:
        values: dict[str, object] = {}
        for column in fields(Range):
            text = row[column.name]
            if text is None:
                raise KeyError(column.name)
            values[column.name] = _CONVERT[str(column.type)](text)
        entry = Range(**values)  # type: ignore[arg-type]  # converted by the annotations above
        if not entry.low <= entry.warn_low <= entry.warn_high <= entry.high:
            raise ValueError("low, warn_low, warn_high, high are not in order")
    except (KeyError, ValueError) as error:
        raise ReferenceFileError(
            f"ranges {path}, line {number}: {error}",
            "Restore the file, or make it again with `mnistreport calibrate`.",
        ) from None
    return entry


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value


#: By the annotations of `Range`.
_CONVERT: dict[str, Callable[[str], object]] = {"str": str, "int": int, "float": _finite}


def write_ranges(path: Path, ranges: Iterable[Range]) -> None:
    """Write ranges as CSV, one a line, in the order given."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [column.name for column in fields(Range)]
    writer.writerow(names)
    for entry in ranges:
        values = (getattr(entry, name) for name in names)
        writer.writerow([f"{v:.8g}" if isinstance(v, float) else v for v in values])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text.getvalue())
