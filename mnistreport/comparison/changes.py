"""What differs between two builds beside their results: environment and recipes. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Fields of a catalog entry that do not decide its training.
_TOLD = {"name", "document", "title", "source", "claim", "published", "quick", "seed"}

#: What stands for a value that one build does not have.
ABSENT = "absent"


@dataclass(frozen=True)
class Change:
    """Something that has another value after than before, as texts."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class RecipeChange:
    """A hyperparameter that differs, and the experiments that it differs in."""

    change: Change
    experiments: tuple[str, ...]


def environment_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """What differs in versions, processor, threads and commit, in the order they are told."""
    names = dict.fromkeys((*before, *after))
    return tuple(
        Change(name, before.get(name, ABSENT), after.get(name, ABSENT))
        for name in names
        if before.get(name) != after.get(name)
    )


def recipe_changes(
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    names: Sequence[str],
) -> tuple[RecipeChange, ...]:
    """What differs in how experiments are trained, each difference told once.

    Args:
        before: catalog entries by experiment.
        after: the other build's.
        names: experiments that both have.
    """
    found: dict[Change, list[str]] = defaultdict(list)
    for name in names:
        old, new = _flat(before.get(name, {})), _flat(after.get(name, {}))
        for change in environment_changes(old, new):
            found[change].append(name)
    return tuple(RecipeChange(change, tuple(those)) for change, those in found.items())


def _flat(entry: Mapping[str, Any]) -> dict[str, str]:
    """An entry as texts by dotted names: "optimizer.learning_rate", "layers.0.units"."""
    flat: dict[str, str] = {}

    def visit(name: str, value: Any) -> None:
        inner: list[tuple[Any, Any]] = []
        if isinstance(value, dict):
            inner = list(value.items())
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            inner = list(enumerate(value))
        if not inner:
            flat[name] = str(value)
        for key, item in inner:
            visit(f"{name}.{key}" if name else str(key), item)

    visit("", {key: value for key, value in entry.items() if key not in _TOLD})
    return flat
