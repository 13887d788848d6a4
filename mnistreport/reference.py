"""What is expected: calibrated ranges, read from and written to `reference/`."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from mnistreport.atomic import write_text
from mnistreport.errors import ReferenceFileError, UsageError
from mnistreport.looks import FIRST_ALPHA, SECOND_SEEDS, TOLD_ALPHA
from mnistreport.reference_table import read_table, table_text
from mnistreport.statistics import Interval, Summary, scale_of

#: How much of a dataset's sha256 a range carries.
SHORT = 16


@dataclass(frozen=True)
class Range:
    """What faithful trainings give of one metric, on one profile and dataset.

    `n`, `mean` and `sd` are those of the calibration runs, `low`..`high` is where one run is
    expected at its first look, all in the metric's own unit. `scale`, `centre`, `spread` and
    `images` are the `Summary` that other intervals are made from; `second_alpha` and `widening`
    belong to the second look. `gated` says whether it decides or can only warn. `recipe` and
    `dataset` (16 hex digits of its sha256) name what it was made with.
    """

    experiment: str
    metric: str
    gated: bool
    n: int
    mean: float
    sd: float
    low: float
    high: float
    scale: str
    centre: float
    spread: float
    images: int
    second_alpha: float
    widening: float
    recipe: str
    dataset: str

    @property
    def summary(self) -> Summary:
        """What new runs are judged by."""
        return Summary(self.scale, self.n, self.centre, self.spread, self.images)  # type: ignore[arg-type]  # checked as it was read

    @property
    def second_look(self) -> Interval:
        """Where the mean of the fresh seeds is expected."""
        return self.summary.interval(self.second_alpha, SECOND_SEEDS, self.widening)

    @property
    def first_alpha(self) -> float:
        """How often a first look is outside where nothing is wrong."""
        return first_alpha(self.gated)

    def first_look(self, runs: int = 1) -> Interval:
        """Where one run, or the mean of several, is expected."""
        return self.summary.interval(self.first_alpha, runs)

    @property
    def method(self) -> str:
        """How the range was made, in a sentence."""
        widened = f", widened {self.widening:.2f} times" if self.widening > 1 else ""
        return (
            f"prediction interval from {self.n} seeds, normal on the {self.scale} scale; first "
            f"look at {self.first_alpha:.2g}, then the mean of {SECOND_SEEDS} fresh seeds at "
            f"{self.second_alpha:.2g}{widened}{'' if self.gated else '; warns at most'}"
        )


#: Where a wheel carries its copy of the reference.
_SHIPPED = Path(__file__).resolve().parent / "_reference"

Ranges = Mapping[tuple[str, str], Range]


def first_alpha(gated: bool) -> float:
    """The false-alarm rate of the first look of a metric that decides, or can only warn."""
    return FIRST_ALPHA if gated else TOLD_ALPHA


def reference_folder() -> Path:
    """The `reference/` of a checkout, or the copy that a wheel carries."""
    return _SHIPPED if _SHIPPED.is_dir() else _SHIPPED.parent.parent / "reference"


def may_change(folder: Path) -> bool:
    """Whether a reference may be written to: not under CI, and not in the installed package."""
    return not os.environ.get("CI") and folder.resolve() != _SHIPPED


def check_may_change(folder: Path, command: str, instead: str = "") -> None:
    """Refuse a command that would write where `may_change` says no.

    Args:
        folder: the reference.
        command: by its name.
        instead: what can be done under CI all the same.

    Raises:
        UsageError: under CI, where nothing must change by itself, or in the installed package,
            where the next installation would undo it.
    """
    if may_change(folder):
        return
    if os.environ.get("CI"):
        raise UsageError(
            f"{command} was called with CI set",
            "A reference is changed by a person: run it at your desk and commit what it writes."
            + (instead and f" {instead}"),
        )
    raise UsageError(
        f"{command} would write to the installed package, {folder}",
        "Name a folder of your own with --reference or MNISTREPORT_REFERENCE.",
    )


def ranges_path(folder: Path, profile: str, dataset: str) -> Path:
    """Where the ranges of a profile on a dataset are kept."""
    return folder / "ranges" / f"{profile}-{dataset}.csv"


def load_ranges(folder: Path, profile: str, dataset: str) -> dict[tuple[str, str], Range]:
    """Ranges by (experiment, metric); empty where none were made.

    Raises:
        ReferenceFileError: the file cannot be read, or a row is no range.
    """
    path = ranges_path(folder, profile, dataset)
    found = {}
    for number, row in read_table(path, "ranges"):
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
        if entry.scale != scale_of(entry.metric) or entry.n < 2 or entry.spread <= 0:
            raise ValueError("scale, n or spread cannot be")
        made = entry.first_look()
        if not _close(made.low, entry.low) or not _close(made.high, entry.high):
            raise ValueError("low and high are not those that centre and spread give")
    except (KeyError, ValueError, OverflowError) as error:
        raise ReferenceFileError(
            f"ranges {path}, line {number}: {error}",
            "Restore the file, or make it again with `mnistreport calibrate`.",
        ) from None
    return entry


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-12)


def _truth(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "yes"


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value


#: By the annotations of `Range`.
_CONVERT: dict[str, Callable[[str], object]] = {
    "str": str,
    "int": int,
    "float": _finite,
    "bool": _truth,
}


def write_ranges(path: Path, ranges: Iterable[Range]) -> None:
    """Write ranges as CSV, one a line, in the order given."""
    names = [column.name for column in fields(Range)]
    lines = [[_told(getattr(entry, name)) for name in names] for entry in ranges]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, table_text([names, *lines]))


def _told(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.8g}" if isinstance(value, float) else value
