"""A comparison, what it demands and what was found, in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from mnistreport.claims.judge import Finding, JudgedClaim, Part
from mnistreport.claims.records import (
    Above,
    Beside,
    Comparison,
    Curve,
    Gradients,
    Measure,
    Metric,
    Most,
    Within,
)
from mnistreport.messages import Message, Phrase, Sentences, Text, signed


def in_short(claims: Sequence[JudgedClaim]) -> Message:
    """For example "Of 16 claims 12 hold, 1 does not hold, 3 are undecided."."""
    found = Counter(judged.finding for judged in claims)
    told = [
        Message("{n} {n:holds|hold}", n=found[Finding.HOLDS]),
        Message("{n} {n:does|do} not hold", n=found[Finding.DOES_NOT_HOLD]),
        Message("{n} {n:is|are} undecided", n=found[Finding.UNDECIDED]),
    ]
    counts = (found[finding] for finding in Finding)
    return Message(
        "Of {n} {n:claim|claims} {told}.",
        n=len(claims),
        told=Sentences([one for one, count in zip(told, counts, strict=True) if count], ", "),
    )


def demand(comparison: Comparison, right: str) -> Message:
    """What a part of a claim demands: "test accuracy: cnn/model8 minus mlp/model7 above 0 pp"."""
    left = comparison.left
    return Message(
        "{measure}: {sides} {bounds}",
        measure=_measure(comparison.measure),
        sides=Message("{left} minus {right}", left=left, right=right) if right else left,
        bounds=_bounds(comparison, relative=bool(right)),
    )


def _bounds(comparison: Comparison, relative: bool) -> Message:
    measure = comparison.measure

    def told(value: float) -> str:
        return _amount(measure, value, relative)

    match comparison:
        case Above() | Most():
            return Message("above {least}", least=told(comparison.least))
        case Within():
            low, high = told(comparison.low), told(comparison.high)
            return Message("between {low} and {high}", low=low, high=high)
        case Beside():
            low, high = told(comparison.low), told(comparison.high)
            return Message("beside {low} to {high}", low=low, high=high)


def effect(part: Part) -> Text:
    """The effect with its interval and seeds, or why there is none."""
    if part.effect is None or part.low is None or part.high is None:
        return part.reason
    measure, relative = part.comparison.measure, bool(part.right)
    mean, low, high = (_amount(measure, v, relative) for v in (part.effect, part.low, part.high))
    if part.images:
        seeds = Message("{n} sets of first weights, on {images}", n=part.seeds, images=part.images)
    else:
        seeds = Message("{n} seeds", n=part.seeds)
    told = Message(
        "{mean} (95% CI {low} to {high}, {seeds})", mean=mean, low=low, high=high, seeds=seeds
    )
    return Sentences([told, part.reason], "; ") if part.reason else told


def _measure(measure: Measure) -> Message:
    match measure:
        case Metric():
            return _less(measure.name, measure.minus)
        case Curve():
            name = _less(measure.name, measure.minus)
            match measure.take:
                case "mean":
                    return Message("mean over all steps of {name}", name=name)
                case "last":
                    return Message("last {name}", name=name)
                case "change":
                    return Message("change since step {n} of {name}", n=measure.since, name=name)
        case Gradients():
            return Message("gradient that reaches the first layer, orders of magnitude")


def _less(name: str, minus: str | None) -> Message:
    words = Phrase(name.replace("_", " "))
    if not minus:
        return words
    return Message("{left} minus {right}", left=words, right=Phrase(minus.replace("_", " ")))


def _amount(measure: Measure, value: float, relative: bool) -> str:
    """A value in the measure's unit: differences of accuracies in percentage points."""
    if not measure.accuracy:
        return signed(value, ".4g") if value else "0"
    if relative or _is_change(measure):
        return _points(100 * value) if value else "0 pp"
    return f"{value:.2%}"


def _points(value: float) -> str:
    """Percentage points with two decimals, more where they would make it look like 0."""
    decimals = max(2, math.ceil(-math.log10(abs(value))))
    return f"{signed(value, f'.{decimals}f')} pp"


def _is_change(measure: Measure) -> bool:
    """Whether the measure of one experiment is itself a difference."""
    match measure:
        case Metric():
            return measure.minus is not None
        case Curve():
            return measure.minus is not None or measure.take == "change"
        case Gradients():
            return True
