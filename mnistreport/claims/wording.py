"""A comparison, what it demands and what was found, in words."""

from __future__ import annotations

from mnistreport.claims.judge import Part
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


def demand(comparison: Comparison, right: str) -> str:
    """What a part of a claim demands: "test accuracy: cnn/model8 minus mlp/model7 above 0 pp"."""
    sides = f"{comparison.left} minus {right}" if right else comparison.left
    measure = comparison.measure
    return f"{_measure(measure)}: {sides} {_bounds(comparison, relative=bool(right))}"


def _bounds(comparison: Comparison, relative: bool) -> str:
    measure = comparison.measure

    def told(value: float) -> str:
        return _amount(measure, value, relative)

    match comparison:
        case Above() | Most():
            return f"above {told(comparison.least)}"
        case Within():
            return f"between {told(comparison.low)} and {told(comparison.high)}"
        case Beside():
            return f"beside {told(comparison.low)} to {told(comparison.high)}"


def effect(part: Part) -> str:
    """The effect with its interval and seeds, or why there is none."""
    if part.effect is None or part.low is None or part.high is None:
        return part.reason
    measure, relative = part.comparison.measure, bool(part.right)
    mean, low, high = (_amount(measure, v, relative) for v in (part.effect, part.low, part.high))
    seeds = f"{part.seeds} seeds"
    if part.images:
        seeds = f"{part.seeds} sets of first weights, on {part.images}"
    told = f"; {part.reason}" if part.reason else ""
    return f"{mean} (95% CI {low} to {high}, {seeds}){told}"


def _measure(measure: Measure) -> str:
    match measure:
        case Metric():
            less = f" minus {_words(measure.minus)}" if measure.minus else ""
            return f"{_words(measure.name)}{less}"
        case Curve():
            less = f" minus {_words(measure.minus)}" if measure.minus else ""
            taken = {
                "mean": "mean over all steps of",
                "last": "last",
                "change": f"change since step {measure.since} of",
            }[measure.take]
            return f"{taken} {_words(measure.name)}{less}"
        case Gradients():
            return "gradient that reaches the first layer, orders of magnitude"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _amount(measure: Measure, value: float, relative: bool) -> str:
    """A value in the measure's unit: differences of accuracies in percentage points."""
    if not measure.accuracy:
        return f"{value:+.4g}" if value else "0"
    if relative or _is_change(measure):
        return f"{100 * value:+.2f} pp" if value else "0 pp"
    return f"{value:.2%}"


def _is_change(measure: Measure) -> bool:
    """Whether the measure of one experiment is itself a difference."""
    match measure:
        case Metric():
            return measure.minus is not None
        case Curve():
            return measure.minus is not None or measure.take == "change"
        case Gradients():
            return True
