"""Optimizers: Keras 3's own classes, and Keras 2's rules where Keras 3 left them.

Sources: keras 2.3.1 `keras/optimizers.py` for the rules, Keras 3's classes for the structure that
an optimizer has today. `g` is the gradient, `p` the weight, `lr` the learning rate.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from mnistreport.experiment import Optimizer

#: Decay of the momentum schedule, 0.96 ** (t * schedule_decay) (Dozat 2016, Keras 2's Nadam).
_NADAM_BASE = 0.96


def _slots(optimizer: keras.optimizers.Optimizer, variables: list[Any], name: str) -> list[Any]:
    """One zero variable beside each weight, by the call that every Keras 3 has."""
    return [optimizer.add_variable_from_reference(v, name=name) for v in variables]


class Keras2RMSprop(keras.optimizers.Optimizer):
    """v = rho*v + (1-rho)*g^2; p -= lr * g / (sqrt(v) + epsilon). Keras 3: sqrt(v + epsilon)."""

    def __init__(self, learning_rate: float, rho: float, epsilon: float) -> None:
        super().__init__(learning_rate=learning_rate, name="keras2_rmsprop")
        self.rho = rho
        self.epsilon = epsilon

    def build(self, variables: list[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self._velocities = _slots(self, variables, "velocity")

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        velocity = self._velocities[self._get_variable_index(variable)]
        self.assign(velocity, self.rho * velocity + (1 - self.rho) * ops.square(gradient))
        step = learning_rate * gradient / (ops.sqrt(velocity) + self.epsilon)
        self.assign_sub(variable, step)


class Keras2Adagrad(keras.optimizers.Optimizer):
    """a += g^2 from 0; p -= lr * g / (sqrt(a) + epsilon). Keras 3: from .1, sqrt(a + epsilon)."""

    def __init__(self, learning_rate: float, epsilon: float) -> None:
        super().__init__(learning_rate=learning_rate, name="keras2_adagrad")
        self.epsilon = epsilon

    def build(self, variables: list[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self._accumulators = _slots(self, variables, "accumulator")

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        accumulator = self._accumulators[self._get_variable_index(variable)]
        self.assign_add(accumulator, ops.square(gradient))
        step = learning_rate * gradient / (ops.sqrt(accumulator) + self.epsilon)
        self.assign_sub(variable, step)


class Keras2Nadam(keras.optimizers.Optimizer):
    """Nadam with Keras 2's momentum schedule.

    mu(t) = beta_1 * (1 - 0.5 * 0.96 ** (t * schedule_decay)); Keras 3 has schedule_decay = 1, so
    its momentum is at its final value after some hundred steps, where Keras 2's takes 100,000.
    """

    def __init__(
        self,
        learning_rate: float,
        beta_1: float,
        beta_2: float,
        epsilon: float,
        schedule_decay: float,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name="keras2_nadam")
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.schedule_decay = schedule_decay

    def build(self, variables: list[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self._momentums = _slots(self, variables, "momentum")
        self._velocities = _slots(self, variables, "velocity")
        # one product of mu(1)..mu(t) a variable, so that no step depends on their order
        self._schedules = [
            self.add_variable(shape=(), initializer="ones", name="schedule") for _ in variables
        ]

    def _mu(self, step: Any) -> Any:
        base = ops.cast(_NADAM_BASE, step.dtype)
        return self.beta_1 * (1.0 - 0.5 * ops.power(base, step * self.schedule_decay))

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        m, v, schedule = self._momentums[index], self._velocities[index], self._schedules[index]
        step = ops.cast(self.iterations + 1, variable.dtype)
        mu, mu_next = self._mu(step), self._mu(step + 1)
        self.assign(schedule, schedule * mu)
        self.assign(m, self.beta_1 * m + (1 - self.beta_1) * gradient)
        self.assign(v, self.beta_2 * v + (1 - self.beta_2) * ops.square(gradient))
        m_hat = (1 - mu) * gradient / (1 - schedule) + mu_next * m / (1 - schedule * mu_next)
        v_hat = v / (1 - ops.power(ops.cast(self.beta_2, variable.dtype), step))
        self.assign_sub(variable, learning_rate * m_hat / (ops.sqrt(v_hat) + self.epsilon))


_CLASSES: dict[str, type[keras.optimizers.Optimizer]] = {
    "keras.SGD": keras.optimizers.SGD,
    "keras.RMSprop": keras.optimizers.RMSprop,
    "keras.Adagrad": keras.optimizers.Adagrad,
    "keras.Adadelta": keras.optimizers.Adadelta,
    "keras.Adam": keras.optimizers.Adam,
    "keras.Adamax": keras.optimizers.Adamax,
    "keras.Nadam": keras.optimizers.Nadam,
    "keras2.RMSprop": Keras2RMSprop,
    "keras2.Adagrad": Keras2Adagrad,
    "keras2.Nadam": Keras2Nadam,
}


def make_optimizer(spec: Optimizer) -> keras.optimizers.Optimizer:
    """The Keras optimizer that a record describes, every hyperparameter passed on."""
    return _CLASSES[spec.kind](**spec.model_dump(exclude={"kind"}))
