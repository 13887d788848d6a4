"""Prediction intervals keep their promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mnistreport.statistics import holm, prediction_interval, summarize


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
    values = [0.998, 0.9988, 0.9992, 0.9985, 0.9981, 0.9987, 0.9984, 0.999, 0.9986, 0.9983]
    interval = prediction_interval(values, "test_accuracy", 10000, 1e-3)
    assert 0.99 < interval.low < 0.998
    assert 0.999 < interval.high < 1


def test_an_interval_that_reaches_the_end_includes_it() -> None:
    """Every image right is no alarm where all but half an image would not be one."""
    values = [1.0] * 10 + [0.9993] * 10
    interval = prediction_interval(values, "train_accuracy", 1397, 1e-4)
    assert interval.high == 1.0


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


@pytest.mark.parametrize(("count", "runs"), [(10, 1), (10, 4), (30, 4)])
def test_a_p_value_is_the_alpha_whose_interval_ends_there(count: int, runs: int) -> None:
    """Runs whose mean lies on the end of the 2% interval have a p value of 2%."""
    summary = summarize([*np.exp(np.linspace(-1, 1, count))], "test_loss", 100)
    edge = summary.interval(0.02, runs).high
    assert summary.p_value([edge] * runs) == pytest.approx(0.02)
    assert summary.score([edge] * runs) == pytest.approx(2.3263, abs=1e-3)
    assert summary.score([1 / edge] * runs) == pytest.approx(-2.3263, abs=1e-3)


def test_the_mean_of_runs_is_taken_on_the_scale() -> None:
    """Of losses it is the geometric one; one run is itself, to the last bit."""
    summary = summarize([0.1, 0.2, 0.3], "test_loss", 100)
    assert summary.mean([0.1, 0.4]) == pytest.approx(0.2)
    assert summary.mean([0.1]) == 0.1


def test_holm_adjusts_step_by_step() -> None:
    """The least p times their number, the next times one less, never falling, at most 1."""
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.5})
    assert found == pytest.approx({"a": 0.04, "b": 0.09, "c": 0.09, "d": 0.5})
    assert holm({1: 0.9, 2: 0.8}) == {1: 1.0, 2: 1.0}
    assert holm({}) == {}
