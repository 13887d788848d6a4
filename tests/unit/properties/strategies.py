"""What properties are searched with: damaged bytes, values of any kind, figures of runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

#: One damage to a file.
Damage = Callable[[bytes], bytes]


def _flip(place: float, mask: int) -> Damage:
    def damage(data: bytes) -> bytes:
        at = int(place * (len(data) - 1)) if data else 0
        return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :] if data else data

    return damage


def _cut(place: float, length: int) -> Damage:
    return lambda data: data[: int(place * len(data))] + data[int(place * len(data)) + length :]


def _insert(place: float, extra: bytes) -> Damage:
    return lambda data: data[: int(place * len(data))] + extra + data[int(place * len(data)) :]


def _keep(place: float) -> Damage:
    return lambda data: data[: int(place * len(data))]


#: Mostly near the beginning, where headers are.
_places = st.one_of(st.floats(0, 1), st.floats(0, 0.02))
_one = st.one_of(
    st.builds(_flip, _places, st.integers(1, 255)),
    st.builds(_cut, _places, st.integers(1, 64)),
    st.builds(_insert, _places, st.binary(min_size=1, max_size=64)),
    st.builds(_keep, st.floats(0, 1)),
)


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """One to four damages, one after the other; or other bytes altogether."""
    several = draw(st.lists(_one, min_size=1, max_size=4))
    other = draw(st.one_of(st.none(), st.none(), st.none(), st.binary(max_size=200)))

    def damage(data: bytes) -> bytes:
        if other is not None:
            return other
        for one in several:
            data = one(data)
        return data

    return damage


#: What JSON and TOML can hold.
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(["Dense", "keras.SGD", "numpy.SGD", "softmax", "accuracy", "", "class"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)

seeds = st.integers(0, 2**32 - 1)
losses = st.floats(1e-9, 1e9)
#: Of 1,000 images.
accuracies = st.integers(0, 1000).map(lambda right: right / 1000)
#: Any number, as a training that went wrong gives it.
figures = st.one_of(st.floats(0, 1), losses, st.sampled_from([0.0, math.inf, math.nan]))


def changed(entry: Any, path: list[Any], value: Any) -> Any:
    """A nested value with the part at `path` replaced; steps that lead nowhere are left out."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(entry, dict):
        keys = [*entry, "unknown"]
        key = keys[step % len(keys)]
        return {**entry, key: changed(entry.get(key), rest, value)}
    if isinstance(entry, list) and entry:
        at = step % len(entry)
        return [*entry[:at], changed(entry[at], rest, value), *entry[at + 1 :]]
    return value


paths = st.lists(st.integers(0, 30), min_size=1, max_size=4)
