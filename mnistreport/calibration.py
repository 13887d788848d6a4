"""Calibration rows, one a training, and the ranges that follow from them."""

from __future__ import annotations

import csv
import io
import math
import statistics as stdlib_statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnistreport.atomic import write_text
from mnistreport.errors import ReferenceFileError
from mnistreport.experiment import Experiment
from mnistreport.reference import SHORT, Range
from mnistreport.run import METRICS, Run
from mnistreport.statistics import (
    SUITE_ALPHA,
    WARN_ALPHA,
    prediction_interval,
    scale_of,
    tail_widening,
)

_COLUMNS = ("experiment", "recipe", "dataset", "seed", "status", "made_with", "date")
#: What a row of a training on JAX says in TensorFlow's place.
_JAX = ("keras backend", "jax", "jaxlib", "jax device")
#: Fewer seeds than this give no range: its false-alarm rate would rest on the normal's far tail.
LEAST_SEEDS = 10


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
    """The rows of a calibration file; none where there is no file.

    Raises:
        ReferenceFileError: a line is no row.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ReferenceFileError(f"calibration rows {path} cannot be read: {error}") from None
    rows = []
    for number, cells in enumerate(csv.DictReader(io.StringIO(text)), 2):
        try:
            named = {name: cells[name] for name in _COLUMNS}
            metrics = {name: float(cells[name]) for name in METRICS if cells[name]}
            seed = int(named.pop("seed"))
            rows.append(Row(**named, seed=seed, metrics=metrics))
        except (KeyError, TypeError, ValueError) as error:
            raise ReferenceFileError(
                f"calibration rows {path}, line {number}: {type(error).__name__} {error}",
                "Restore the file, or delete the line: what it held is trained again.",
            ) from None
    return rows


def append_row(path: Path, row: Row) -> None:
    """Add a row at the end of a file, which is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as file:
        if file.tell() == 0:
            file.write(_csv([[*_COLUMNS, *METRICS]]))
        file.write(_csv([_cells(row)]))


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write a whole file of rows."""
    write_text(path, _csv([[*_COLUMNS, *METRICS], *(_cells(row) for row in rows)]))


def _cells(row: Row) -> list[str]:
    named = [str(getattr(row, name)) for name in _COLUMNS]
    return [*named, *(f"{row.metrics[m]:.9g}" if m in row.metrics else "" for m in METRICS)]


def _csv(lines: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


@dataclass(frozen=True)
class _Sample:
    """The calibration values of one metric of one experiment."""

    experiment: Experiment
    metric: str
    values: tuple[float, ...]
    alpha: float

    @property
    def group(self) -> tuple[str, str]:
        """Experiments of one document train alike, so the tails of a metric are seen together."""
        return self.experiment.document, self.metric

    @property
    def images(self) -> int:
        """What an accuracy was counted over: images, or the outputs of all images."""
        experiment = self.experiment
        images = experiment.train if self.metric.startswith("train") else experiment.test
        return images * 10 if "binary" in self.metric else images


def derive_ranges(
    rows: Sequence[Row], experiments: Sequence[Experiment], dataset: str
) -> list[Range]:
    """The ranges that rows support, for experiments as their profile trains them.

    The suite's false-alarm budget is shared by the experiments, and an experiment's by its metrics.
    Where a document's seeds have heavier tails than the normal, its ranges are widened. Rows of
    another recipe or dataset, and trainings that did not end well, do not count.

    Args:
        rows: all that were calibrated.
        experiments: with the profile applied.
        dataset: the first 16 hex digits of its sha256.
    """
    samples = [
        sample
        for experiment in experiments
        for sample in _samples(rows, experiment, dataset, len(experiments))
    ]
    groups: dict[tuple[str, str], list[_Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.group].append(sample)
    widening = {
        group: tail_widening([(s.values, s.images, s.alpha) for s in members], group[1])
        for group, members in groups.items()
    }
    return [_range(sample, dataset, widening[sample.group]) for sample in samples]


def _samples(
    rows: Sequence[Row], experiment: Experiment, dataset: str, experiments: int
) -> list[_Sample]:
    wanted = (experiment.name, experiment.recipe(), dataset, "ok")
    own = [row for row in rows if (row.experiment, row.recipe, row.dataset, row.status) == wanted]
    if len(own) < LEAST_SEEDS:
        return []
    names = [name for name in METRICS if all(name in row.metrics for row in own)]
    alpha = SUITE_ALPHA / experiments / max(len(names), 1)
    return [
        _Sample(experiment, name, tuple(row.metrics[name] for row in own), alpha) for name in names
    ]


def _range(sample: _Sample, dataset: str, widening: float) -> Range:
    # in a catalog of few experiments a check may fail more often than WARN_ALPHA: warn earlier
    warn_alpha = max(WARN_ALPHA, min(5 * sample.alpha, 0.05))
    values, metric, images = sample.values, sample.metric, sample.images
    fail = prediction_interval(values, metric, images, sample.alpha, widening)
    warn = prediction_interval(values, metric, images, warn_alpha)
    scale = scale_of(metric)
    return Range(
        experiment=sample.experiment.name,
        metric=metric,
        n=len(values),
        mean=math.fsum(values) / len(values),
        sd=stdlib_statistics.stdev(values),
        low=fail.low,
        high=fail.high,
        warn_low=warn.low,
        warn_high=warn.high,
        scale=scale,
        recipe=sample.experiment.recipe(),
        dataset=dataset,
        method=f"prediction interval of one run on the {scale} scale; fails at "
        f"{sample.alpha:.2g}, widened {widening:.2f} times for the tails seen by leave-one-out; "
        f"warns at {warn_alpha:.2g}",
    )
