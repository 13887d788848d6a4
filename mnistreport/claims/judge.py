"""What our seeds say of a claim. Pure.

Each comparison is paired over the seeds that both sides have, with a t interval of the mean
difference in the measure's own unit. A comparison holds where its whole 95% interval meets the
demand. A claim of several parts (several comparisons, or one against several others) holds where
all parts hold: an intersection-union test, which needs no correction. It does not hold where one
part is refuted, and because any of k parts may do that, each refutes at 5%/k (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mnistreport.calibration import LEAST_SEEDS
from mnistreport.claims.records import (
    Above,
    Beside,
    Claim,
    Comparison,
    Curve,
    Gradients,
    Metric,
    Most,
    Within,
)
from mnistreport.evidence import Evidence, Training
from mnistreport.messages import Message, Text

#: 1 - confidence of the intervals that are shown, and that decide what holds.
ALPHA = 0.05

#: One number from a training; None where it has none.
_Reader = Callable[[Training], float | None]


class Finding(StrEnum):
    """What the evidence says of a claim."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Part:
    """One comparison with one other experiment, or with none (`right` is "").

    `effect` is the mean difference over `seeds` seeds, in the measure's own unit, and `low`..`high`
    its 95% interval; None where there are too few seeds, and `reason` says so. `images` names the
    dataset of a comparison that was computed just now, and is empty where it rests on calibration.
    """

    comparison: Comparison
    right: str
    seeds: int
    effect: float | None
    low: float | None
    high: float | None
    finding: Finding
    reason: Text = ""
    images: str = ""


@dataclass(frozen=True)
class JudgedClaim:
    """A claim, its parts and the finding that they come to."""

    claim: Claim
    finding: Finding
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Reach:
    """The measure `Gradients` by experiment and seed, computed on the images of a dataset."""

    by_seed: Mapping[str, Mapping[int, float]]
    images: str


def judge_claims(
    claims: Sequence[Claim], evidence: Evidence, gradients: Reach
) -> tuple[JudgedClaim, ...]:
    """A finding for each claim.

    Args:
        claims: of the file.
        evidence: the calibration trainings by experiment.
        gradients: of the experiments whose gradients a claim compares.
    """
    return tuple(_judge(claim, evidence, gradients) for claim in claims)


def _judge(claim: Claim, evidence: Evidence, gradients: Reach) -> JudgedClaim:
    pairs = [(c, right) for c in claim.comparisons for right in c.rights]
    deciding = sum(not isinstance(c, Beside) for c, _ in pairs)
    parts = tuple(
        _part(comparison, right, evidence, gradients, max(deciding, 1))
        for comparison, right in pairs
    )
    findings = {p.finding for p in parts if not isinstance(p.comparison, Beside)}
    if Finding.DOES_NOT_HOLD in findings:
        finding = Finding.DOES_NOT_HOLD
    else:
        finding = Finding.HOLDS if findings == {Finding.HOLDS} else Finding.UNDECIDED
    return JudgedClaim(claim, finding, parts)


def _part(
    comparison: Comparison,
    right: str,
    evidence: Evidence,
    gradients: Reach,
    parts: int,
) -> Part:
    left = _by_seed(comparison, comparison.left, evidence, gradients)
    others = _by_seed(comparison, right, evidence, gradients) if right else dict.fromkeys(left, 0.0)
    effects = [left[seed] - others[seed] for seed in left if seed in others]
    if len(effects) < LEAST_SEEDS:
        reason: Text = Message(
            "not enough seeds yet: {n} of {least}", n=len(effects), least=LEAST_SEEDS
        )
        return Part(comparison, right, len(effects), None, None, None, Finding.UNDECIDED, reason)
    mean, low, high = paired_interval(effects, ALPHA)
    _, refuting_low, refuting_high = paired_interval(effects, ALPHA / parts)
    finding = _finding(comparison, (low, high), (refuting_low, refuting_high))
    reason = Message("decides nothing") if isinstance(comparison, Beside) else ""
    images = gradients.images if isinstance(comparison.measure, Gradients) else ""
    return Part(comparison, right, len(effects), mean, low, high, finding, reason, images)


def _finding(
    comparison: Comparison, shown: tuple[float, float], refuting: tuple[float, float]
) -> Finding:
    match comparison:
        case Above() | Most():
            holds, refuted = shown[0] > comparison.least, refuting[1] <= comparison.least
        case Within():
            holds = comparison.low <= shown[0] and shown[1] <= comparison.high
            refuted = refuting[1] < comparison.low or refuting[0] > comparison.high
        case Beside():
            return Finding.UNDECIDED
    if holds:
        return Finding.HOLDS
    return Finding.DOES_NOT_HOLD if refuted else Finding.UNDECIDED


def paired_interval(effects: Sequence[float], alpha: float) -> tuple[float, float, float]:
    """Mean of paired differences, and its two-sided t interval of confidence 1 - alpha.

    Args:
        effects: one for each seed, two or more.
        alpha: 1 - confidence.
    """
    from scipy.special import stdtrit

    count = len(effects)
    mean = math.fsum(effects) / count
    variance = math.fsum((effect - mean) ** 2 for effect in effects) / (count - 1)
    half = float(stdtrit(count - 1, 1 - alpha / 2)) * math.sqrt(variance / count)
    return mean, mean - half, mean + half


def _by_seed(
    comparison: Comparison,
    name: str,
    evidence: Evidence,
    gradients: Reach,
) -> dict[int, float]:
    """The measure of an experiment by seed, where it is finite."""
    measure = comparison.measure
    if isinstance(measure, Gradients):
        return {seed: v for seed, v in gradients.by_seed.get(name, {}).items() if math.isfinite(v)}
    if name not in evidence:
        return {}
    read: _Reader = _metric(measure) if isinstance(measure, Metric) else _curve(measure)
    found = ((seed, read(training)) for seed, training in evidence[name].by_seed.items())
    return {seed: v for seed, v in found if v is not None and math.isfinite(v)}


def _metric(measure: Metric) -> _Reader:
    def read(training: Training) -> float | None:
        value = training.metrics.get(measure.name)
        other = training.metrics.get(measure.minus) if measure.minus else 0.0
        return None if value is None or other is None else value - other

    return read


def _curve(measure: Curve) -> _Reader:
    def read(training: Training) -> float | None:
        values = list(_distances(measure, training))
        if len(values) <= (measure.since or 0):
            return None
        match measure.take:
            case "mean":
                return math.fsum(values) / len(values)
            case "last":
                return values[-1]
            case "change":
                return values[-1] - values[(measure.since or 1) - 1]

    return read


def _distances(measure: Curve, training: Training) -> Iterator[float]:
    curve = training.curves.get(measure.name, ())
    if measure.minus is None:
        return iter(curve)
    other = training.curves.get(measure.minus, ())
    return (a - b for a, b in zip(curve, other, strict=False))
