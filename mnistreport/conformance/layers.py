"""Rules that need no training: layers, initializer, dropout, defaults and the order of images.

The gradients of convolution and pooling are compared with central differences of the layer's own
output, and the output with a plain loop. Both are linear in each number (a maximum as long as none
overtakes another), so differences over a wide step are exact up to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np

from mnistreport.conformance.cases import DEFAULTS
from mnistreport.conformance.record import Deviation, Finding
from mnistreport.conformance.rules import Array
from mnistreport.conformance.trajectory import TOLERANCE, difference
from mnistreport.messages import Message, Text

_SHAPE = (6, 5, 2)
_KERNEL, _FILTERS, _POOL = 3, 3, 2
#: Half of the least gap between two inputs, so that no maximum changes its place.
_STEP = 0.25
DROPPED_RATE, _COUNT = 0.25, 100_000


class Layer(Protocol):
    """What is asked of `mnistreport.training.subject.Layer`."""

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Replace its weights."""

    def forward(self, x: Array) -> Array:
        """Outputs of inputs."""

    def gradients(self, x: Array, dy: Array) -> list[Array]:
        """Of sum(outputs * dy), by the inputs and by each weight."""


Make = Callable[[str, dict[str, Any], tuple[int, ...], Sequence[Array]], Layer]


def convolutions_and_pools() -> dict[str, Callable[[Make], Finding]]:
    """The examinations of layers by name; each is given what makes a layer."""
    checks: dict[str, Callable[[Make], Finding]] = {}
    for padding in ("valid", "same"):
        checks[f"layer/conv2d-{padding}"] = _convolution(padding)
    for kind, reduce in (("MaxPooling2D", np.max), ("AveragePooling2D", np.mean)):
        checks[f"layer/{kind.lower()}"] = _pooling(kind, reduce)
    return checks


def _convolution(padding: str) -> Callable[[Make], Finding]:
    def examine(make: Make) -> Finding:
        random = np.random.RandomState(0)
        weights = [
            random.randn(_KERNEL, _KERNEL, _SHAPE[-1], _FILTERS),
            random.randn(_FILTERS),
        ]
        arguments = {"filters": _FILTERS, "kernel_size": _KERNEL, "padding": padding}
        layer = make("Conv2D", arguments, _SHAPE, weights)
        x = _image()
        expected = _convolve(x, weights, padding)
        return _examined(f"layer/conv2d-{padding}", layer, x, weights, expected)

    return examine


def _pooling(kind: str, reduce: Callable[..., Any]) -> Callable[[Make], Finding]:
    def examine(make: Make) -> Finding:
        layer = make(kind, {"pool_size": _POOL}, _SHAPE, [])
        x = _image()
        height, width = (size // _POOL for size in _SHAPE[:2])
        whole = x[:, : height * _POOL, : width * _POOL]
        cells = whole.reshape(1, height, _POOL, width, _POOL, _SHAPE[-1])
        return _examined(f"layer/{kind.lower()}", layer, x, [], reduce(cells, axis=(2, 4)))

    return examine


def _image() -> Array:
    """One image whose numbers are all at least 1 apart."""
    order = np.random.RandomState(1).permutation(math.prod(_SHAPE))
    return order.reshape(1, *_SHAPE).astype(np.float64)


def _convolve(x: Array, weights: Sequence[Array], padding: str) -> Array:
    kernel, bias = weights
    margin = _KERNEL // 2 if padding == "same" else 0
    x = np.pad(x, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    height, width = (size - _KERNEL + 1 for size in x.shape[1:3])
    y = np.empty((len(x), height, width, _FILTERS))
    for row, column in product(range(height), range(width)):
        window = x[:, row : row + _KERNEL, column : column + _KERNEL]
        y[:, row, column] = np.tensordot(window, kernel, 3) + bias
    return y


def _examined(
    name: str, layer: Layer, x: Array, weights: Sequence[Array], expected: Array
) -> Finding:
    y = layer.forward(x)
    if y.shape != expected.shape:
        shapes = (float(expected.size), float(y.size))
        deviation = Deviation(None, "output", *shapes, relative=math.inf)
        told = Message(
            "the output's shape is {found}, not {expected}",
            found=y.shape[1:],
            expected=expected.shape[1:],
        )
        return Finding(name, "the output", math.inf, TOLERANCE, deviation, str(told))
    dy = np.random.RandomState(2).randn(*y.shape)
    pairs = [(str(Message("output")), expected, y)]
    slopes = [_slope(lambda: layer.forward(x), x, dy)]
    for array in weights:

        def moved() -> Array:
            layer.set_weights(weights)
            return layer.forward(x)

        slopes.append(_slope(moved, array, dy))
    layer.set_weights(weights)
    names = (
        Message("gradient by the input"),
        Message("gradient by the kernel"),
        Message("gradient by the bias"),
    )
    pairs += list(zip(map(str, names), slopes, layer.gradients(x, dy), strict=False))
    found = [difference(*pair) for pair in pairs]
    numbers = sum(expected.size for _, expected, _ in pairs)
    wrong = next((d for d in found if not d.relative <= TOLERANCE), None)
    cause: Text = ""
    if wrong is not None:
        cause = Message("the gradient is not the slope of the layer's own output")
        if wrong.what.startswith("output"):
            cause = Message("the layer computes something else")
    largest = wrong.relative if wrong else max(d.relative for d in found)
    return Finding(name, f"{numbers} numbers", largest, TOLERANCE, wrong, str(cause))


def _slope(forward: Callable[[], Array], array: Array, dy: Array) -> Array:
    """Central differences of sum(outputs * dy) by the numbers of an array, changed in place."""
    slopes = np.empty_like(array)
    for at in np.ndindex(array.shape):
        kept = array[at]
        array[at] = kept + _STEP
        above = np.sum(forward() * dy)
        array[at] = kept - _STEP
        slopes[at] = (above - np.sum(forward() * dy)) / (2 * _STEP)
        array[at] = kept
    return slopes


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
