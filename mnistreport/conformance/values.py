"""Rules that show in a few numbers: defaults, dropout, initializer, and which images are taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistreport.conformance.optimizers import DEFAULTS
from mnistreport.conformance.record import Deviation, Finding
from mnistreport.conformance.rules import Array
from mnistreport.conformance.trajectory import TOLERANCE
from mnistreport.messages import Message

DROPPED_RATE, _COUNT = 0.25, 100_000


def examine_defaults(own: str, found: dict[str, Any]) -> Finding:
    """The hyperparameters of a class of Keras 3, against those of our table.

    Args:
        own: the class.
        found: its own hyperparameters, by name.
    """
    for name, expected in DEFAULTS[own].items():
        value = found.get(name, math.nan)
        # get_config reads the learning rate from a variable
        if not math.isclose(value, expected, rel_tol=TOLERANCE):
            relative = abs(value - expected) / abs(expected) if expected else math.inf
            deviation = Deviation(None, name, float(expected), float(value), relative)
            cause = Message("Keras changed a default of {name}", name=own)
            if name not in found:
                cause = Message("{name} lost it", name=own)
            return Finding(_of(own), "defaults", relative, TOLERANCE, deviation, str(cause))
    return Finding(_of(own), f"{len(DEFAULTS[own])} defaults", 0.0, TOLERANCE)


def _of(own: str) -> str:
    return f"defaults/{own.lower()}"


def examine_dropout(dropped: Callable[[int, bool], Array]) -> Finding:
    """Active in training, each unit with the rate's chance; the rest scaled; inactive otherwise.

    Args:
        dropped: what a layer of DROPPED_RATE makes of so many ones: (count, training).
    """
    name = "layer/dropout"
    still, moved = dropped(_COUNT, False), dropped(_COUNT, True)
    kept = moved[moved != 0]
    share = 1 - len(kept) / _COUNT
    # five standard errors of a share
    margin = 5 * math.sqrt(DROPPED_RATE * (1 - DROPPED_RATE) / _COUNT)
    scale = 1 / (1 - DROPPED_RATE)
    checks = [
        _Check(
            Message("output outside training"),
            1.0,
            _farthest(still, 1.0),
            TOLERANCE,
            Message("it is active"),
        ),
        _Check(
            Message("share dropped"),
            DROPPED_RATE,
            share,
            margin / DROPPED_RATE,
            Message("another rate, or inactive in training"),
        ),
        _Check(
            Message("scale of the kept"),
            scale,
            _farthest(kept, scale),
            TOLERANCE,
            Message("another scale"),
        ),
    ]
    return _first_wrong(name, f"{_COUNT:,} units", checks)


def examine_glorot(first_weights: Callable[[int], Array]) -> Finding:
    """Glorot uniform: within +-sqrt(6/(inputs+units)), filling it, anew with each seed.

    Args:
        first_weights: a matrix, from a seed.
    """
    weights = first_weights(0)
    limit = math.sqrt(6 / sum(weights.shape))
    deviation = limit / math.sqrt(3)
    # relative standard error of a uniform's standard deviation, five times
    margin = 5 * math.sqrt(0.2 / weights.size)
    again = float(np.mean(weights == first_weights(1)))
    checks = [
        _Check(
            Message("largest weight"),
            limit,
            float(np.max(np.abs(weights))),
            1e-3,
            Message("another limit"),
        ),
        _Check(
            Message("spread"),
            deviation,
            float(np.std(weights)),
            margin,
            Message("another distribution"),
        ),
        _Check(
            Message("share of weights alike with another seed"),
            0.0,
            again,
            1e-3,
            Message("the seed does not count"),
        ),
    ]
    return _first_wrong("initializer/glorot-uniform", f"{weights.size:,} weights", checks)


def examine_orders(fed_orders: Callable[[int, int, int], list[list[int]]]) -> Finding:
    """Each epoch takes every image once, in an order of its own.

    Args:
        fed_orders: the images of each epoch: (count, batch, epochs).
    """
    count, epochs = 50, 3
    orders = fed_orders(count, 8, epochs)
    once = min(len(set(order)) * (len(order) == count) for order in orders)
    different = len({tuple(order) for order in orders})
    checks = [
        _Check(
            Message("images in an epoch"),
            float(count),
            float(once),
            0.0,
            Message("images are left out or repeated"),
        ),
        _Check(
            Message("different orders"),
            float(epochs),
            float(different),
            0.0,
            Message("an order is drawn once and repeated"),
        ),
    ]
    return _first_wrong("feed/order", f"{epochs} epochs", checks)


def examine_draws(drawn: Callable[[int, int, int, int], NDArray[np.int64]]) -> Finding:
    """Document D's batches: drawn by `choice` of NumPy's legacy generator, with replacement.

    Args:
        drawn: the images of each batch, (batches, size): (seed, count, size, batches).
    """
    seed, count, size, batches = 1, 1000, 50, 3
    random = np.random.RandomState(seed)
    expected = np.stack([random.choice(count, size) for _ in range(batches)])
    alike = float(np.mean(drawn(seed, count, size, batches) == expected))
    check = _Check(
        Message("share of images that the document's generator draws too"),
        1.0,
        alike,
        0.0,
        Message("batches are drawn in another way"),
    )
    return _first_wrong("numpy/draws", f"{batches} batches", [check])


def _farthest(values: Array, expected: float) -> float:
    """The value farthest from what all should be."""
    return float(values[np.argmax(np.abs(values - expected))]) if values.size else math.nan


@dataclass(frozen=True)
class _Check:
    """A single value; `cause` is what a wrong one would come from."""

    what: Message
    expected: float
    found: float
    tolerance: float
    cause: Message

    @property
    def gap(self) -> float:
        """The relative difference."""
        return abs(self.found - self.expected) / (abs(self.expected) or 1.0)


def _first_wrong(name: str, compared: str, checks: Sequence[_Check]) -> Finding:
    for check in checks:
        if not check.gap <= check.tolerance:
            deviation = Deviation(None, str(check.what), check.expected, check.found, check.gap)
            cause = str(check.cause)
            return Finding(name, compared, check.gap, check.tolerance, deviation, cause)
    farthest = max(checks, key=lambda check: check.gap)
    return Finding(name, compared, farthest.gap, farthest.tolerance)
