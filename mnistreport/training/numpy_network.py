"""Document D's network in NumPy: layers with forward and backward, and six update rules.

Everything is float64. Sums and products stand in the document's order, so that on NumPy's frozen
legacy generator its printed tables come out again, digit for digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnistreport.experiment import (
    NumpyAdaGrad,
    NumpyAdam,
    NumpyMomentum,
    NumpyNesterov,
    NumpyRMSprop,
    NumpySGD,
    Optimizer,
)

Array = NDArray[np.float64]


class Affine:
    """y = x W + b, for x (n, inputs), W (inputs, units), b (units,)."""

    def __init__(self, weights: Array, biases: Array) -> None:
        self.weights = weights
        self.biases = biases
        self.d_weights: Array = np.zeros_like(weights)
        self.d_biases: Array = np.zeros_like(biases)
        self._x: Array = np.zeros((0, 0))

    def forward(self, x: Array) -> Array:
        """(n, units) from x (n, inputs), which is kept for `backward`."""
        self._x = x
        y: Array = np.dot(x, self.weights) + self.biases
        return y

    def backward(self, dy: Array) -> Array:
        """The loss's gradient by x from that by y, dy (n, units); keeps those by W and b."""
        self.keep_gradients(dy)
        dx: Array = np.dot(dy, self.weights.T)
        return dx

    def keep_gradients(self, dy: Array) -> None:
        """Only the gradients by W and b: what a first layer needs, whose x nobody changes."""
        self.d_weights = np.dot(self._x.T, dy)
        self.d_biases = np.sum(dy, axis=0)


class ReLU:
    """y = max(x, 0)."""

    def __init__(self) -> None:
        self._dead: NDArray[np.bool_] = np.zeros(0, dtype=bool)

    def forward(self, x: Array) -> Array:
        """max(x, 0), elementwise."""
        self._dead = x <= 0
        return np.where(self._dead, 0.0, x)

    def backward(self, dy: Array) -> Array:
        """Dy where x was above 0, else 0."""
        return np.where(self._dead, 0.0, dy)


def softmax(logits: Array) -> Array:
    """Row-wise probabilities (n, classes) of logits (n, classes)."""
    shifted = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    probabilities: Array = shifted / np.sum(shifted, axis=1, keepdims=True)
    return probabilities


class SoftmaxWithLoss:
    """Softmax and the mean cross-entropy, natural logarithm.

    The document's printed loss indexes `pred[:, y]` where it means row by row; this is the right
    one. It never enters the gradient.
    """

    def forward(self, logits: Array, labels: NDArray[np.integer]) -> float:
        """The mean loss of logits (n, classes) with integer labels (n,)."""
        self._labels = labels
        self._probabilities = softmax(logits)
        right = self._probabilities[np.arange(len(labels)), labels]
        return float(-np.mean(np.log(np.maximum(right, np.finfo(np.float64).tiny))))

    def backward(self) -> Array:
        """The loss's gradient (n, classes) by the logits."""
        gradient = self._probabilities.copy()
        gradient[np.arange(len(self._labels)), self._labels] -= 1
        return gradient / len(self._labels)


class Network:
    """Affine layers with ReLU between them and softmax at the end.

    Args:
        sizes: inputs, hidden units..., classes.
        stddev: of the normal weights; biases start at 0.
        random: NumPy's legacy generator, from which the weights are drawn first layer first.
    """

    def __init__(
        self, sizes: tuple[int, ...], stddev: float, random: np.random.RandomState
    ) -> None:
        self.affines = [
            Affine(stddev * random.randn(inputs, units), np.zeros(units))
            for inputs, units in pairwise(sizes)
        ]
        self.activations = [ReLU() for _ in self.affines[:-1]]
        self._head = SoftmaxWithLoss()

    @property
    def parameters(self) -> list[Array]:
        """W1, b1, W2, b2, ...: the arrays themselves, which update rules change in place."""
        return [array for affine in self.affines for array in (affine.weights, affine.biases)]

    def hidden(self, x: Array) -> list[Array]:
        """What each hidden layer makes of x (n, inputs): (n, units) after its activation."""
        found = []
        for affine, activation in zip(self.affines, self.activations, strict=False):
            x = activation.forward(affine.forward(x))
            found.append(x)
        return found

    def logits(self, x: Array) -> Array:
        """(n, classes) from x (n, inputs)."""
        return self.affines[-1].forward(self.hidden(x)[-1] if self.activations else x)

    def gradients(self, x: Array, labels: NDArray[np.integer]) -> tuple[float, list[Array]]:
        """The loss of a batch, and its gradients in the order of `parameters`."""
        loss = self._head.forward(self.logits(x), labels)
        flow = self._head.backward()
        for affine, relu in zip(self.affines[:0:-1], self.activations[::-1], strict=True):
            flow = relu.backward(affine.backward(flow))
        self.affines[0].keep_gradients(flow)
        return loss, [
            array for affine in self.affines for array in (affine.d_weights, affine.d_biases)
        ]


#: Changes one parameter in place: (parameter, its gradient, its state arrays, step from 1).
Rule = Callable[[Array, Array, list[Array], int], None]
#: Numbers that a rule is given at a time. A formula makes an array of each of its terms, and those
#: of a whole layer would leave the processor's cache; elementwise, the parts give the same bits.
_BLOCK = 16384


class Update:
    """An update rule at work on a network's parameters, with the state it keeps of them.

    Args:
        rule: of one parameter.
        parameters: float64 arrays, changed in place.
    """

    def __init__(self, rule: Rule, parameters: Sequence[Array]) -> None:
        self._rule = rule
        self._parameters = [p.reshape(-1) for p in parameters]
        self._states = [[np.zeros_like(p), np.zeros_like(p)] for p in self._parameters]
        self._step = 0

    def __call__(self, gradients: Sequence[Array]) -> None:
        """One step along gradients, in the order and shapes of the parameters."""
        self._step += 1
        for p, gradient, state in zip(self._parameters, gradients, self._states, strict=True):
            g = gradient.reshape(-1)
            for start in range(0, p.size, _BLOCK):
                part = slice(start, start + _BLOCK)
                self._rule(p[part], g[part], [s[part] for s in state], self._step)


def update_rule(spec: Optimizer) -> Rule:
    """The rule that a record describes, in the document's own order of operations.

    Raises:
        TypeError: the optimizer is not one of the NumPy engine's.
    """
    match spec:
        case NumpySGD():
            return _sgd(spec)
        case NumpyMomentum():
            return _momentum(spec)
        case NumpyNesterov():
            return _nesterov(spec)
        case NumpyAdaGrad():
            return _adagrad(spec)
        case NumpyRMSprop():
            return _rmsprop(spec)
        case NumpyAdam():
            return _adam(spec)
        case _:
            raise TypeError(f"{spec.kind} is no optimizer of the NumPy engine")


def _sgd(spec: NumpySGD) -> Rule:
    def rule(p: Array, g: Array, state: list[Array], step: int) -> None:
        p -= spec.learning_rate * g

    return rule


def _momentum(spec: NumpyMomentum) -> Rule:
    def rule(p: Array, g: Array, state: list[Array], step: int) -> None:
        state[0][...] = spec.beta * state[0] + spec.learning_rate * g
        p -= state[0]

    return rule


def _nesterov(spec: NumpyNesterov) -> Rule:
    def rule(p: Array, g: Array, state: list[Array], step: int) -> None:
        state[0][...] = spec.beta * state[0] + spec.learning_rate * g
        p -= spec.beta * state[0] + spec.learning_rate * g

    return rule


def _adagrad(spec: NumpyAdaGrad) -> Rule:
    def rule(p: Array, g: Array, state: list[Array], step: int) -> None:
        state[0] += g**2
        p -= spec.learning_rate * g / (np.sqrt(state[0]) + spec.epsilon)

    return rule


def _rmsprop(spec: NumpyRMSprop) -> Rule:
    def rule(p: Array, g: Array, state: list[Array], step: int) -> None:
        state[0][...] = spec.beta * state[0] + (1 - spec.beta) * (g**2)
        p -= spec.learning_rate * g / (np.sqrt(state[0]) + spec.epsilon)

    return rule


def _adam(spec: NumpyAdam) -> Rule:
    def rule(p: Array, g: Array, state: list[Array], step: int) -> None:
        v, u = state
        v[...] = spec.beta_1 * v + (1 - spec.beta_1) * g
        u[...] = spec.beta_2 * u + (1 - spec.beta_2) * (g**2)
        v_corrected = v / (1 - spec.beta_1**step)
        u_corrected = u / (1 - spec.beta_2**step)
        p -= spec.learning_rate / (np.sqrt(u_corrected) + spec.epsilon) * v_corrected

    return rule
