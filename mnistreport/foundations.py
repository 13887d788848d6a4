"""What document C explains before it trains: activations, a circle squared, exclusive or."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnistreport.conformance.network import Activation

Array = NDArray[np.float64]


def derivative(activation: Activation, x: Array) -> Array:
    """Of an activation at x, (n,): what its backward pass makes of ones."""
    activation.forward(x)
    return activation.backward(np.ones_like(x))


@dataclass(frozen=True)
class Unit:
    """A neuron with a threshold: 1 where the weighted sum of its inputs exceeds it, else 0."""

    weights: tuple[float, ...]
    threshold: float

    def sums(self, x: Array) -> Array:
        """The weighted sums (n,) of inputs (n, weights)."""
        weighted: Array = x @ np.array(self.weights)
        return weighted

    def __call__(self, x: Array) -> Array:
        """0 or 1 for each row of x, (n,)."""
        return np.where(self.sums(x) > self.threshold, 1.0, 0.0)


@dataclass(frozen=True)
class ThresholdNetwork:
    """One hidden layer of threshold units, and one unit behind it."""

    hidden: tuple[Unit, ...]
    output: Unit

    def hidden_layer(self, x: Array) -> Array:
        """What the hidden units make of x: (n, units)."""
        return np.stack([unit(x) for unit in self.hidden], axis=1)

    def __call__(self, x: Array) -> Array:
        """0 or 1 for each row of x, (n,)."""
        return self.output(self.hidden_layer(x))


#: The document's network for exclusive or, its weights set by hand.
XOR: Final = ThresholdNetwork(
    hidden=(Unit((1, 0), 0), Unit((1, 1), 1), Unit((0, 1), 0)), output=Unit((1, -2, 1), 0)
)

#: What a network for exclusive or is given, in the document's order.
PAIRS: Final[Array] = np.array([(1.0, 1.0), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])

#: Tells the points outside the circle from those inside, once their coordinates are squared.
OUTSIDE: Final = Unit((1, 1), 1)


def ring(count: int = 50) -> tuple[Array, NDArray[np.bool_]]:
    """The document's points: `count` inside the circle x^2 + y^2 = 1 and as many outside.

    Returns:
        Points (2 * count, 2), always the same, and which of them are outside.
    """
    random = np.random.RandomState(0)
    angle = random.rand(count) * np.pi * 2
    across = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inside = across * random.rand(count, 2)
    outside = across * (1 + random.rand(count, 2))
    return np.concatenate([inside, outside]), np.arange(2 * count) >= count


def most_right(points: Array, ones: NDArray[np.bool_]) -> int:
    """Of how many points at most a straight line tells right whether they are ones.

    Every best line can be moved until it touches two points, and moved a little from there to
    have each of the two on either side.

    Args:
        points: (n, 2), no three of them on one line.
        ones: (n,).
    """
    first, second = np.array(list(combinations(range(len(points)), 2))).T
    along = points[second] - points[first]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    heights = np.einsum("lpk,lk->lp", points[None] - points[first][:, None], across)
    lines = np.arange(len(heights))[:, None]
    touched = np.zeros(heights.shape, dtype=bool)
    touched[lines, np.stack([first, second], axis=1)] = True
    above = np.sum(~touched & ((heights > 0) == ones), axis=1)
    below = len(points) - 2 - above
    return int(np.max(np.maximum(above, below))) + 2


def cut(unit: Unit, height: float) -> Array:
    """The plane where a unit's sum is `height`, within the unit cube: corners (n, 3) in order."""
    corners = []
    for axis, others in product(range(3), product((0.0, 1.0), repeat=2)):
        start = np.insert(np.array(others), axis, 0.0)
        at = (height - unit.sums(start[None])[0]) / (unit.weights[axis] or np.nan)
        if 0 <= at <= 1:
            start[axis] = at
            corners.append(start)
    found = np.unique(np.round(corners, 12), axis=0)
    normal = np.array(unit.weights) / np.linalg.norm(unit.weights)
    from_middle = found - found.mean(axis=0)
    right = from_middle[0]
    up = np.cross(normal, right)
    order = np.argsort(np.arctan2(from_middle @ up, from_middle @ right))
    around: Array = found[order]
    return around


def seen_from(points: Array, azimuth: float, elevation: float) -> Array:
    """Points (n, 3) as (n, 2) from far away; the third axis points up, angles are in degrees."""
    turn, tilt = np.radians([azimuth, elevation])
    right = np.array([-np.sin(turn), np.cos(turn), 0.0])
    up = np.array([-np.sin(tilt) * np.cos(turn), -np.sin(tilt) * np.sin(turn), np.cos(tilt)])
    seen: Array = points @ np.stack([right, up], axis=1)
    return seen
