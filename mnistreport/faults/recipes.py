"""Faults in what a model is built from; what they do not fit is left alone.

Copies are not validated: a fault may break the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mnistreport.experiment import (
    Dropout,
    Experiment,
    KerasAdagrad,
    KerasAdam,
    KerasRMSprop,
    KerasSGD,
    NumpyAdam,
    NumpyMomentum,
    NumpySGD,
)
from mnistreport.faults.fault import Recipe


def rate_times(factor: float) -> Recipe:
    """Another learning rate."""
    return lambda experiment: _optimizer(
        experiment, learning_rate=experiment.optimizer.learning_rate * factor
    )


def optimizer_with(**values: float) -> Recipe:
    """Other hyperparameters of the optimizer."""
    return lambda experiment: (
        _optimizer(experiment, **values)
        if values.keys() <= type(experiment.optimizer).model_fields.keys()
        else experiment
    )


def _optimizer(experiment: Experiment, **values: Any) -> Experiment:
    return experiment.model_copy(
        update={"optimizer": experiment.optimizer.model_copy(update=values)}
    )


def swap_optimizer(experiment: Experiment) -> Experiment:
    """Adam where it was another, SGD where it was Adam, each as people write it."""
    numpy = experiment.engine == "numpy"
    adam = experiment.optimizer.kind.endswith("Adam")
    betas = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
    other: Any
    if adam:
        other = (
            NumpySGD.model_validate({"class": "numpy.SGD", "learning_rate": 0.01})
            if numpy
            else KerasSGD.model_validate(
                {"class": "keras.SGD", "learning_rate": 0.01, "momentum": 0.0, "nesterov": False}
            )
        )
    elif numpy:
        other = NumpyAdam.model_validate({"class": "numpy.Adam", "learning_rate": 0.001, **betas})
    else:
        other = KerasAdam.model_validate(
            {"class": "keras.Adam", "learning_rate": 0.001, **betas, "amsgrad": False}
        )
    return experiment.model_copy(update={"optimizer": other})


def without_look_ahead(experiment: Experiment) -> Experiment:
    """Document D's Nesterov as plain momentum."""
    if experiment.optimizer.kind != "numpy.Nesterov":
        return experiment
    values = {**experiment.optimizer.model_dump(exclude={"kind"}), "class": "numpy.Momentum"}
    return experiment.model_copy(update={"optimizer": NumpyMomentum.model_validate(values)})


def epsilon_inside_root(experiment: Experiment) -> Experiment:
    """Keras 3's rule of RMSprop and Adagrad with Keras 2's values."""
    if experiment.optimizer.kind not in ("keras2.RMSprop", "keras2.Adagrad"):
        return experiment
    values = experiment.optimizer.model_dump(exclude={"kind"})
    other: Any
    if experiment.optimizer.kind == "keras2.RMSprop":
        extra = {"class": "keras.RMSprop", "momentum": 0.0, "centered": False}
        other = KerasRMSprop.model_validate({**values, **extra})
    else:
        other = _keras_3_adagrad(values, 0.0)
    return experiment.model_copy(update={"optimizer": other})


def accumulator_from_a_tenth(experiment: Experiment) -> Experiment:
    """Adagrad's accumulator starts at .1, as in Keras 3."""
    if experiment.optimizer.kind != "keras2.Adagrad":
        return experiment
    values = experiment.optimizer.model_dump(exclude={"kind"})
    return experiment.model_copy(update={"optimizer": _keras_3_adagrad(values, 0.1)})


def _keras_3_adagrad(values: dict[str, Any], start: float) -> KerasAdagrad:
    return KerasAdagrad.model_validate(
        {**values, "class": "keras.Adagrad", "initial_accumulator_value": start}
    )


def hidden_activation(name: str) -> Recipe:
    """Another activation in place of every ReLU."""

    def other(layer: Any) -> Any:
        if getattr(layer, "activation", "") != "relu":
            return layer
        return layer.model_copy(update={"activation": name})

    return _each_layer(other)


def without_output_activation(experiment: Experiment) -> Experiment:
    """The softmax forgotten, and the loss not told."""
    last = experiment.layers[-1].model_copy(update={"activation": "linear"})
    return experiment.model_copy(update={"layers": (*experiment.layers[:-1], last)})


def without_dropout(experiment: Experiment) -> Experiment:
    """No dropout layer."""
    kept = tuple(layer for layer in experiment.layers if not isinstance(layer, Dropout))
    return experiment.model_copy(update={"layers": kept})


def dropout_less(by: float) -> Recipe:
    """Every dropout rate lower by so much."""

    def other(layer: Any) -> Any:
        if not isinstance(layer, Dropout):
            return layer
        return layer.model_copy(update={"rate": layer.rate - by})

    return _each_layer(other)


def _each_layer(change: Callable[[Any], Any]) -> Recipe:
    return lambda experiment: experiment.model_copy(
        update={"layers": tuple(change(layer) for layer in experiment.layers)}
    )


def initializer(kind: str) -> Recipe:
    """Other first weights."""

    def other(experiment: Experiment) -> Experiment:
        drawn = experiment.kernel_initializer.model_copy(update={"kind": kind, "stddev": None})
        return experiment.model_copy(update={"kernel_initializer": drawn})

    return other


def first_weights_times(factor: float) -> Recipe:
    """The spread of the NumPy engine's first weights changed; 0 leaves them at zero."""

    def other(experiment: Experiment) -> Experiment:
        first = experiment.kernel_initializer
        drawn = first.model_copy(update={"stddev": (first.stddev or 0.0) * factor})
        return experiment.model_copy(update={"kernel_initializer": drawn})

    return other
