"""The oracle's network and losses: forward and backward, float64, without Keras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from mnistreport.conformance.rules import Array
from mnistreport.training.numpy_network import Affine, ReLU, softmax


class Activation(Protocol):
    """A function between two affine layers."""

    def forward(self, x: Array) -> Array:
        """Elementwise, keeping what `backward` needs."""

    def backward(self, dy: Array) -> Array:
        """The loss's gradient by x from that by y."""


class LeakyReLU:
    """y = x, or slope*x below 0; TensorFlow's operation holds the slope in float32."""

    slope = 0.0

    def forward(self, x: Array) -> Array:
        """Elementwise."""
        self._slopes: Array = np.where(x > 0, 1.0, self.slope)
        return x * self._slopes

    def backward(self, dy: Array) -> Array:
        """Dy times the slope at x."""
        return dy * self._slopes


class LeakyReLU2(LeakyReLU):
    """TensorFlow's own slope."""

    slope = float(np.float32(0.2))


class LeakyReLU3(LeakyReLU):
    """Keras' slope."""

    slope = float(np.float32(0.3))


class ReLU6:
    """y = min(max(x, 0), 6)."""

    def forward(self, x: Array) -> Array:
        """Elementwise."""
        self._alive = (x > 0) & (x < 6)
        return np.clip(x, 0, 6)

    def backward(self, dy: Array) -> Array:
        """Dy between 0 and 6."""
        return dy * self._alive


class Sigmoid:
    """y = 1 / (1 + exp(-x))."""

    def forward(self, x: Array) -> Array:
        """Elementwise."""
        self._y: Array = 1 / (1 + np.exp(-x))
        return self._y

    def backward(self, dy: Array) -> Array:
        """Dy * y * (1 - y)."""
        return dy * self._y * (1 - self._y)


class HardSigmoid:
    """y = x/6 + 1/2, kept within 0 and 1."""

    def forward(self, x: Array) -> Array:
        """Elementwise."""
        self._alive = np.abs(x) < 3
        return np.clip(x / 6 + 0.5, 0, 1)

    def backward(self, dy: Array) -> Array:
        """Dy / 6 between the ends."""
        return dy * self._alive / 6


class Tanh:
    """y = tanh(x)."""

    def forward(self, x: Array) -> Array:
        """Elementwise."""
        self._y: Array = np.tanh(x)
        return self._y

    def backward(self, dy: Array) -> Array:
        """Dy * (1 - y^2)."""
        return dy * (1 - self._y**2)


ACTIVATIONS: dict[str, type[Activation]] = {
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "leaky relu (slope 0.2)": LeakyReLU2,
    "leaky relu (slope 0.3)": LeakyReLU3,
    "relu6": ReLU6,
    "hard sigmoid": HardSigmoid,
}


@dataclass(frozen=True, kw_only=True)
class CrossEntropy:
    """A cross-entropy of a softmax's probabilities with one-hot labels, natural logarithm.

    Attributes:
        kind: "categorical" is -sum(y*log(p)); "binary" the mean over the outputs of
            -(y*log(p) + (1-y)*log(1-p)).
        clip: probabilities are kept within [clip, 1-clip], and no gradient passes where that acts;
            None: from the logits, uncapped.
        summed: over the images, where it should be their mean.
        smoothing: the share of the labels that is spread over all classes.
        sigmoid: p is the sigmoid of each logit, not their softmax.
    """

    kind: Literal["categorical", "binary"]
    clip: float | None
    summed: bool = False
    smoothing: float = 0.0
    sigmoid: bool = False

    def __call__(self, logits: Array, y: Array) -> tuple[float, Array]:
        """The loss of logits (n, classes) with labels (n, classes), and its gradient by logits."""
        y = y * (1 - self.smoothing) + self.smoothing / y.shape[1]
        probabilities = 1 / (1 + np.exp(-logits)) if self.sigmoid else softmax(logits)
        low = 0.0 if self.clip is None else self.clip
        p = np.clip(probabilities, low, 1 - low)
        inside = (probabilities > low) & (probabilities < 1 - low)
        share = 1.0 if self.summed else 1 / len(y)
        if self.kind == "categorical":
            each = -np.sum(y * self._log(p, logits), axis=1)
            by_p = -y / p
        else:
            each = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p), axis=1)
            by_p = ((1 - y) / (1 - p) - y / p) / y.shape[1]
        loss = float(share * np.sum(each))
        if self.kind == "categorical" and self.clip is None and not self.sigmoid:
            return loss, share * (probabilities * np.sum(y, axis=1, keepdims=True) - y)
        flow = share * by_p * inside
        if self.sigmoid:
            return loss, flow * probabilities * (1 - probabilities)
        mean = np.sum(flow * probabilities, axis=1, keepdims=True)
        return loss, probabilities * (flow - mean)

    def _log(self, p: Array, logits: Array) -> Array:
        if self.clip is not None or self.sigmoid:
            return np.log(p)
        shifted = logits - np.max(logits, axis=1, keepdims=True)
        logarithms: Array = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        return logarithms


@dataclass(frozen=True)
class Model:
    """What the oracle computes: hidden layers of one activation, logits, a cross-entropy."""

    hidden: str
    loss: CrossEntropy


class Network:
    """A `Model` with weights.

    Args:
        model: what to compute.
        weights: W1, b1, W2, b2, ...; not copied.
    """

    def __init__(self, model: Model, weights: Sequence[Array]) -> None:
        self.affines = [Affine(weights[at], weights[at + 1]) for at in range(0, len(weights), 2)]
        self._hidden = [ACTIVATIONS[model.hidden]() for _ in self.affines[:-1]]
        self._loss = model.loss

    def gradients(self, x: Array, y: Array) -> tuple[float, list[Array]]:
        """The loss of a batch x (n, inputs), y (n, classes), and its gradients by the weights."""
        for affine, activation in zip(self.affines, self._hidden, strict=False):
            x = activation.forward(affine.forward(x))
        loss, flow = self._loss(self.affines[-1].forward(x), y)
        for affine, activation in zip(self.affines[:0:-1], self._hidden[::-1], strict=True):
            flow = activation.backward(affine.backward(flow))
        self.affines[0].keep_gradients(flow)
        return loss, [
            array for affine in self.affines for array in (affine.d_weights, affine.d_biases)
        ]
