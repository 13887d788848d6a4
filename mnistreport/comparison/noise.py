"""How far two faithful trainings of one recipe lie apart, from the calibration rows. Pure."""

from __future__ import annotations

import math
import statistics as stdlib_statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mnistreport.calibration import LEAST_SEEDS, Row
from mnistreport.statistics import scale_of, spread_of, to_scale

#: By experiment and metric.
Key = tuple[str, str]


@dataclass(frozen=True)
class Subject:
    """An experiment whose noise is asked for; `dataset` as in calibration rows."""

    experiment: str
    document: str
    recipe: str
    dataset: str
    images: int


@dataclass(frozen=True)
class Noise:
    """What seeds do to one metric of one experiment, on the metric's scale.

    `values` are those of the calibration, by seed, `sd` the standard deviation of one run.
    `widening` is by how much their document's tails exceed those of Student's t, 1 or more.
    """

    values: Mapping[int, float]
    sd: float
    widening: float = 1.0

    @property
    def freedom(self) -> int:
        """Degrees of freedom of `sd`."""
        return len(self.values) - 1


def calibrated_noise(
    rows: Iterable[Row], subjects: Sequence[Subject], metrics: Sequence[str], alpha: float
) -> dict[Key, Noise]:
    """The noise of each experiment and metric that enough seeds were calibrated of.

    Args:
        rows: of any experiments.
        subjects: the experiments asked for.
        metrics: the metrics asked for.
        alpha: false-alarm rate of a single test, at which the tails must fit.
    """
    own: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.status == "ok":
            own[row.experiment, row.recipe, row.dataset].append(row)
    found: dict[Key, Noise] = {}
    groups: dict[tuple[str, str], list[Key]] = defaultdict(list)
    widest: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)
    for subject in subjects:
        its = own[subject.experiment, subject.recipe, subject.dataset]
        for metric in metrics:
            noise = _noise(its, metric, subject.images)
            if noise is not None:
                group = subject.document, metric
                found[subject.experiment, metric] = noise
                groups[group].append((subject.experiment, metric))
                tail = _heaviest(list(noise.values.values()), metric, subject.images, alpha)
                widest[group] = max(widest[group], tail)
    for group, keys in groups.items():
        for key in keys:
            found[key] = replace(found[key], widening=widest[group])
    return found


def _noise(rows: Sequence[Row], metric: str, images: int) -> Noise | None:
    values = {
        row.seed: to_scale(row.metrics[metric], scale_of(metric), images)
        for row in rows
        if metric in row.metrics and math.isfinite(row.metrics[metric])
    }
    if len(values) < LEAST_SEEDS:
        return None
    return Noise(values, spread_of(list(values.values()), metric, images))


def _heaviest(values: Sequence[float], metric: str, images: int, alpha: float) -> float:
    """The furthest of some seeds from the others, in units of where Student's t would alarm."""
    from scipy.special import stdtrit

    limit = float(stdtrit(len(values) - 2, 1 - alpha / 2))
    furthest = 0.0
    for index, value in enumerate(values):
        others = [*values[:index], *values[index + 1 :]]
        spread = spread_of(others, metric, images) * math.sqrt(1 + 1 / len(others))
        furthest = max(furthest, abs(value - math.fsum(others) / len(others)) / spread)
    return furthest / limit


def shared_noise(noises: Sequence[Noise]) -> tuple[float, int]:
    """The spread of sum(z)/sqrt(k) over seeds: above 1 where experiments share a seed's luck.

    Experiments of one architecture start from the same weights, so that their weight norms go up
    and down together.

    Args:
        noises: of k experiments, for one metric.

    Returns:
        The standard deviation, 1 or more, and its degrees of freedom: 1 where no seeds are shared.
    """
    seeds = set.intersection(*(set(noise.values) for noise in noises))
    if len(seeds) < 2:
        return math.sqrt(len(noises)), 1
    centres = [math.fsum(n.values.values()) / len(n.values) for n in noises]
    sums = [
        math.fsum((n.values[s] - c) / n.sd for n, c in zip(noises, centres, strict=True))
        / math.sqrt(len(noises))
        for s in seeds
    ]
    return max(1.0, stdlib_statistics.stdev(sums)), len(seeds) - 1
