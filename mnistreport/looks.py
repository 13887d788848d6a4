"""The two looks of a check, and how often they raise a false alarm. Pure.

A run is judged at 1%. Where it is outside, fresh seeds are trained, and their mean alone decides,
at 0.1% or less. Most checks so cost one training, and an alarm needs two surprises.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: False alarms that a whole suite may give: those of its checks, and those of its drift.
SUITE_ALPHA = 0.01
CHECKS_ALPHA = 0.008
DRIFT_ALPHA = 0.002
#: False-alarm rate of a first look, which decides nothing but whether there is a second.
FIRST_ALPHA = 0.01
#: The same of a metric that can only warn: second looks are dear, and it is worth fewer of them.
TOLD_ALPHA = 1e-3
#: That of a second look at most; few calibration seeds or many checks ask for less.
SECOND_ALPHA = 1e-3
#: Fresh seeds of a second look.
SECOND_SEEDS = 4
#: Where fresh seeds start: far above those that people calibrate with or ask for.
FIRST_FRESH_SEED = 1_000_000


def fresh_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    """The seeds of the second look after a first one at some seeds; none are shared with others.

    Args:
        seeds: of the first look, the least of which counts.
    """
    # the generators take 32 bits: very high seeds begin anew below them
    first = FIRST_FRESH_SEED + min(seeds) * SECOND_SEEDS % (2**32 - 2 * FIRST_FRESH_SEED)
    return tuple(range(first, first + SECOND_SEEDS))


def only_alpha(checks: int) -> float:
    """The false-alarm rate of a check that gets one look only: its share of the suite's."""
    return CHECKS_ALPHA / max(checks, 1)


@cache
def second_alpha(n: int, checks: int, first: float = FIRST_ALPHA) -> float:
    """The rate of the second look with which both looks together keep a check's share.

    Args:
        n: calibration runs.
        checks: of the whole suite.
        first: alpha of the first look.
    """
    share = only_alpha(checks)
    if joint_rate(n, SECOND_ALPHA, first) <= share:
        return SECOND_ALPHA
    low, high = 1e-12, SECOND_ALPHA
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if joint_rate(n, middle, first) <= share else (low, middle)
    return low


@cache
def joint_rate(n: int, second: float, first: float = FIRST_ALPHA) -> float:
    """The rate of false alarms of both looks together, where all runs are normal.

    Both looks are set beside the same calibration runs, whose mean and standard deviation are off
    for both: an alarm is rarer than the second look's alone, but likelier than the product. Given
    these two the looks are independent; what is left is the integral over both.

    Args:
        n: calibration runs.
        second: alpha of the second look.
        first: that of the first.
    """
    import numpy as np

    centre = np.linspace(-7, 7, 141)[:, None]
    log_spread = np.linspace(-4, 2, 601)[None, :]
    half = (n - 1) / 2
    # of log(s), where (n - 1) s^2 is chi-squared
    density = np.exp(2 * half * log_spread - half * np.exp(2 * log_spread))
    weights = np.exp(-(centre**2) / 2) * density
    one = _outside(centre / math.sqrt(n), np.exp(log_spread), n, 1, first)
    four = _outside(centre / math.sqrt(n), np.exp(log_spread), n, SECOND_SEEDS, second)
    return float((one * four * weights).sum() / weights.sum())


def _outside(
    centre: NDArray[np.float64], spread: NDArray[np.float64], n: int, runs: int, alpha: float
) -> NDArray[np.float64]:
    """The chance that the mean of new standard normal runs is outside each interval."""
    from scipy.special import ndtr, stdtrit

    half = stdtrit(n - 1, 1 - alpha / 2) * spread * math.sqrt(1 / runs + 1 / n)
    root = math.sqrt(runs)
    return ndtr((centre - half) * root) + ndtr(-(centre + half) * root)  # type: ignore[no-any-return]


#: Fewer seeds than this are not resampled: too few would be left to make a range of.
LEAST_RESAMPLED = 20
_SPLITS = 20_000


def resampled_looks(
    scaled: Sequence[float], least_spread: float, second: float, first: float = FIRST_ALPHA
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both looks of many splits of real seeds: five held out, the range made from the others.

    The splits are the same for equal N.

    Args:
        scaled: the values of N seeds on the scale of their metric, N >= LEAST_RESAMPLED.
        least_spread: floor of the standard deviation.
        second: alpha of the second look.
        first: that of the first.

    Returns:
        For each split how far the first look and the mean of the second lie from the centre, in
        half widths of their intervals, (20000,) each: above 1 is outside.
    """
    import numpy as np
    from scipy.special import stdtrit

    values = np.asarray(scaled, dtype=np.float64)
    # what is left is all without what is held out: sums, which lose no digits around the mean
    values = values - values.mean()
    held = values[_held_out(len(values))]
    n = len(values) - held.shape[1]
    centre = (values.sum() - held.sum(axis=1)) / n
    squares = (values**2).sum() - (held**2).sum(axis=1) - n * centre**2
    spread = np.maximum(np.sqrt(np.maximum(squares, 0) / (n - 1)), least_spread)

    def away(means: NDArray[np.float64], runs: int, alpha: float) -> NDArray[np.float64]:
        half = stdtrit(n - 1, 1 - alpha / 2) * spread * math.sqrt(1 / runs + 1 / n)
        return np.abs(means - centre) / half  # type: ignore[no-any-return]

    return away(held[:, 0], 1, first), away(held[:, 1:].mean(axis=1), SECOND_SEEDS, second)


@cache
def _held_out(count: int) -> NDArray[np.intp]:
    """Which of so many seeds each split holds out, (20000, 5)."""
    import numpy as np

    random = np.random.default_rng(count)
    return random.random((_SPLITS, count)).argsort(axis=1)[:, -1 - SECOND_SEEDS :].copy()
