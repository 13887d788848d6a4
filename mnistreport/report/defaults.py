"""The optimizers' defaults in Keras 2 and in Keras 3, from the tables that conformance examines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mnistreport.conformance.optimizers import DEFAULTS, KERAS_2, KERAS_3
from mnistreport.conformance.rules import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    Nadam,
    RMSprop,
    Rule,
)
from mnistreport.experiment import Experiment
from mnistreport.messages import Message, Phrase, Sentences, Text
from mnistreport.report.formats import NOTHING, anchor
from mnistreport.report.hyperparameters import setting

_MOMENTS = ("m ← β₁·m + (1 − β₁)·g", "v ← β₂·v + (1 − β₂)·g²")

#: A step of each rule. {v} and {a} are roots of these with epsilon, {t} Nadam's exponent.
_STEPS: Final[dict[type[Rule], tuple[str, ...]]] = {
    SGD: ("v ← momentum·v − η·g", "w ← w + v"),
    Adagrad: ("a ← a + g²", "w ← w − η·g / {a}"),
    RMSprop: ("v ← ρ·v + (1 − ρ)·g²", "w ← w − η·g / {v}"),
    Adadelta: (
        "v ← ρ·v + (1 − ρ)·g²",
        "u ← g·{d} / {v}",
        "w ← w − η·u",
        "d ← ρ·d + (1 − ρ)·u²",
    ),
    Adam: (*_MOMENTS, "w ← w − η·√(1 − β₂ᵗ) / (1 − β₁ᵗ)·m / {v}"),
    Adamax: (_MOMENTS[0], "v ← max(β₂·v, |g|)", "w ← w − η / (1 − β₁ᵗ)·m / (v + ε)"),
    Nadam: (
        *_MOMENTS,
        "μₜ = β₁·(1 − ½·0.96^{t})",
        "n = μₜ₊₁·m / (1 − μ₁⋯μₜ₊₁) + (1 − μₜ)·g / (1 − μ₁⋯μₜ)",
        "w ← w − η·n / (√(v / (1 − β₂ᵗ)) + ε)",
    ),
}

#: Settings of Keras 3 that Keras 2 did not have, but whose value its rule fixed: the rule's field.
_FIXED: Final = {"initial_accumulator_value": "accumulator"}

#: So many experiments of the same settings are named.
_MOST: Final = 3


@dataclass(frozen=True)
class Change:
    """What is not the same in both; `code` says whether it is part of the rule."""

    name: Message
    then: Text
    now: Text
    code: bool = False


@dataclass(frozen=True)
class Trained:
    """Experiments that train alike.

    Attributes:
        names: name and href of the first.
        more: how many others.
        but: the settings that they do not leave at Keras 2's defaults.
    """

    names: tuple[tuple[str, str], ...]
    more: int
    but: Message


@dataclass(frozen=True)
class OptimizerRow:
    """One optimizer then and now."""

    name: str
    changes: tuple[Change, ...]
    same: Message
    steps: tuple[str, ...]
    trained: tuple[Trained, ...]


@dataclass(frozen=True)
class OptimizersSection:
    """Every optimizer that both had, in the order of document A."""

    intro: Message
    rows: tuple[OptimizerRow, ...]


def optimizers_section(experiments: Sequence[Experiment]) -> OptimizersSection:
    """The table, and what it comes to.

    Args:
        experiments: of the build; those in Keras 2's rule are named beside it.
    """
    rows = tuple(_row(name, experiments) for name in KERAS_3)
    return OptimizersSection(
        intro=Message(
            "{changed} of the {total} optimizers that documents A and B compare are not in Keras 3 "
            "what they were in Keras 2, {rules} of them by their very rule. Code that leaves the "
            "settings out runs on and trains otherwise: keras issue 13815 is a documented 99.25% "
            "that had become 84%, by the learning rate of Adadelta alone.",
            changed=sum(bool(row.changes) for row in rows),
            total=len(rows),
            rules=sum(any(change.code for change in row.changes) for row in rows),
        ),
        rows=rows,
    )


def _row(name: str, experiments: Iterable[Experiment]) -> OptimizerRow:
    spec, old = KERAS_2[name]
    own, new = KERAS_3[name]
    now = DEFAULTS[own]
    then = _settings(spec) | {
        setting: getattr(old, field) for setting, field in _FIXED.items() if setting in now
    }
    names = [*then, *(setting for setting in now if setting not in then)]
    # what one of them does not have is off
    changed = [key for key in names if then.get(key, 0) != now.get(key, 0)]
    steps = list(zip(formula(old), formula(new), strict=True))
    return OptimizerRow(
        name=own,
        changes=(
            *(Change(_name(key), _shown(then, key), _shown(now, key)) for key in changed),
            *(Change(Message("rule"), a, b, code=True) for a, b in steps if a != b),
        ),
        same=_told({key: now[key] for key in names if key not in changed}),
        steps=tuple(a for a, b in steps if a == b),
        trained=_trained(spec, experiments),
    )


def _settings(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in spec.items() if name != "class"}


def formula(rule: Rule) -> tuple[str, ...]:
    """A step of a rule as assignments."""
    inside = getattr(rule, "inside", False)
    roots = {name: f"√({name} + ε)" if inside else f"(√{name} + ε)" for name in "vad"}
    decay = getattr(rule, "schedule_decay", 1.0)
    exponent = "t" if decay == 1 else f"({decay:g}·t)"
    return tuple(line.format(t=exponent, **roots) for line in _STEPS[type(rule)])


def _name(key: str) -> Message:
    return Phrase(key.replace("_", " "))


def _shown(settings: Mapping[str, Any], key: str) -> Text:
    return setting(settings[key]) if key in settings else NOTHING


def _told(settings: Mapping[str, Any]) -> Message:
    return Sentences((Sentences([_name(k), setting(v)]) for k, v in settings.items()), ", ")


def _trained(spec: Mapping[str, Any], experiments: Iterable[Experiment]) -> tuple[Trained, ...]:
    """The experiments in this rule, those at its defaults first."""
    alike: dict[tuple[tuple[str, Any], ...], list[str]] = {(): []}
    for experiment in experiments:
        given = experiment.optimizer.model_dump(by_alias=True)
        if given["class"] == spec["class"]:
            other = tuple(pair for pair in _settings(given).items() if pair not in spec.items())
            alike.setdefault(other, []).append(experiment.name)
    return tuple(
        Trained(
            names=tuple((name, anchor(name)) for name in names[:_MOST]),
            more=max(len(names) - _MOST, 0),
            but=_told(dict(other)),
        )
        for other, names in alike.items()
        if names
    )
