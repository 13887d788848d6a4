"""What moved, told by the fewest causes. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mnistreport.comparison.groups import Group, smallest_cover
from mnistreport.comparison.noise import Key, Noise, shared_noise
from mnistreport.comparison.pairs import ALPHA, METRICS, Outcome, Pair, outcome_of, worst
from mnistreport.comparison.shifts import Shift
from mnistreport.messages import Text
from mnistreport.statistics import holm

#: A metric and the way it went: 1 up, -1 down.
Way = tuple[str, int]

#: Stands for a training that ended well in one build alone.
TRAINING = "training"

#: So many normal deviates in the same direction count as following a group.
_FOLLOWS = 2.0
#: Fewer experiments than this do not drift together.
_LEAST_DRIFT = 3


@dataclass(frozen=True)
class Movement:
    """One metric's way through the experiments of a finding.

    `least` and `most` are the smallest and largest change: of an accuracy the difference, of
    anything else the ratio less 1. `alone` counts the experiments that are beyond noise by
    themselves, `agree` those that went this way. `deviate` is the drift's normal deviate.
    """

    metric: str
    sign: int
    least: float
    most: float
    alone: int
    agree: int
    deviate: float | None = None


@dataclass(frozen=True)
class Finding:
    """Experiments that moved alike, so that they are told once.

    `trait` completes "all experiments ...", and is empty for all of them; `group` counts who has
    it. It is None where a single experiment moved. `drift` says that no experiment is beyond
    noise by itself.
    """

    outcome: Outcome
    trait: Text | None
    group: int
    members: tuple[str, ...]
    movements: tuple[Movement, ...]
    drift: bool = False


def find(
    pairs: Sequence[Pair], groups: Sequence[Group], noises: Mapping[Key, Noise]
) -> list[Finding]:
    """The findings, the worst outcome first."""
    moved = {pair.experiment: frozenset(_moved(pair)) for pair in pairs}
    wanted = [name for name, ways in moved.items() if ways]
    found = list(_together(pairs, groups, moved, wanted))
    still = [pair for pair in pairs if pair.outcome in (Outcome.SAME, Outcome.ROUNDING)]
    found += _drifts(still, groups, noises)
    order = list(Outcome)
    return sorted(found, key=lambda f: (-order.index(f.outcome), -len(f.members)))


def _moved(pair: Pair) -> Iterator[Way]:
    if pair.stopped:
        yield TRAINING, -1 if pair.stopped_after else 1
    for shift in pair.shifts:
        if pair.moved(shift) or pair.suspected(shift):
            yield shift.metric, shift.sign


def _follows(pair: Pair) -> Iterator[Way]:
    yield from _moved(pair)
    for shift in pair.shifts:
        if shift.z is not None and abs(shift.z) >= _FOLLOWS:
            yield shift.metric, shift.sign


def _together(
    pairs: Sequence[Pair],
    groups: Sequence[Group],
    moved: Mapping[str, frozenset[Way]],
    wanted: Sequence[str],
) -> Iterator[Finding]:
    by_name = {pair.experiment: pair for pair in pairs}
    follows = {pair.experiment: frozenset(_follows(pair)) for pair in pairs}
    shared = {g: frozenset.intersection(*(follows[name] for name in g.members)) for g in groups}
    cover = {
        group: [name for name in group.members if moved[name] & ways]
        for group, ways in shared.items()
        if ways
    }
    told: set[str] = set()
    for group, explained in smallest_cover(wanted, cover):
        told |= explained
        members = [pair for pair in pairs if pair.experiment in group.members]
        ways = [w for w in _ordered(shared[group]) if any(w in moved[n] for n in group.members)]
        yield _finding(members, ways, group)
    for name in wanted:
        if name not in told:
            yield _finding([by_name[name]], _ordered(follows[name]), None)


def _ordered(ways: frozenset[Way]) -> list[Way]:
    return sorted(ways, key=lambda way: [TRAINING, *METRICS].index(way[0]))


def _finding(members: Sequence[Pair], ways: Sequence[Way], group: Group | None) -> Finding:
    return Finding(
        outcome=worst(_outcome(members, way) for way in ways if any(map(_has(way), members))),
        trait=group.trait if group else None,
        group=len(group.members) if group else 1,
        members=tuple(pair.experiment for pair in members),
        movements=tuple(_movement(members, way) for way in ways),
    )


def _has(way: Way) -> Callable[[Pair], bool]:
    return lambda pair: way in _moved(pair)


def _outcome(members: Sequence[Pair], way: Way) -> Outcome:
    metric, sign = way
    if metric == TRAINING:
        return Outcome.WORSE if sign < 0 else Outcome.BETTER
    shifts = [(p, s) for p in members for s in p.shifts if s.metric == metric]
    if any(pair.moved(shift) for pair, shift in shifts):
        return outcome_of(metric, sign)
    return Outcome.UNDECIDED


def _movement(members: Sequence[Pair], way: Way, deviate: float | None = None) -> Movement:
    metric, sign = way
    shifts = [(pair, s) for pair in members for s in pair.shifts if s.metric == metric]
    with_it = [(pair, shift) for pair, shift in shifts if shift.sign == sign]
    changes = sorted((change(shift) for _, shift in with_it), key=abs) or [0.0]
    alone = sum(pair.moved(shift) for pair, shift in with_it)
    if metric == TRAINING:
        alone = len(members)
    agree = len(members) if metric == TRAINING else len(with_it)
    return Movement(metric, sign, changes[0], changes[-1], alone, agree, deviate)


def change(shift: Shift) -> float:
    """The difference of an accuracy, else the ratio less 1; the difference of what was 0."""
    if shift.metric.endswith("accuracy") or shift.before == 0:
        return shift.after - shift.before
    return shift.after / shift.before - 1


def _drifts(
    pairs: Sequence[Pair], groups: Sequence[Group], noises: Mapping[Key, Noise]
) -> Iterator[Finding]:
    """Groups whose small shifts go one way: beyond noise together, though none is alone."""
    left = list(pairs)
    while True:
        chances: dict[tuple[Group, str], float] = {}
        deviates: dict[tuple[Group, str], float] = {}
        for group in groups:
            for metric in METRICS:
                drift = _drift([p for p in left if p.experiment in group.members], metric, noises)
                if drift is not None:
                    deviates[group, metric], chances[group, metric] = drift
        adjusted = holm(chances)
        best = min(chances, key=lambda key: chances[key], default=None)
        if best is None or adjusted[best] >= ALPHA:
            return
        group = best[0]
        members = [pair for pair in left if pair.experiment in group.members]
        ways = [
            (metric, int(math.copysign(1, deviates[group, metric])))
            for metric in METRICS
            if adjusted.get((group, metric), 1.0) < ALPHA
        ]
        yield Finding(
            outcome=worst(outcome_of(*way) for way in ways),
            trait=group.trait,
            group=len(group.members),
            members=tuple(pair.experiment for pair in members),
            movements=tuple(_movement(members, w, deviates[group, w[0]]) for w in ways),
            drift=True,
        )
        left = [pair for pair in left if pair not in members]


def _drift(
    pairs: Sequence[Pair], metric: str, noises: Mapping[Key, Noise]
) -> tuple[float, float] | None:
    """The normal deviate of a metric's common drift, and its two-sided chance."""
    from scipy.special import ndtri, stdtr

    deviates, known = [], []
    for pair in pairs:
        noise = noises.get((pair.experiment, metric))
        for shift in pair.shifts:
            if noise is not None and shift.metric == metric and shift.z is not None:
                deviates.append(shift.z)
                known.append(noise)
    if len(known) < _LEAST_DRIFT:
        return None
    spread, freedom = shared_noise(known)
    size = math.fsum(deviates) / math.sqrt(len(deviates)) / spread
    chance = max(float(stdtr(freedom, -abs(size))), 5e-324)
    return math.copysign(-float(ndtri(chance)), size), 2 * chance
