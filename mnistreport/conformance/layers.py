"""Convolution and pooling: outputs beside a plain loop, gradients beside slopes.

The gradients are compared with central differences of the layer's own output. It is linear in each
number (a maximum as long as none overtakes another), so differences over a wide step are exact up
to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Protocol

import numpy as np

from mnistreport.conformance.record import Deviation, Finding
from mnistreport.conformance.rules import Array
from mnistreport.conformance.trajectory import TOLERANCE, difference
from mnistreport.messages import Message, Text

_SHAPE = (6, 5, 2)
_KERNEL, _FILTERS, _POOL = 3, 3, 2
#: Half of the least gap between two inputs, so that no maximum changes its place.
_STEP = 0.25


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
