"""NumPy trainings with one step broken: each function takes the parts and breaks one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mnistreport.experiment import NumpyAdam, NumpyRMSprop, Optimizer
from mnistreport.training.numpy_engine import NumpyParts, Updating
from mnistreport.training.numpy_network import Array, Network, Rule, Update, update_rule

_L2 = 1e-4


def _around_update(
    broken: Callable[[Sequence[Array], Updating], Updating],
) -> Callable[[NumpyParts], NumpyParts]:
    """A fault around each update: from the parameters and the faithful update a broken one."""

    def change(parts: NumpyParts) -> NumpyParts:
        return replace(
            parts,
            update=lambda spec, parameters: broken(parameters, parts.update(spec, parameters)),
        )

    return change


def _accumulate(parameters: Sequence[Array], plain: Updating) -> Updating:
    sums = [np.zeros_like(p) for p in parameters]

    def update(gradients: Sequence[Array]) -> None:
        sums[:] = [total + g for total, g in zip(sums, gradients, strict=True)]
        plain(sums)

    return update


def _freeze_biases(_: Sequence[Array], plain: Updating) -> Updating:
    return lambda gradients: plain([g if g.ndim > 1 else np.zeros_like(g) for g in gradients])


def _regularize(parameters: Sequence[Array], plain: Updating) -> Updating:
    def update(gradients: Sequence[Array]) -> None:
        both = zip(parameters, gradients, strict=True)
        plain([g + 2 * _L2 * p if g.ndim > 1 else g for p, g in both])

    return update


gradients_accumulated = _around_update(_accumulate)
bias_frozen = _around_update(_freeze_biases)
l2_added = _around_update(_regularize)


def _by_rule(rule_of: Callable[[Optimizer], Rule]) -> Callable[[NumpyParts], NumpyParts]:
    def change(parts: NumpyParts) -> NumpyParts:
        return replace(parts, update=lambda spec, parameters: Update(rule_of(spec), parameters))

    return change


def _uncorrected(spec: Optimizer) -> Rule:
    if not isinstance(spec, NumpyAdam):
        return update_rule(spec)

    def rule(p: Array, g: Array, state: list[Array], step: int) -> None:
        v, u = state
        v[...] = spec.beta_1 * v + (1 - spec.beta_1) * g
        u[...] = spec.beta_2 * u + (1 - spec.beta_2) * g**2
        p -= spec.learning_rate / (np.sqrt(u) + spec.epsilon) * v

    return rule


def _inside(spec: Optimizer) -> Rule:
    if not isinstance(spec, NumpyRMSprop):
        return update_rule(spec)

    def rule(p: Array, g: Array, state: list[Array], step: int) -> None:
        state[0][...] = spec.beta * state[0] + (1 - spec.beta) * g**2
        p -= spec.learning_rate * g / np.sqrt(state[0] + spec.epsilon)

    return rule


adam_uncorrected = _by_rule(_uncorrected)
epsilon_inside = _by_rule(_inside)


class _Sigmoid:
    """y = 1 / (1 + exp(-x))."""

    def forward(self, x: Array) -> Array:
        self._y: Array = 1 / (1 + np.exp(-x))
        return self._y

    def backward(self, dy: Array) -> Array:
        return dy * self._y * (1 - self._y)


class _Tanh:
    """y = tanh(x)."""

    def forward(self, x: Array) -> Array:
        self._y: Array = np.tanh(x)
        return self._y

    def backward(self, dy: Array) -> Array:
        return dy * (1 - self._y**2)


def _hidden(activation: type) -> Callable[[NumpyParts], NumpyParts]:
    def change(parts: NumpyParts) -> NumpyParts:
        def network(*arguments: object) -> Network:
            built = parts.network(*arguments)  # type: ignore[arg-type]
            built.activations = [activation() for _ in built.activations]
            return built

        return replace(parts, network=network)

    return change


sigmoid_hidden = _hidden(_Sigmoid)
tanh_hidden = _hidden(_Tanh)


def not_shuffled(parts: NumpyParts) -> NumpyParts:
    """Batches are taken from the images in their own order, round and round."""
    batches = iter(range(2**62))

    def draw(_: np.random.RandomState, count: int, size: int) -> NDArray[np.int64]:
        first = next(batches) * size
        return np.arange(first, first + size) % count

    return replace(parts, draw=draw)
