"""Trainings as sequences of losses and weights, and where two of them part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from mnistreport.conformance.network import Model, Network
from mnistreport.conformance.record import Deviation
from mnistreport.conformance.rules import Array, Rule

#: Relative difference that rounding may make in 100 steps of float64, an array's largest magnitude
#: being 1. The oracle itself moves by up to 2e-13 when a batch's images are added up in another
#: order (a test watches that), Keras stays within 6e-12 of it; one constant rounded to float32
#: shows at 1e-8.
TOLERANCE = 1e-9


class Moment(NamedTuple):
    """A step of a training: the batch's loss before it, and the weights after it."""

    loss: float
    weights: Sequence[Array]


class Problem(NamedTuple):
    """What both sides train on.

    Attributes:
        weights: W1, b1, ... to start from.
        x: (steps, batch, inputs).
        y: one-hot, (steps, batch, classes).
    """

    weights: Sequence[Array]
    x: Array
    y: Array


def train(model: Model, rule: Rule, problem: Problem) -> Iterator[Moment]:
    """The oracle's training, step by step."""
    weights = [array.copy() for array in problem.weights]
    states = [rule.start(array) for array in weights]
    network = Network(model, weights)
    for t, (x, y) in enumerate(zip(problem.x, problem.y, strict=True), 1):
        loss, gradients = network.gradients(x, y)
        for p, g, state in zip(weights, gradients, states, strict=True):
            p[...] = rule.step(p, g, state, t)
        yield Moment(loss, [array.copy() for array in weights])


def compare(
    expected: Iterable[Moment], found: Iterable[Moment], tolerance: float = TOLERANCE
) -> tuple[float, Deviation | None]:
    """The largest relative difference up to the first deviation, and that deviation."""
    largest = 0.0
    for step, (right, ours) in enumerate(zip(expected, found, strict=False), 1):
        triples = [("loss", np.asarray(right.loss), np.asarray(ours.loss))]
        for at, (one, other) in enumerate(zip(right.weights, ours.weights, strict=True)):
            triples.append((f"{'Wb'[at % 2]}{at // 2 + 1}", one, other))
        for name, one, other in triples:
            deviation = difference(name, one, other, step)
            if not deviation.relative <= tolerance:
                return deviation.relative, deviation
            largest = max(largest, deviation.relative)
    return largest, None


def difference(name: str, expected: Array, found: Array, step: int | None = None) -> Deviation:
    """Where two arrays of one shape differ most, by the largest magnitude in the first."""
    gap = np.abs(found - expected)
    # no number is the greatest difference of all
    at = np.unravel_index(int(np.argmax(np.where(np.isnan(gap), np.inf, gap))), gap.shape)
    scale = float(np.max(np.abs(expected)))
    apart = float(gap[at])
    relative = apart if apart == 0 else apart / scale if scale else float("inf")
    what = f"{name}[{', '.join(map(str, map(int, at)))}]" if at else name
    return Deviation(step, what, float(expected[at]), float(found[at]), relative)
