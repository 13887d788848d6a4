"""Ranges from calibration runs: prediction intervals on a scale that makes them fair. Pure.

The test set is fixed, so what varies is the seed alone: no binomial noise is added. See Jordan,
arXiv 2304.01910, for the variance that floors the standard deviation of an accuracy.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

Scale = Literal["logit", "log"]

#: The least standard deviation on the log scale: below it a difference is rounding, not training.
LOG_SD_FLOOR = {"weight_norm": 1e-4}
DEFAULT_LOG_SD_FLOOR = 2e-3
#: Of what the exponential function gives a finite number.
_LARGEST = 709.0


@dataclass(frozen=True)
class Interval:
    """Where new runs are expected; all in the metric's own unit."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Share:
    """How often something was noticed."""

    noticed: int
    of: int

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.noticed / self.of if self.of else math.nan

    def interval(self, z: float = 1.959964) -> tuple[float, float]:
        """Wilson's score interval, 95% unless another quantile is given."""
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.value
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, centre - half), min(1.0, centre + half)


def scale_of(metric: str) -> Scale:
    """Accuracies are judged as logits, losses and norms as logarithms."""
    return "logit" if metric.endswith("accuracy") else "log"


@dataclass(frozen=True)
class Summary:
    """What N calibration runs say of a metric: enough to judge new runs by.

    `centre` and `spread` are the mean and the standard deviation (floored) on `scale`; `images` is
    what an accuracy was counted over.
    """

    scale: Scale
    n: int
    centre: float
    spread: float
    images: int

    def interval(self, alpha: float, runs: int = 1, widening: float = 1.0) -> Interval:
        """The two-sided interval that holds the mean of new runs with probability 1 - alpha.

        centre +- widening * t(1 - alpha/2, N-1) * spread * sqrt(1/runs + 1/N), back in the
        metric's own unit.

        Args:
            alpha: false-alarm rate where runs are normal on the scale.
            runs: how many new ones the mean is of.
            widening: for metrics whose tails are heavier.
        """
        half = widening * t_quantile(alpha, self.n) * self._error(runs)
        low = _from_scale(self.centre - half, self.scale)
        high = _from_scale(self.centre + half, self.scale)
        if self.scale == "logit":
            # values were kept half an image from the ends: what lies beyond is the end itself
            low = low if low > 0.5 / self.images else 0.0
            high = high if high < 1 - 0.5 / self.images else 1.0
        return Interval(low, high)

    def mean(self, values: Sequence[float]) -> float:
        """The mean of runs, taken on the scale, in the metric's own unit."""
        if len(set(values)) == 1:
            return values[0]
        return _from_scale(self._mean(values), self.scale)

    def t(self, values: Sequence[float]) -> float:
        """How far the mean of new runs lies from the centre, as a t statistic of N - 1."""
        return (self._mean(values) - self.centre) / self._error(len(values))

    def p_value(self, values: Sequence[float]) -> float:
        """The two-sided chance of a mean as far off as that of these runs; 0 where it is NaN."""
        from scipy.special import stdtr

        t = abs(self.t(values))
        return 0.0 if math.isnan(t) else float(2 * stdtr(self.n - 1, -t))

    def score(self, values: Sequence[float]) -> float:
        """The standard normal value that is as rare as the mean of these runs, with its sign."""
        from scipy.special import ndtri_exp, stdtr

        t = self.t(values)
        tail = float(stdtr(self.n - 1, -abs(t)))
        return math.copysign(float(-ndtri_exp(math.log(max(tail, 1e-300)))), t)

    def _mean(self, values: Sequence[float]) -> float:
        return sum(to_scale(value, self.scale, self.images) for value in values) / len(values)

    def _error(self, runs: int) -> float:
        return self.spread * math.sqrt(1 / runs + 1 / self.n)


def summarize(values: Sequence[float], metric: str, images: int) -> Summary:
    """What calibration runs say of a metric.

    Args:
        values: of N calibration runs, N >= 2.
        metric: its name decides the scale, and the floor of the standard deviation.
        images: that an accuracy was measured on.

    Raises:
        ValueError: fewer than two values, or one that is not finite.
    """
    if len(values) < 2 or not all(math.isfinite(value) for value in values):
        raise ValueError(f"a range of {metric} needs at least two finite values")
    scale = scale_of(metric)
    scaled = [to_scale(value, scale, images) for value in values]
    centre = math.fsum(scaled) / len(scaled)
    return Summary(scale, len(scaled), centre, spread_of(scaled, metric, images), images)


def spread_of(scaled: Sequence[float], metric: str, images: int) -> float:
    """The standard deviation of runs on a metric's scale, floored; of two values at least."""
    centre = math.fsum(scaled) / len(scaled)
    # the standard library's stdev is exact, and 50 times slower
    squares = math.fsum((value - centre) ** 2 for value in scaled)
    return max(math.sqrt(squares / (len(scaled) - 1)), floor(metric, centre, images))


def prediction_interval(
    values: Sequence[float], metric: str, images: int, alpha: float, widening: float = 1.0
) -> Interval:
    """The two-sided interval that holds one new run with probability 1 - alpha.

    Args:
        values: of N calibration runs, N >= 2.
        metric: its name decides the scale.
        images: that an accuracy was measured on.
        alpha: false-alarm rate where runs are normal on that scale.
        widening: of the half width, for metrics whose tails are heavier.

    Raises:
        ValueError: fewer than two values, or one that is not finite.
    """
    return summarize(values, metric, images).interval(alpha, widening=widening)


Key = TypeVar("Key", bound=Hashable)


def holm(p_values: Mapping[Key, float]) -> dict[Key, float]:
    """Adjusted by Holm's method: below alpha they are false alarms in alpha of all families."""
    adjusted: dict[Key, float] = {}
    highest = 0.0
    ordered = sorted(p_values, key=lambda key: p_values[key])
    for place, key in enumerate(ordered):
        highest = max(highest, min(1.0, (len(ordered) - place) * p_values[key]))
        adjusted[key] = highest
    return adjusted


def to_scale(value: float, scale: Scale, images: int) -> float:
    """A metric on the scale it is judged on; an accuracy is kept half an image from the ends."""
    if scale == "log":
        return math.log(max(value, 1e-12))
    edge = 0.5 / images
    clipped = min(max(value, edge), 1 - edge)
    return math.log(clipped / (1 - clipped))


def floor(metric: str, centre: float, images: int) -> float:
    """The least standard deviation of a metric on its scale.

    Args:
        metric: its name.
        centre: of the runs, on the scale.
        images: that an accuracy was measured on.
    """
    if scale_of(metric) == "log":
        return LOG_SD_FLOOR.get(metric, DEFAULT_LOG_SD_FLOOR)
    accuracy = _from_scale(centre, "logit")
    share = accuracy * (1 - accuracy)
    error = min(accuracy, 1 - accuracy)
    return math.sqrt(error / (2 * images)) / share


def _from_scale(value: float, scale: Scale) -> float:
    # the ends of an interval of few or scattered seeds lie beyond what exp can take
    if scale == "log":
        return math.exp(min(value, _LARGEST))
    return 1 / (1 + math.exp(min(-value, _LARGEST)))


@cache
def t_quantile(alpha: float, count: int) -> float:
    """How many standard deviations of `count` values a new one exceeds with chance alpha."""
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, 1 - alpha / 2))
