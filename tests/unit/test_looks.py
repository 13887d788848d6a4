"""Two looks together raise the false alarms that they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mnistreport.looks import (
    CHECKS_ALPHA,
    DRIFT_ALPHA,
    FIRST_ALPHA,
    FIRST_FRESH_SEED,
    SECOND_ALPHA,
    SECOND_SEEDS,
    SUITE_ALPHA,
    fresh_seeds,
    joint_rate,
    resampled_looks,
    second_alpha,
)
from mnistreport.statistics import summarize


def test_the_budget_is_spent_once() -> None:
    """Checks and drift share the suite's."""
    assert pytest.approx(SUITE_ALPHA) == CHECKS_ALPHA + DRIFT_ALPHA


def test_the_joint_rate_is_that_of_simulated_checks() -> None:
    """Ten calibration runs, a first look at 1%, a second at 2%, 40,000 times."""
    random = np.random.default_rng(5)
    alarms, checks, second = 0, 40_000, 0.02
    for _ in range(checks):
        logs = random.normal(size=15)
        summary = summarize([*np.exp(logs[:10])], "test_loss", 1)
        first, fresh = math.exp(logs[10]), [*np.exp(logs[11:])]
        if first not in summary.interval(FIRST_ALPHA):
            alarms += summary.mean(fresh) not in summary.interval(second, SECOND_SEEDS)
    expected = joint_rate(10, second) * checks
    assert abs(alarms - expected) < 4 * math.sqrt(expected)


@pytest.mark.parametrize("n", [10, 20, 50])
@pytest.mark.parametrize("checks", [5, 160, 1000])
def test_both_looks_keep_a_checks_share(n: int, checks: int) -> None:
    """However few the seeds and many the checks; and no more is given away than must be."""
    alpha = second_alpha(n, checks)
    assert alpha <= SECOND_ALPHA
    assert joint_rate(n, alpha) * checks <= CHECKS_ALPHA
    if alpha < SECOND_ALPHA:
        assert joint_rate(n, alpha) * checks > 0.98 * CHECKS_ALPHA


def test_fresh_seeds_are_shared_by_no_two_seeds() -> None:
    """Nor by any first look or calibration."""
    found = [seed for first in range(50) for seed in fresh_seeds([first, first + 7])]
    assert len(set(found)) == len(found) == 50 * SECOND_SEEDS
    assert min(found) >= FIRST_FRESH_SEED
    assert max(fresh_seeds([2**32 - 1])) < 2**32


def test_resampling_finds_the_tails_that_the_normal_has_not() -> None:
    """Normal seeds give about 1% of first looks outside; seeds that jump give far second looks."""
    random = np.random.default_rng(1)
    samples = [random.normal(size=50) for _ in range(40)]
    firsts = [resampled_looks(values, 1e-9, SECOND_ALPHA)[0] for values in samples]
    assert np.mean(np.stack(firsts) > 1) == pytest.approx(FIRST_ALPHA, abs=0.004)
    jumping = np.where(np.arange(50) < 3, 30.0, random.normal(size=50))
    _, normal_second = resampled_looks(random.normal(size=50), 1e-9, SECOND_ALPHA)
    _, second = resampled_looks(jumping, 1e-9, SECOND_ALPHA)
    assert second.max() > 1.5 * normal_second.max()
