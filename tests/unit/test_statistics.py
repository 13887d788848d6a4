"""Prediction intervals keep their promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mnistreport.statistics import prediction_interval


@pytest.mark.parametrize(
    ("count", "alpha", "factor"), [(10, 1e-3, 5.01), (20, 1e-3, 3.98), (30, 1e-4, 4.58)]
)
def test_factors_are_the_tables(count: int, alpha: float, factor: float) -> None:
    """On the log scale the half width is the published factor times the standard deviation."""
    logs = np.linspace(-1, 1, count)
    interval = prediction_interval([*np.exp(logs)], "test_loss", 1000, alpha)
    half = (math.log(interval.high) - math.log(interval.low)) / 2
    assert half / np.std(logs, ddof=1) == pytest.approx(factor, abs=0.006)


def test_the_false_alarm_rate_is_the_one_asked_for() -> None:
    """Of 20,000 new runs, about 1% fall outside an interval made at 1% from 20 others."""
    random = np.random.default_rng(11)
    outside = 0
    for _ in range(2000):
        values = np.exp(random.normal(-2, 0.1, size=30))
        interval = prediction_interval([*values[:20]], "test_loss", 1000, 0.01)
        new = values[20:]
        outside += int(np.sum((new < interval.low) | (new > interval.high)))
    # 200 expected; runs that share an interval are correlated, so five binomial SDs
    assert 130 < outside < 270


def test_an_accuracy_stays_within_0_and_1() -> None:
    """The logit keeps the interval of accuracies near 1 below 1."""
    interval = prediction_interval([0.998, 0.999, 1.0, 0.9985], "test_accuracy", 10000, 1e-4)
    assert 0 < interval.low < 0.998
    assert 0.999 < interval.high <= 1


def test_equal_values_still_give_a_range() -> None:
    """A standard deviation that rounds to nothing is floored by sqrt(err/2n)."""
    interval = prediction_interval([0.99] * 20, "test_accuracy", 10000, 1e-3)
    sd = math.sqrt(0.01 / 20000)
    half = (interval.high - interval.low) / 2
    assert half == pytest.approx(3.98 * sd, rel=0.05)


@pytest.mark.parametrize("values", [[0.5], [0.5, math.nan], []])
def test_too_little_is_refused(values: list[float]) -> None:
    """One value, or one that is no number, makes no range."""
    with pytest.raises(ValueError, match="two finite"):
        prediction_interval(values, "test_loss", 10, 0.01)
