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
from mnistreport.messages import Message, Sentences, Text

UNKNOWN = Message("unknown cause")

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
    ("inside", True): Message("epsilon stands inside the square root"),
    ("inside", False): Message("epsilon stands outside the square root"),
    ("corrected", False): Message("the bias correction is dropped"),
    ("after", True): Message("epsilon is added after the bias correction"),
    ("look_ahead", False): Message("Nesterov without its look-ahead"),
    ("look_ahead", True): Message("Nesterov's look-ahead is added"),
    ("summed", True): Message("the loss is summed over the images, not averaged"),
    ("sigmoid", True): Message("the loss takes the outputs' sigmoids for the softmax"),
}
_ACCUMULATORS = (0.0, 0.01, 0.1, 1.0)
_CLIPS = (None, 0.0, 1e-15, 1e-12, 1e-8, 1e-7, 1e-6)


@dataclass(frozen=True)
class Change:
    """The oracle with something else in place of what it has."""

    text: Text
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
            return str(change.text)
    if first.step == 1 and first.what == "loss":
        told = Message(
            "unknown cause, in the forward pass or the loss: it shows before the first update"
        )
        return str(told)
    return str(UNKNOWN)


def _candidates(
    case: Case, whole: Change, problem: Problem, found: Sequence[Moment]
) -> Iterator[Change]:
    singles = list(_singles(whole))
    yield from singles
    yield from _rescaled(whole, problem, found)
    if case.other is not None:
        generation = 3 if case.name.startswith("keras2/") else 2
        text = Message("the rule and defaults are those of Keras {n}", n=generation)
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
            text = Message(
                "the hidden activation is {now}, not {before}",
                now=hidden,
                before=change.model.hidden,
            )
            model = replace(change.model, hidden=hidden)
            yield Change(_joined(change.text, text), model, change.rule)


def _joined(before: Text, text: Text) -> Text:
    return Sentences([before, text], "; ") if before else text


def _rules(rule: Rule) -> Iterator[tuple[Text, Rule]]:
    for field in fields(rule):
        now = getattr(rule, field.name)
        yield from _switched(rule, field.name, now)
        for value in _VALUES.get(field.name, ()):
            if value != now:
                text = Message(
                    "{name} is {now}, not {before}",
                    name=field.name,
                    now=f"{value:g}",
                    before=f"{now:g}",
                )
                yield text, _with(rule, field.name, value)
        if field.name == "accumulator":
            for value in _ACCUMULATORS:
                text = Message(
                    "the accumulator starts at {now}, not {before}",
                    now=f"{value:g}",
                    before=f"{now:g}",
                )
                # an initializer of Keras fills it with the number as float32 has it
                for start in {value, float(np.float32(value))} - {now, rule.value("accumulator")}:
                    yield text, _with(rule, field.name, start)
    for place in ("learning_rate", *rule.constants):
        text = Message("{name} passes through float32", name=place)
        if place in rule.float32:
            text = Message("{name} no longer passes through float32", name=place)
        changed = replace(rule, float32=rule.float32 ^ {place})
        if changed.value(place) != rule.value(place):
            yield text, changed
    if len(rule.float32) > 1:
        text = Message("no constant passes through float32 any more")
        yield text, replace(rule, float32=frozenset())


def _with(rule: Rule, name: str, value: float) -> Rule:
    changes: dict[str, Any] = {name: value}
    return replace(rule, **changes)


def _losses(loss: CrossEntropy) -> Iterator[tuple[Text, CrossEntropy]]:
    for name in ("summed", "sigmoid"):
        yield from _switched(loss, name, getattr(loss, name))
    for clip in _CLIPS:
        if clip != loss.clip:
            text = Message("the loss is clipped at {limit}", limit=f"{clip or 0:g}")
            if clip is None:
                text = Message("the loss is computed on the logits")
            yield text, replace(loss, clip=clip)
    for smoothing in (0.05, 0.1):
        text = Message("labels are smoothed by {share}", share=f"{smoothing:g}")
        yield text, replace(loss, smoothing=smoothing)


def _switched(record: Any, name: str, now: Any) -> Iterator[tuple[Text, Any]]:
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
        text = Message("the learning rate is multiplied by {factor}", factor=f"{factor:.6g}")
        yield Change(
            _joined(change.text, text), change.model, replace(change.rule, learning_rate=rate)
        )
