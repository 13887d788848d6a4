"""Keras trainings with one step broken: each function takes the parts and breaks one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from mnistreport.experiment import Experiment
from mnistreport.training.feed import batches
from mnistreport.training.keras_engine import KerasParts

_L2 = 1e-4
_HUGE = 1e9


def _of_model(
    change: Callable[[keras.Model], None],
) -> Callable[[KerasParts], KerasParts]:
    """A fault planted into the compiled model, before its first step."""

    def broken(parts: KerasParts) -> KerasParts:
        def model(experiment: Experiment) -> keras.Model:
            built = parts.model(experiment)
            change(built)
            return built

        return replace(parts, model=model)

    return broken


def _of_optimizer(
    classes: dict[str, type[keras.optimizers.Optimizer]],
) -> Callable[[KerasParts], KerasParts]:
    """Optimizers replaced by broken ones with the same hyperparameters; others are left alone."""

    def change(model: keras.Model) -> None:
        broken = classes.get(type(model.optimizer).__name__)
        if broken is not None:
            model.optimizer = broken.from_config(model.optimizer.get_config())

    return _of_model(change)


# -- the model ---------------------------------------------------------------------------------


def _probabilities(logits: Any) -> Any:
    # not by ops.softmax, whose logits Keras' losses would find again
    return ops.exp(ops.log_softmax(logits))


def _twice(model: keras.Model) -> None:
    last = model.layers[-1]
    if last.activation is keras.activations.linear:
        last.activation = _probabilities
    else:
        last.activation = lambda logits: ops.softmax(_probabilities(logits))


softmax_twice = _of_model(_twice)


def _freeze_biases(model: keras.Model) -> None:
    for layer in model.layers:
        if getattr(layer, "bias", None) is not None:
            layer.bias.trainable = False


bias_frozen = _of_model(_freeze_biases)


def _regularize(model: keras.Model) -> None:
    for layer in model.layers:
        if getattr(layer, "kernel", None) is not None:
            layer.kernel.regularizer = keras.regularizers.L2(_L2)


l2_added = _of_model(_regularize)


def _draw_second_layer(model: keras.Model) -> None:
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    kernel = kernels[min(1, len(kernels) - 1)]
    kernel.assign(keras.initializers.GlorotNormal()(kernel.shape))


one_layer_normal = _of_model(_draw_second_layer)


def float16(parts: KerasParts) -> KerasParts:
    """All arithmetic, weights included, in half precision."""

    def model(experiment: Experiment) -> keras.Model:
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy("float16")
        try:
            return parts.model(experiment)
        finally:
            keras.config.set_dtype_policy(before)

    return replace(parts, model=model)


# -- dropout -----------------------------------------------------------------------------------


def _dropout_always(model: keras.Model, on: Callable[[], bool]) -> None:
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            plain = layer.call
            layer.call = lambda inputs, training=False, plain=plain: plain(
                inputs, training=training or on()
            )


dropout_always = _of_model(lambda model: _dropout_always(model, lambda: True))


def _measure_with_dropout(model: keras.Model) -> None:
    evaluating = [False]
    _dropout_always(model, lambda: evaluating[0])
    plain = model.test_step

    def test_step(data: Any) -> Any:
        # read while the step is traced, which is when it counts
        evaluating[0] = True
        try:
            return plain(data)
        finally:
            evaluating[0] = False

    model.test_step = test_step


measured_with_dropout = _of_model(_measure_with_dropout)


# -- the update rule ---------------------------------------------------------------------------


def _accumulate(model: keras.Model) -> None:
    sums = [keras.Variable(ops.zeros_like(v), trainable=False) for v in model.trainable_variables]
    optimizer = model.optimizer
    plain = optimizer.apply

    def apply(grads: Any, trainable_variables: Any = None) -> Any:
        for total, gradient in zip(sums, grads, strict=True):
            total.assign_add(gradient)
        return plain([ops.convert_to_tensor(total) for total in sums], trainable_variables)

    optimizer.apply = apply


gradients_accumulated = _of_model(_accumulate)


def _take_own_defaults(model: keras.Model) -> None:
    own = type(model.optimizer).__name__.removeprefix("Keras2")
    model.optimizer = getattr(keras.optimizers, own)()


keras_3_defaults = _of_model(_take_own_defaults)


def _clip(model: keras.Model) -> None:
    model.optimizer.global_clipnorm = _HUGE


clipped_far_above = _of_model(_clip)


class AdamUncorrected(keras.optimizers.Adam):
    """Adam whose moments are not corrected for their bias."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step."""
        m, v = _moments(self, gradient, variable)
        step = ops.cast(learning_rate, variable.dtype) * m
        self.assign_sub(variable, step / (ops.sqrt(v) + self.epsilon))


class AdamEpsilonInside(keras.optimizers.Adam):
    """Adam that takes the root of the second moment and epsilon together."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step."""
        m, v = _moments(self, gradient, variable)
        t = ops.cast(self.iterations + 1, variable.dtype)
        rate = ops.cast(learning_rate, variable.dtype) / (1 - ops.power(self.beta_1, t))
        corrected = v / (1 - ops.power(self.beta_2, t))
        self.assign_sub(variable, rate * m / ops.sqrt(corrected + self.epsilon))


def _moments(optimizer: Any, gradient: Any, variable: Any) -> tuple[Any, Any]:
    index = optimizer._get_variable_index(variable)
    m, v = optimizer._momentums[index], optimizer._velocities[index]
    optimizer.assign_add(m, (gradient - m) * (1 - optimizer.beta_1))
    optimizer.assign_add(v, (ops.square(gradient) - v) * (1 - optimizer.beta_2))
    return m, v


adam_uncorrected = _of_optimizer({"Adam": AdamUncorrected})
epsilon_inside = _of_optimizer({"Adam": AdamEpsilonInside})


class AdadeltaRateInside(keras.optimizers.Adadelta):
    """Adadelta that accumulates steps with their learning rate; at a rate of 1 nothing changes."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step."""
        index = self._get_variable_index(variable)
        squares, steps = self._accumulated_grads[index], self._accumulated_delta_vars[index]
        rate, rho = ops.cast(learning_rate, variable.dtype), self.rho

        def root(values: Any) -> Any:
            return ops.sqrt(values + self.epsilon)

        self.assign(squares, rho * squares + (1 - rho) * ops.square(gradient))
        step = -rate * root(steps) * gradient / root(squares)
        self.assign(steps, rho * steps + (1 - rho) * ops.square(step))
        self.assign_add(variable, step)


adadelta_rate_inside = _of_optimizer({"Adadelta": AdadeltaRateInside})


# -- the feed ----------------------------------------------------------------------------------


def not_shuffled(parts: KerasParts) -> KerasParts:
    """Every epoch takes the images in their own order."""

    def feed(train: Any, test: Any, batch: int, seed: int) -> dict[str, Any]:
        return {**parts.feed(train, test, batch, seed), "x": batches(train, batch, None)}

    return replace(parts, feed=feed)


def last_batch_dropped(parts: KerasParts) -> KerasParts:
    """Images that do not fill a batch are left out of the epoch."""

    def feed(train: Any, test: Any, batch: int, seed: int) -> dict[str, Any]:
        fed = parts.feed(train, test, batch, seed)
        return {**fed, "x": fed["x"].take(len(train) // batch)}

    return replace(parts, feed=feed)
