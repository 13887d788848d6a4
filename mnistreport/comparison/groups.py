"""What experiments have in common: the candidates for one cause. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mnistreport.messages import Message, Sentences, Text


@dataclass(frozen=True)
class Group:
    """Experiments that share a trait; `trait` completes "all experiments ..."."""

    trait: Text
    members: frozenset[str]


def make_groups(names: Sequence[str], entries: Mapping[str, Mapping[str, Any]]) -> list[Group]:
    """All groups of two experiments and more, the narrowest traits first.

    Traits that have the same members are one: "of document D and of the numpy engine".
    """
    found: dict[tuple[int, Text], set[str]] = defaultdict(set)
    for name in names:
        for trait in traits(entries.get(name, {})):
            found[trait].add(name)
    groups: dict[frozenset[str], list[Text]] = defaultdict(list)
    # a stable order: within a kind, as the catalog has them
    for (_, words), members in sorted(found.items(), key=lambda item: item[0][0]):
        if len(members) > 1:
            groups[frozenset(members)].append(words)
    whole = frozenset(names)
    return [
        Group("" if members == whole else Sentences(words, " and "), members)
        for members, words in groups.items()
    ]


def traits(entry: Mapping[str, Any]) -> Iterator[tuple[int, Text]]:
    """What an experiment is made of: the kind's place, and the words.

    Raises:
        KeyError, TypeError: the entry is none of a catalog.
    """
    yield 5, ""
    if not entry:
        return
    yield 0, Message("with the optimizer {name}", name=entry["optimizer"]["class"])
    for kind in dict.fromkeys(layer["class"] for layer in entry["layers"]):
        if kind not in ("Dense", "Flatten"):
            yield 1, Message("with {name} layers", name=kind)
    yield 2, Message("with the loss {name}", name=entry["loss"]["class"])
    yield 3, Message("of document {name}", name=entry["document"])
    yield 4, Message("of the {name} engine", name=entry["engine"])


def smallest_cover(
    wanted: Collection[str], cover: Mapping[Group, Collection[str]]
) -> list[tuple[Group, frozenset[str]]]:
    """The groups that explain some experiments, the one that explains most of them first.

    Greedy: at most ln(n) times as many groups as the least number. What no group of two explains
    is left over. A tie goes to the group with fewer members.

    Args:
        wanted: experiments to explain.
        cover: the experiments that each group explains.

    Returns:
        Each group with what it explains that none before it did.
    """
    left, chosen = set(wanted), []
    while left:
        best = max(cover, key=lambda g: (len(left & set(cover[g])), -len(g.members)), default=None)
        if best is None or len(left & set(cover[best])) < 2:
            break
        explained = frozenset(left & set(cover[best]))
        chosen.append((best, explained))
        left -= explained
    return chosen


def describe(names: Iterable[str], groups: Sequence[Group]) -> tuple[list[Group], list[str]]:
    """A set of experiments as the fewest whole groups, and the names that are in none of them."""
    wanted = list(names)
    whole = {group: group.members for group in groups if group.members <= set(wanted)}
    chosen = smallest_cover(wanted, whole)
    covered = {name for _, explained in chosen for name in explained}
    return [group for group, _ in chosen], [name for name in wanted if name not in covered]
