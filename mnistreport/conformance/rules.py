"""The oracle's update rules, from their formulas, in float64.

Each is a frozen record: what could be wrong with a rule is one of its fields set otherwise, so a
wrong rule is named by finding the fields that reproduce it (`causes`). `p` is a weight, `g` its
gradient, `t` the step from 1, `lr` the learning rate.

Known roundings. On TensorFlow `keras.ops.cast(0.999, "float64")` makes a float32 tensor of the
Python number first and widens that: 0.9990000128746033. So does the initializer that fills
Adagrad's accumulator with 0.1. `float32` names the constants that Keras casts so, and where one
constant is used both cast and exactly, the place: "beta_2 power" is the one in the bias correction.
Numbers that meet a tensor in an operator (`1 - self.beta_2`, `self.rho * v`, `epsilon`) and the
learning rate, a variable of `floatx`, stay exact. Read in Keras 3.3.3 and 3.15, whose `update_step`
methods are the same; `mnistreport.training.optimizers` casts likewise.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Base of Nadam's momentum schedule (Dozat 2016).
_DECAY = 0.96


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """One update rule with its hyperparameters.

    Attributes:
        learning_rate: lr.
        float32: the constants, by `constants`, that pass through float32.
    """

    learning_rate: float
    float32: frozenset[str] = frozenset()
    #: Places of constants that may pass through float32, and the field (or value) that each holds.
    constants: ClassVar[dict[str, str | float]] = {}

    def value(self, place: str) -> float:
        """A constant as it is used in one place."""
        exact = self.exact(place)
        return float(np.float32(exact)) if place in self.float32 else exact

    def exact(self, place: str) -> float:
        """A constant as it is written."""
        held = {"learning_rate": "learning_rate", **self.constants}[place]
        return float(getattr(self, held)) if isinstance(held, str) else held

    def start(self, p: Array) -> list[Array]:
        """What the rule keeps of a weight array, before the first step."""
        return [np.zeros_like(p), np.zeros_like(p)]

    @abstractmethod
    def step(self, p: Array, g: Array, state: list[Array], t: int) -> Array:
        """The weights after a step; the state is changed in place."""


@dataclass(frozen=True, kw_only=True)
class SGD(Rule):
    """v = momentum*v - lr*g; p += v, or with look-ahead (Nesterov) p += momentum*v - lr*g."""

    momentum: float = 0.0
    look_ahead: bool = False
    constants: ClassVar = {"momentum": "momentum"}

    def step(self, p: Array, g: Array, state: list[Array], t: int) -> Array:
        """As the class says."""
        momentum, lr = self.value("momentum"), self.value("learning_rate")
        v = state[0]
        v[...] = momentum * v - lr * g
        return p + (momentum * v - lr * g if self.look_ahead else v)


@dataclass(frozen=True, kw_only=True)
class RMSprop(Rule):
    """v = rho*v + (1-rho)*g^2; p -= lr*g / (sqrt(v) + epsilon), or / sqrt(v + epsilon)."""

    rho: float
    epsilon: float
    inside: bool
    accumulator: float = 0.0
    constants: ClassVar = {"rho": "rho", "epsilon": "epsilon", "accumulator": "accumulator"}

    def start(self, p: Array) -> list[Array]:
        """The mean square."""
        return [np.full_like(p, self.value("accumulator"))]

    def step(self, p: Array, g: Array, state: list[Array], t: int) -> Array:
        """As the class says."""
        (v,) = state
        rho = self.value("rho")
        v[...] = rho * v + (1 - rho) * g**2
        return p - self.value("learning_rate") * g / _root(v, self.value("epsilon"), self.inside)


@dataclass(frozen=True, kw_only=True)
class Adagrad(Rule):
    """a += g^2; p -= lr*g / (sqrt(a) + epsilon), or / sqrt(a + epsilon)."""

    epsilon: float
    inside: bool
    accumulator: float
    constants: ClassVar = {"epsilon": "epsilon", "accumulator": "accumulator"}

    def start(self, p: Array) -> list[Array]:
        """The sum of squares."""
        return [np.full_like(p, self.value("accumulator"))]

    def step(self, p: Array, g: Array, state: list[Array], t: int) -> Array:
        """As the class says."""
        (a,) = state
        a += g**2
        return p - self.value("learning_rate") * g / _root(a, self.value("epsilon"), self.inside)


@dataclass(frozen=True, kw_only=True)
class Adadelta(Rule):
    """a = rho*a + (1-rho)*g^2; u = g*rms(d)/rms(a); p -= lr*u; d = rho*d + (1-rho)*u^2."""

    rho: float
    epsilon: float
    inside: bool = True
    accumulator: float = 0.0
    constants: ClassVar = {"rho": "rho", "epsilon": "epsilon", "accumulator": "accumulator"}

    def start(self, p: Array) -> list[Array]:
        """The mean squares of gradients and of updates."""
        start = self.value("accumulator")
        return [np.full_like(p, start), np.full_like(p, start)]

    def step(self, p: Array, g: Array, state: list[Array], t: int) -> Array:
        """As the class says; rms(x) = sqrt(x + epsilon)."""
        a, d = state
        rho, epsilon = self.value("rho"), self.value("epsilon")
        a[...] = rho * a + (1 - rho) * g**2
        u = g * _root(d, epsilon, self.inside) / _root(a, epsilon, self.inside)
        d[...] = rho * d + (1 - rho) * u**2
        return p - self.value("learning_rate") * u


@dataclass(frozen=True, kw_only=True)
class Adam(Rule):
    """Moments m and v; p -= lr * sqrt(1-beta_2^t)/(1-beta_1^t) * m / (sqrt(v) + epsilon).

    With `after` epsilon is added to the root of the corrected v, as Kingma and Ba's Algorithm 1
    has it and document D.
    """

    beta_1: float
    beta_2: float
    epsilon: float
    inside: bool = False
    after: bool = False
    corrected: bool = True
    constants: ClassVar = {
        "beta_1": "beta_1",
        "beta_2": "beta_2",
        "epsilon": "epsilon",
        "beta_1 power": "beta_1",
        "beta_2 power": "beta_2",
    }

    def step(self, p: Array, g: Array, state: list[Array], t: int) -> Array:
        """As the class says."""
        m, v = state
        beta_1, beta_2 = self.value("beta_1"), self.value("beta_2")
        m[...] = beta_1 * m + (1 - beta_1) * g
        v[...] = beta_2 * v + (1 - beta_2) * g**2
        first, second = 1.0, 1.0
        if self.corrected:
            first -= self.value("beta_1 power") ** t
            second -= self.value("beta_2 power") ** t
        scale = math.sqrt(second)
        epsilon = self.value("epsilon") * (scale if self.after else 1)
        rate = self.value("learning_rate") * scale / first
        return p - rate * m / _root(v, epsilon, self.inside)


@dataclass(frozen=True, kw_only=True)
class Adamax(Rule):
    """u = max(beta_2*u, |g|); p -= lr/(1-beta_1^t) * m / (u + epsilon)."""

    beta_1: float
    beta_2: float
    epsilon: float
    corrected: bool = True
    constants: ClassVar = {
        "beta_1": "beta_1",
        "beta_2": "beta_2",
        "epsilon": "epsilon",
        "beta_1 power": "beta_1",
    }

    def step(self, p: Array, g: Array, state: list[Array], t: int) -> Array:
        """As the class says."""
        m, u = state
        beta_1 = self.value("beta_1")
        m[...] = beta_1 * m + (1 - beta_1) * g
        u[...] = np.maximum(self.value("beta_2") * u, np.abs(g))
        first = 1 - self.value("beta_1 power") ** t if self.corrected else 1.0
        return p - self.value("learning_rate") / first * m / (u + self.value("epsilon"))


@dataclass(frozen=True, kw_only=True)
class Nadam(Rule):
    """Adam with Nesterov momentum that rises by a schedule.

    mu(t) = beta_1 * (1 - 0.5 * 0.96^(t*schedule_decay)), P = mu(1)*...*mu(t);
    p -= lr * (mu(t+1)*m/(1-P*mu(t+1)) + (1-mu(t))*g/(1-P)) / (sqrt(v/(1-beta_2^t)) + epsilon).
    """

    beta_1: float
    beta_2: float
    epsilon: float
    schedule_decay: float
    inside: bool = False
    corrected: bool = True
    constants: ClassVar = {
        "beta_1": "beta_1",
        "beta_2": "beta_2",
        "epsilon": "epsilon",
        "beta_2 power": "beta_2",
        "beta_1 product": "beta_1",
        "decay": _DECAY,
        "decay product": _DECAY,
    }

    def start(self, p: Array) -> list[Array]:
        """The moments, and the product of the momenta."""
        return [np.zeros_like(p), np.zeros_like(p), np.ones(())]

    def step(self, p: Array, g: Array, state: list[Array], t: int) -> Array:
        """As the class says."""
        m, v, product = state
        beta_1, beta_2 = self.value("beta_1"), self.value("beta_2")
        m[...] = beta_1 * m + (1 - beta_1) * g
        v[...] = beta_2 * v + (1 - beta_2) * g**2
        product *= self._mu(t, " product")
        mu, following = self._mu(t), self._mu(t + 1)
        first: float | Array = 1.0
        next_first: float | Array = 1.0
        second = 1.0
        if self.corrected:
            first, next_first = 1 - product, 1 - product * following
            second -= self.value("beta_2 power") ** t
        mean = following * m / next_first + (1 - mu) * g / first
        root = _root(v / second, self.value("epsilon"), self.inside)
        return p - self.value("learning_rate") * mean / root

    def _mu(self, t: int, place: str = "") -> float:
        decay: float = self.value(f"decay{place}") ** (t * self.schedule_decay)
        return self.value(f"beta_1{place}") * (1 - 0.5 * decay)


def _root(square: Array, epsilon: float, inside: bool) -> Array:
    root: Array = np.sqrt(square + epsilon) if inside else np.sqrt(square) + epsilon
    return root


def roundings(rule: Rule) -> tuple[str, ...]:
    """What of a rule passes through float32, with the number that comes of it."""
    return tuple(
        f"{place}: {rule.exact(place)!r} becomes {rule.value(place)!r}"
        for place in sorted(rule.float32)
    )
