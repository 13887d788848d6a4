"""How much of the gradient reaches the first layer of a dense network before it is trained.

Computed with the layers of `numpy_network` in float64: no framework, a fraction of a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mnistreport.dataset import Dataset
from mnistreport.experiment import Dense, Experiment
from mnistreport.training.numpy_network import Affine, Array, ReLU, softmax

#: Keras' own guard on probabilities.
_EPSILON = 1e-7


class Sigmoid:
    """y = 1 / (1 + exp(-x))."""

    def __init__(self) -> None:
        self._y: Array = np.zeros(0)

    def forward(self, x: Array) -> Array:
        """1 / (1 + exp(-x)), elementwise."""
        # in halves of tanh, which does not overflow
        self._y = 0.5 * (1 + np.tanh(x / 2))
        return self._y

    def backward(self, dy: Array) -> Array:
        """Dy times y (1 - y)."""
        return np.asarray(dy * self._y * (1 - self._y))


_ACTIVATIONS: dict[str, type[ReLU] | type[Sigmoid]] = {"relu": ReLU, "sigmoid": Sigmoid}


def gradient_reach(
    experiment: Experiment, dataset: Dataset, seeds: Iterable[int]
) -> dict[int, float]:
    """log10 of the first layer's gradient norm over the last layer's, by seed of the weights.

    The gradient is that of the experiment's own loss by a layer's weighted sums, before its
    activation: what backpropagation hands to the layer. (That by the weights is multiplied by the
    layer's input too, which raw pixels of 0..255 make large in the first layer alone.) It is taken
    over the first batch of the training images.

    Args:
        experiment: Dense layers, relu or sigmoid, then a softmax, with Glorot uniform weights.
        dataset: the images.
        seeds: of the weights.

    Raises:
        ValueError: a network of another kind.
    """
    layers = [layer for layer in experiment.layers if isinstance(layer, Dense)]
    activations = [layer.activation for layer in layers]
    known = all(name in _ACTIVATIONS for name in activations[:-1])
    if len(layers) < len(experiment.layers) or not known or activations[-1] != "softmax":
        raise ValueError(f"{experiment.name} is not made of dense relu or sigmoid layers alone")
    if experiment.kernel_initializer.kind != "GlorotUniform":
        raise ValueError(f"{experiment.name} does not start from Glorot uniform weights")
    count = min(experiment.batch_size, len(dataset.x_train))
    x = dataset.x_train[:count].reshape(count, -1) / experiment.pixel_divisor
    wanted = np.eye(10)[dataset.y_train[:count]]
    binary = "BinaryCrossentropy" in experiment.loss.kind
    return {seed: _reach(layers, x, wanted, binary, seed) for seed in seeds}


def _reach(
    layers: list[Dense], x: Array, wanted: NDArray[np.float64], binary: bool, seed: int
) -> float:
    random = np.random.default_rng(seed)
    affines = []
    inputs = x.shape[1]
    for layer in layers:
        limit = math.sqrt(6 / (inputs + layer.units))
        weights = random.uniform(-limit, limit, (inputs, layer.units))
        affines.append(Affine(weights, np.zeros(layer.units)))
        inputs = layer.units
    activations = [_ACTIVATIONS[layer.activation]() for layer in layers[:-1]]
    for affine, activation in zip(affines[:-1], activations, strict=True):
        x = activation.forward(affine.forward(x))
    flow = _by_logits(softmax(affines[-1].forward(x)), wanted, binary)
    last = float(np.linalg.norm(flow))
    for affine, activation in zip(affines[:0:-1], activations[::-1], strict=True):
        flow = activation.backward(affine.backward(flow))
    return math.log10(float(np.linalg.norm(flow)) / last)


def _by_logits(shares: Array, wanted: NDArray[np.float64], binary: bool) -> Array:
    """The gradient of the mean loss by the logits, (n, 10), from probabilities (n, 10)."""
    if not binary:
        return np.asarray((shares - wanted) / len(shares))
    kept = np.clip(shares, _EPSILON, 1 - _EPSILON)
    by_shares = (kept - wanted) / (kept * (1 - kept)) / wanted.size
    return np.asarray(shares * (by_shares - np.sum(by_shares * shares, axis=1, keepdims=True)))
