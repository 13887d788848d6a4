"""How far one metric of one experiment moved, and whether retraining alone moves it so. Pure."""

from __future__ import annotations

import math
import statistics as stdlib_statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mnistreport.comparison.noise import Noise
from mnistreport.statistics import floor, scale_of, to_scale

#: Where the noise of a shift comes from.
Source = Literal["calibration", "seeds", "unknown"]

#: From so many seeds in both builds on, their own differences say more than the calibration:
#: what a seed does to both builds alike falls out of them.
OWN_SEEDS = 5


@dataclass(frozen=True)
class Shift:
    """A metric before and after, each the mean over the seeds, in the metric's own unit.

    `sds` is the difference on the metric's scale in standard deviations of what retraining does
    to such a difference, `z` the same as a normal deviate, `p` its two-sided chance with the tails
    of the calibration, `adjusted` Holm's over all metrics of all experiments. None where the noise
    is unknown.
    """

    metric: str
    before: float
    after: float
    source: Source
    sds: float | None = None
    z: float | None = None
    p: float | None = None
    adjusted: float | None = None

    @property
    def sign(self) -> int:
        """1 where the metric is higher after, -1 where it is lower."""
        size = self.after - self.before if self.sds is None else self.sds
        return (size > 0) - (size < 0)


def measure_shift(
    metric: str, before: Sequence[float], after: Sequence[float], images: int, noise: Noise | None
) -> Shift:
    """The shift of a metric over paired seeds.

    With 5 seeds or more their paired differences tell the noise; with fewer the calibration does
    (two trainings differ by sqrt(2) of its SD, which is too much rather than too little where a
    seed does the same to both); without one, paired differences again.

    Args:
        metric: its name decides the scale.
        before: one finite value a seed.
        after: the same seeds'.
        images: that an accuracy was measured on.
        noise: as calibrated.
    """
    count = len(before)
    means = math.fsum(before) / count, math.fsum(after) / count
    starts = [to_scale(value, scale_of(metric), images) for value in before]
    ends = [to_scale(value, scale_of(metric), images) for value in after]
    differences = [end - start for start, end in zip(starts, ends, strict=True)]
    size = math.fsum(differences) / count
    if noise is not None and count < OWN_SEEDS:
        sds = size / (noise.sd * math.sqrt(2 / count))
        return _judged(metric, means, "calibration", sds, noise.freedom, noise.widening)
    if count > 1:
        least = floor(metric, math.fsum(starts) / count, images)
        spread = max(stdlib_statistics.stdev(differences), least)
        return _judged(metric, means, "seeds", size / (spread / math.sqrt(count)), count - 1, 1.0)
    return Shift(metric, *means, "unknown")


def _judged(
    metric: str,
    means: tuple[float, float],
    source: Source,
    sds: float,
    freedom: int,
    widening: float,
) -> Shift:
    from scipy.special import ndtri, stdtr

    chance = 2 * float(stdtr(freedom, -abs(sds) / widening))
    # the least double instead of 0: a deviate must stay finite
    deviate = -float(ndtri(max(float(stdtr(freedom, -abs(sds))), 5e-324)))
    return Shift(metric, *means, source, sds, math.copysign(deviate, sds), chance)
