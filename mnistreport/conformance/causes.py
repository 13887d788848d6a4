"""Why Keras and the oracle part: which change of the oracle follows Keras to the last step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any

import numpy as np

from mnistreport.conformance.cases import Case
from mnistreport.conformance.network import ACTIVATIONS, CrossEntropy, Model
from mnistreport.conformance.record import Deviation
from mnistreport.conformance.rules import Rule
from mnistreport.conformance.trajectory import Moment, Problem, compare, train

UNKNOWN = "unknown cause"

#: Values that a field of a rule might have instead.
_VALUES: dict[str, tuple[float, ...]] = {
    "momentum": (0.0, 0.5, 0.9, 0.99),
    "rho": (0.9, 0.95, 0.99, 0.999),
    "beta_1": (0.0, 0.5, 0.9, 0.95, 0.99),
    "beta_2": (0.9, 0.95, 0.98, 0.99, 0.999, 0.9999),
    "epsilon": (0.0, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3),
    "schedule_decay": (0.0, 0.004, 1.0),
}
_SWITCHES = {
    ("inside", True): "epsilon stands inside the square root",
    ("inside", False): "epsilon stands outside the square root",
    ("corrected", False): "the bias correction is dropped",
    ("after", True): "epsilon is added after the bias correction",
    ("look_ahead", False): "Nesterov without its look-ahead",
    ("look_ahead", True): "Nesterov's look-ahead is added",
    ("summed", True): "the loss is summed over the images, not averaged",
    ("sigmoid", True): "the loss takes the outputs' sigmoids for the softmax",
}
_ACCUMULATORS = (0.0, 0.01, 0.1, 1.0)
_CLIPS = (None, 0.0, 1e-15, 1e-12, 1e-8, 1e-7, 1e-6)


@dataclass(frozen=True)
class Change:
    """The oracle with something else in place of what it has."""

    text: str
    model: Model
    rule: Rule


def find_cause(case: Case, problem: Problem, found: Sequence[Moment], first: Deviation) -> str:
    """The change that follows Keras at every step, in words; single ones before pairs.

    Args:
        case: whose oracle Keras left.
        problem: what both trained on.
        found: Keras' training.
        first: the deviation.
    """
    whole = Change("", case.model, case.rule)

    def fits(change: Change) -> bool:
        # a wrong guess may well divide by 0
        with np.errstate(all="ignore"):
            return compare(train(change.model, change.rule, problem), found)[1] is None

    for change in _candidates(case, whole, problem, found):
        if fits(change):
            return change.text
    if first.step == 1 and first.what == "loss":
        return f"{UNKNOWN}, in the forward pass or the loss: it shows before the first update"
    return UNKNOWN


def _candidates(
    case: Case, whole: Change, problem: Problem, found: Sequence[Moment]
) -> Iterator[Change]:
    singles = list(_singles(whole))
    yield from singles
    yield from _rescaled(whole, problem, found)
    if case.other is not None:
        generation = "Keras 3" if case.name.startswith("keras2/") else "Keras 2"
        text = f"the rule and defaults are {generation}'s"
        yield Change(text, case.model, case.other)
    for one in singles:
        yield from _rescaled(one, problem, found)
    for one in singles:
        yield from _singles(one)


def _singles(change: Change) -> Iterator[Change]:
    """Everything that one field could be instead, of the rule, the loss and the activation."""
    for text, rule in _rules(change.rule):
        yield Change(_joined(change.text, text), change.model, rule)
    for text, loss in _losses(change.model.loss):
        model = replace(change.model, loss=loss)
        yield Change(_joined(change.text, text), model, change.rule)
    for hidden in ACTIVATIONS:
        if hidden != change.model.hidden:
            text = f"the hidden activation is {hidden}, not {change.model.hidden}"
            model = replace(change.model, hidden=hidden)
            yield Change(_joined(change.text, text), model, change.rule)


def _joined(before: str, text: str) -> str:
    return f"{before}; {text}" if before else text


def _rules(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for field in fields(rule):
        now = getattr(rule, field.name)
        yield from _switched(rule, field.name, now)
        for value in _VALUES.get(field.name, ()):
            if value != now:
                text = f"{field.name} is {value:g}, not {now:g}"
                yield text, _with(rule, field.name, value)
        if field.name == "accumulator":
            for value in _ACCUMULATORS:
                text = f"the accumulator starts at {value:g}, not {now:g}"
                # an initializer of Keras fills it with the number as float32 has it
                for start in {value, float(np.float32(value))} - {now, rule.value("accumulator")}:
                    yield text, _with(rule, field.name, start)
    for place in ("learning_rate", *rule.constants):
        told = "no longer passes" if place in rule.float32 else "passes"
        changed = replace(rule, float32=rule.float32 ^ {place})
        if changed.value(place) != rule.value(place):
            yield f"{place} {told} through float32", changed
    if len(rule.float32) > 1:
        yield "no constant passes through float32 any more", replace(rule, float32=frozenset())


def _with(rule: Rule, name: str, value: float) -> Rule:
    changes: dict[str, Any] = {name: value}
    return replace(rule, **changes)


def _losses(loss: CrossEntropy) -> Iterator[tuple[str, CrossEntropy]]:
    for name in ("summed", "sigmoid"):
        yield from _switched(loss, name, getattr(loss, name))
    for clip in _CLIPS:
        if clip != loss.clip:
            where = "computed on the logits" if clip is None else f"clipped at {clip:g}"
            yield f"the loss is {where}", replace(loss, clip=clip)
    for smoothing in (0.05, 0.1):
        yield f"labels are smoothed by {smoothing:g}", replace(loss, smoothing=smoothing)


def _switched(record: Any, name: str, now: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(now, bool) and (name, not now) in _SWITCHES:
        yield _SWITCHES[name, not now], replace(record, **{name: not now})


def _rescaled(change: Change, problem: Problem, found: Sequence[Moment]) -> Iterator[Change]:
    """The same with the learning rate that the first step shows, by least squares."""
    (moment,) = islice(train(change.model, change.rule, problem), 1)
    right = np.concatenate(
        [
            (after - before).ravel()
            for after, before in zip(moment.weights, problem.weights, strict=True)
        ]
    )
    ours = np.concatenate(
        [
            (after - before).ravel()
            for after, before in zip(found[0].weights, problem.weights, strict=True)
        ]
    )
    square = float(right @ right)
    factor = float(right @ ours) / square if square else 1.0
    if np.isfinite(factor) and factor > 0:
        rate = change.rule.learning_rate * factor
        text = _joined(change.text, f"the learning rate is multiplied by {factor:.6g}")
        yield Change(text, change.model, replace(change.rule, learning_rate=rate))
