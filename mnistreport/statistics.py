"""Ranges from calibration runs: prediction intervals on a scale that makes them fair. Pure.

The test set is fixed, so what varies is the seed alone: no binomial noise is added. See Jordan,
arXiv 2304.01910, for the variance that floors the standard deviation of an accuracy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

Scale = Literal["logit", "log"]

#: False alarms that a whole suite may give, over all its checks together.
SUITE_ALPHA = 0.01
#: False alarms of one check's warning.
WARN_ALPHA = 1e-3
#: The least standard deviation on the log scale: below it a difference is rounding, not training.
LOG_SD_FLOOR = {"weight_norm": 1e-4}
DEFAULT_LOG_SD_FLOOR = 2e-3


@dataclass(frozen=True)
class Interval:
    """Where one new run is expected; all in the metric's own unit."""

    low: float
    high: float


def scale_of(metric: str) -> Scale:
    """Accuracies are judged as logits, losses and norms as logarithms."""
    return "logit" if metric.endswith("accuracy") else "log"


def prediction_interval(
    values: Sequence[float], metric: str, images: int, alpha: float, widening: float = 1.0
) -> Interval:
    """The two-sided interval that holds one new run with probability 1 - alpha.

    mean +- widening * t(1 - alpha/2, N-1) * sd * sqrt(1 + 1/N), on the metric's scale.

    Args:
        values: of N calibration runs, N >= 2.
        metric: its name decides the scale.
        images: that an accuracy was measured on.
        alpha: false-alarm rate where runs are normal on that scale.
        widening: of `tail_widening`, for metrics whose tails are heavier.

    Raises:
        ValueError: fewer than two values, or one that is not finite.
    """
    mean, spread = _centre(values, metric, images)
    half = widening * _quantile(alpha, len(values)) * spread
    scale = scale_of(metric)
    low, high = _from_scale(mean - half, scale), _from_scale(mean + half, scale)
    if scale == "logit":
        # values were kept half an image from the ends: what lies beyond is the end itself
        low = low if low > 0.5 / images else 0.0
        high = high if high < 1 - 0.5 / images else 1.0
    return Interval(low, high)


def tail_widening(samples: Iterable[tuple[Sequence[float], int, float]], metric: str) -> float:
    """How much wider than the normal's the intervals of a metric must be, by leave-one-out.

    Each value is set beside the interval that the other seeds of its experiment make. The answer
    is the least factor, 1 or more, with which none of them falls outside.

    Args:
        samples: for each experiment (values of its seeds, images, false-alarm rate).
        metric: its name decides the scale.
    """
    widening = 1.0
    for values, images, alpha in samples:
        if len(values) < 3:
            continue
        for index, value in enumerate(values):
            others = [*values[:index], *values[index + 1 :]]
            mean, spread = _centre(others, metric, images)
            away = abs(_to_scale(value, scale_of(metric), images) - mean) / spread
            widening = max(widening, away / _quantile(alpha, len(others)))
    return widening


def _centre(values: Sequence[float], metric: str, images: int) -> tuple[float, float]:
    """Mean of runs, and the standard deviation of one new run about it, on the metric's scale."""
    if len(values) < 2 or not all(math.isfinite(value) for value in values):
        raise ValueError(f"a range of {metric} needs at least two finite values")
    scaled = [_to_scale(value, scale_of(metric), images) for value in values]
    count = len(scaled)
    mean = sum(scaled) / count
    variance = sum((value - mean) ** 2 for value in scaled) / (count - 1)
    sd = max(math.sqrt(variance), _floor(metric, mean, images))
    return mean, sd * math.sqrt(1 + 1 / count)


@cache
def _quantile(alpha: float, count: int) -> float:
    from scipy.stats import t

    return float(t.ppf(1 - alpha / 2, count - 1))


def _to_scale(value: float, scale: Scale, images: int) -> float:
    if scale == "log":
        return math.log(max(value, 1e-12))
    # half an image from the ends, where the logit is infinite
    edge = 0.5 / images
    clipped = min(max(value, edge), 1 - edge)
    return math.log(clipped / (1 - clipped))


def _from_scale(value: float, scale: Scale) -> float:
    return math.exp(value) if scale == "log" else 1 / (1 + math.exp(-value))


def _floor(metric: str, mean: float, images: int) -> float:
    if scale_of(metric) == "log":
        return LOG_SD_FLOOR.get(metric, DEFAULT_LOG_SD_FLOOR)
    accuracy = _from_scale(mean, "logit")
    share = accuracy * (1 - accuracy)
    error = min(accuracy, 1 - accuracy)
    return math.sqrt(error / (2 * images)) / share


def scaled(value: float, metric: str, images: int) -> float:
    """A metric's value on its scale: the logit of an accuracy, the logarithm of anything else.

    Args:
        value: in the metric's own unit.
        metric: its name decides the scale.
        images: that an accuracy was measured on.
    """
    return _to_scale(value, scale_of(metric), images)


def least_sd(metric: str, mean: float, images: int) -> float:
    """The floor of a seed standard deviation about a mean, both on the metric's scale."""
    return _floor(metric, mean, images)
