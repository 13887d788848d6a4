"""Optimizers: `keras.` is Keras 3's class, `keras2.` Keras 2's rule, `numpy.` document D's.

Every hyperparameter is a required field: a default is what a release can change.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from mnistreport.experiment.record import Decay, Record


class _Optimizer(Record):
    learning_rate: PositiveFloat


class KerasSGD(_Optimizer):
    """w += m; m = momentum*m - lr*g (Keras 2 and 3 alike)."""

    kind: Literal["keras.SGD"] = Field(alias="class")
    momentum: Decay
    nesterov: bool


class KerasRMSprop(_Optimizer):
    """Keras 3's RMSprop: epsilon inside the square root."""

    kind: Literal["keras.RMSprop"] = Field(alias="class")
    rho: Decay
    momentum: Decay
    epsilon: NonNegativeFloat
    centered: bool


class KerasAdagrad(_Optimizer):
    """Keras 3's Adagrad: epsilon inside the square root."""

    kind: Literal["keras.Adagrad"] = Field(alias="class")
    initial_accumulator_value: NonNegativeFloat
    epsilon: NonNegativeFloat


class KerasAdadelta(_Optimizer):
    """Adadelta (Keras 2 and 3 share the rule, not the default learning rate)."""

    kind: Literal["keras.Adadelta"] = Field(alias="class")
    rho: Decay
    epsilon: NonNegativeFloat


class KerasAdam(_Optimizer):
    """Adam (Keras 2 and 3 share the rule)."""

    kind: Literal["keras.Adam"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat
    amsgrad: bool


class KerasAdamax(_Optimizer):
    """Adamax (Keras 2 and 3 share the rule, not the default learning rate)."""

    kind: Literal["keras.Adamax"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat


class KerasNadam(_Optimizer):
    """Keras 3's Nadam, whose momentum schedule decays 250 times faster than Keras 2's."""

    kind: Literal["keras.Nadam"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat


class Keras2RMSprop(_Optimizer):
    """Keras 2's RMSprop: g / (sqrt(v) + epsilon)."""

    kind: Literal["keras2.RMSprop"] = Field(alias="class")
    rho: Decay
    epsilon: NonNegativeFloat


class Keras2Adagrad(_Optimizer):
    """Keras 2's Adagrad: g / (sqrt(sum of g^2) + epsilon), the sum starting at 0."""

    kind: Literal["keras2.Adagrad"] = Field(alias="class")
    epsilon: NonNegativeFloat


class Keras2Nadam(_Optimizer):
    """Keras 2's Nadam with its momentum schedule."""

    kind: Literal["keras2.Nadam"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat
    schedule_decay: NonNegativeFloat


class NumpySGD(_Optimizer):
    """w -= lr*g."""

    kind: Literal["numpy.SGD"] = Field(alias="class")


class NumpyMomentum(_Optimizer):
    """v = beta*v + lr*g; w -= v."""

    kind: Literal["numpy.Momentum"] = Field(alias="class")
    beta: Decay


class NumpyNesterov(_Optimizer):
    """v = beta*v + lr*g; w -= beta*v + lr*g."""

    kind: Literal["numpy.Nesterov"] = Field(alias="class")
    beta: Decay


class NumpyAdaGrad(_Optimizer):
    """u += g^2; w -= lr*g / (sqrt(u) + epsilon)."""

    kind: Literal["numpy.AdaGrad"] = Field(alias="class")
    epsilon: NonNegativeFloat


class NumpyRMSprop(_Optimizer):
    """u = beta*u + (1-beta)*g^2; w -= lr*g / (sqrt(u) + epsilon)."""

    kind: Literal["numpy.RMSprop"] = Field(alias="class")
    beta: Decay
    epsilon: NonNegativeFloat


class NumpyAdam(_Optimizer):
    """Adam with both moments corrected for their bias, epsilon outside the square root."""

    kind: Literal["numpy.Adam"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat


Optimizer = Annotated[
    KerasSGD
    | KerasRMSprop
    | KerasAdagrad
    | KerasAdadelta
    | KerasAdam
    | KerasAdamax
    | KerasNadam
    | Keras2RMSprop
    | Keras2Adagrad
    | Keras2Nadam
    | NumpySGD
    | NumpyMomentum
    | NumpyNesterov
    | NumpyAdaGrad
    | NumpyRMSprop
    | NumpyAdam,
    Field(discriminator="kind"),
]
