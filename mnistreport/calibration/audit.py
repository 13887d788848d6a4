"""Whether ranges keep their promise: their false-alarm rates, computed and counted. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnistreport.calibration.ranges import Sample
from mnistreport.looks import (
    DRIFT_ALPHA,
    LEAST_RESAMPLED,
    joint_rate,
    resampled_looks,
)
from mnistreport.reference import Range, Ranges
from mnistreport.statistics import t_quantile


@dataclass(frozen=True)
class AuditLine:
    """The checks of one document and metric, which is `gated` or can only warn.

    `first` of `left_out` values were outside the first look that the other seeds of their
    experiment make. `alarms` is how many false alarms, or warnings, a build is expected to give in
    these checks: `alarms` for normal seeds, by integration; `resampled` for the real ones, five of
    them held out at a time, None where there are too few. `widening` is that of the second look.
    """

    document: str
    metric: str
    gated: bool
    checks: int
    seeds: int
    left_out: int
    first: int
    widening: float
    alarms: float
    resampled: float | None


@dataclass(frozen=True)
class Audit:
    """All checks of a profile on a dataset; rates are of false alarms of a whole build.

    `lines` are those of the metrics that decide, `told` of those that can only warn.
    """

    lines: tuple[AuditLine, ...]
    told: tuple[AuditLine, ...]

    @property
    def checks(self) -> int:
        """How many gated ones there are."""
        return sum(line.checks for line in self.lines)

    @property
    def left_out(self) -> int:
        """Values that were set beside the others of their experiment."""
        return sum(line.left_out for line in self.lines)

    @property
    def first(self) -> int:
        """Those of them that were outside."""
        return sum(line.first for line in self.lines)

    @property
    def alarms(self) -> float:
        """The family-wise rate at most, for normal seeds, the drift included."""
        return sum(line.alarms for line in self.lines) + DRIFT_ALPHA

    @property
    def resampled(self) -> float | None:
        """The same for the real seeds; None where some checks have too few of them."""
        found = _resampled_of(self.lines)
        return None if found is None else found + DRIFT_ALPHA

    @property
    def can_warn(self) -> int:
        """How many checks can only warn."""
        return sum(line.checks for line in self.told)

    @property
    def warnings(self) -> float:
        """The rate at most of builds that warn for nothing, for normal seeds."""
        return sum(line.alarms for line in self.told)

    @property
    def resampled_warnings(self) -> float | None:
        """The same for the real seeds; None where some metrics have too few of them."""
        return _resampled_of(self.told)


def _resampled_of(lines: Sequence[AuditLine]) -> float | None:
    if any(line.resampled is None for line in lines):
        return None
    return sum(line.resampled or 0.0 for line in lines)


def audit(samples: Iterable[Sample], ranges: Ranges) -> Audit:
    """The rates of the ranges that stand, on the seeds they were made from.

    Args:
        samples: the calibration.
        ranges: made from it.
    """
    groups: dict[tuple[str, str], list[tuple[Sample, Range]]] = defaultdict(list)
    for sample in samples:
        found = ranges.get((sample.experiment.name, sample.metric))
        if found is not None:
            groups[sample.group].append((sample, found))
    lines = [_line(members) for members in groups.values()]
    return Audit(
        tuple(line for line in lines if line.gated), tuple(line for line in lines if not line.gated)
    )


def _line(members: Sequence[tuple[Sample, Range]]) -> AuditLine:
    counts = [len(sample.values) for sample, _ in members]
    enough = min(counts) >= LEAST_RESAMPLED
    sample, entry = members[0]
    return AuditLine(
        document=sample.experiment.document,
        metric=sample.metric,
        gated=entry.gated,
        checks=len(members),
        seeds=min(counts),
        left_out=sum(counts),
        first=sum(_outside(*member) for member in members),
        widening=entry.widening,
        alarms=sum(joint_rate(e.n, e.second_alpha, e.first_alpha) for _, e in members),
        resampled=sum(_resampled(*member) for member in members) if enough else None,
    )


def _outside(sample: Sample, entry: Range) -> int:
    """How many values are outside the first look that the others make."""
    t = sample.beside_others
    return int((abs(t) > t_quantile(entry.first_alpha, len(t) - 1)).sum())


def _resampled(sample: Sample, entry: Range) -> float:
    one, four = resampled_looks(
        sample.scaled, sample.least_spread, entry.second_alpha, entry.first_alpha
    )
    return float(((one > 1) & (four > entry.widening)).mean())
