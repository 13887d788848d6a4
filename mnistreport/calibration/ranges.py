"""The ranges that follow from calibration rows. Pure."""

from __future__ import annotations

import math
import statistics as stdlib_statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mnistreport.calibration.rows import Row
from mnistreport.experiment import Experiment
from mnistreport.looks import LEAST_RESAMPLED, only_alpha, resampled_looks, second_alpha
from mnistreport.reference import Range, first_alpha
from mnistreport.run import GATED, METRICS
from mnistreport.statistics import Summary, floor, summarize, to_scale

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Fewer seeds than this give no range: its false-alarm rate would rest on the normal's far tail.
LEAST_SEEDS = 10


@dataclass(frozen=True)
class Sample:
    """The calibration values of one metric of one experiment, by seed."""

    experiment: Experiment
    metric: str
    by_seed: dict[int, float]

    @property
    def values(self) -> tuple[float, ...]:
        """One for each seed."""
        return tuple(self.by_seed.values())

    @property
    def gated(self) -> bool:
        """Whether the metric decides, or can only warn."""
        return self.metric in GATED

    @property
    def group(self) -> tuple[str, str]:
        """Experiments of one document train alike, so the tails of a metric are seen together."""
        return self.experiment.document, self.metric

    @property
    def images(self) -> int:
        """What an accuracy was counted over: images, or the outputs of all images."""
        experiment = self.experiment
        images = experiment.train if self.metric.startswith("train") else experiment.test
        if self.metric.startswith("worst_class"):
            return max(images // 10, 1)
        return images * 10 if "binary" in self.metric else images

    @property
    def summary(self) -> Summary:
        """What the values say."""
        return summarize(self.values, self.metric, self.images)

    @property
    def scaled(self) -> list[float]:
        """The values on the scale of the metric."""
        scale = self.summary.scale
        return [to_scale(value, scale, self.images) for value in self.values]

    @property
    def least_spread(self) -> float:
        """The floor of the standard deviation on that scale."""
        return floor(self.metric, self.summary.centre, self.images)

    @property
    def beside_others(self) -> NDArray[np.float64]:
        """Each value beside the range of the other seeds: t statistics of N - 2 degrees, (N,)."""
        import numpy as np

        values = np.asarray(self.scaled)
        n = len(values) - 1
        centre = (values.sum() - values) / n
        squares = (values**2).sum() - values**2 - n * centre**2
        spread = np.maximum(np.sqrt(np.maximum(squares, 0) / (n - 1)), self.least_spread)
        return np.asarray((values - centre) / (spread * math.sqrt(1 + 1 / n)))


def samples_of(
    rows: Iterable[Row], experiments: Sequence[Experiment], dataset: str
) -> list[Sample]:
    """What was calibrated, by experiment and metric, where there are seeds enough.

    Rows of another recipe or dataset, and trainings that did not end well, do not count.

    Args:
        rows: all that were calibrated.
        experiments: with the profile applied.
        dataset: the first 16 hex digits of its sha256.
    """
    own: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        own[row.experiment, row.recipe, row.dataset, row.status].append(row)
    samples = []
    for experiment in experiments:
        found = own[experiment.name, experiment.recipe(), dataset, "ok"]
        for metric in METRICS:
            by_seed = {row.seed: row.metrics[metric] for row in found if metric in row.metrics}
            if len(by_seed) >= LEAST_SEEDS:
                samples.append(Sample(experiment, metric, by_seed))
    return samples


def derive_ranges(
    rows: Iterable[Row], experiments: Sequence[Experiment], dataset: str
) -> list[Range]:
    """The ranges that rows support, for experiments as their profile trains them.

    The suite's budget of false alarms is shared alike by its gated checks, one as large for false
    warnings by the others. Where a document's seeds have heavier tails than the normal, second
    looks are widened until the budget is kept.

    Args:
        rows: all that were calibrated.
        experiments: with the profile applied.
        dataset: the first 16 hex digits of its sha256.
    """
    samples = samples_of(rows, experiments, dataset)
    checks = Counter(sample.gated for sample in samples)
    groups: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.group].append(sample)
    widening = {
        group: _widening(members, checks[members[0].gated]) for group, members in groups.items()
    }
    return [
        _range(sample, dataset, checks[sample.gated], widening[sample.group]) for sample in samples
    ]


def _widening(samples: Sequence[Sample], checks: int) -> float:
    """The least factor of the second look, 1 or more, with which a group keeps its share."""
    import numpy as np

    second = []
    for sample in samples:
        if len(sample.values) >= LEAST_RESAMPLED:
            first_look = first_alpha(sample.gated)
            alpha = second_alpha(len(sample.values), checks, first_look)
            first, mean = resampled_looks(sample.scaled, sample.least_spread, alpha, first_look)
            second.append(np.where(first > 1, mean, 0.0))
    if not second:
        return 1.0
    # with this factor a split in 1 / only_alpha has both looks outside
    return max(1.0, float(np.quantile(np.concatenate(second), 1 - only_alpha(checks))))


def _range(sample: Sample, dataset: str, checks: int, widening: float) -> Range:
    values, summary = sample.values, sample.summary
    # what is written to the file is what judges: the ends follow from the rounded numbers
    centre, spread = float(f"{summary.centre:.8g}"), float(f"{summary.spread:.8g}")
    entry = Range(
        experiment=sample.experiment.name,
        metric=sample.metric,
        gated=sample.gated,
        n=len(values),
        mean=math.fsum(values) / len(values),
        sd=stdlib_statistics.stdev(values),
        low=0.0,
        high=0.0,
        scale=summary.scale,
        centre=centre,
        spread=spread,
        images=sample.images,
        second_alpha=second_alpha(len(values), checks, first_alpha(sample.gated)),
        widening=widening,
        recipe=sample.experiment.recipe(),
        dataset=dataset,
    )
    first = entry.first_look()
    return replace(entry, low=first.low, high=first.high)
