"""The ranges that follow from calibration rows. Pure."""

from __future__ import annotations

import math
import statistics as stdlib_statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mnistreport.calibration.rows import Row
from mnistreport.experiment import Experiment
from mnistreport.reference import Range
from mnistreport.run import METRICS
from mnistreport.statistics import (
    SUITE_ALPHA,
    WARN_ALPHA,
    prediction_interval,
    scale_of,
    tail_widening,
)

#: Fewer seeds than this give no range: its false-alarm rate would rest on the normal's far tail.
LEAST_SEEDS = 10


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
    values = {
        name: tuple(row.metrics[name] for row in own if name in row.metrics) for name in METRICS
    }
    enough = {name: found for name, found in values.items() if len(found) >= LEAST_SEEDS}
    alpha = SUITE_ALPHA / experiments / max(len(enough), 1)
    return [_Sample(experiment, name, found, alpha) for name, found in enough.items()]


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
