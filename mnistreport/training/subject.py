"""Keras as the conformance suite examines it: in float64, one step or one layer at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from mnistreport.experiment import Experiment
from mnistreport.training.feed import ImageSet
from mnistreport.training.keras_engine import KerasParts

Array = NDArray[np.float64]


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    """Keras in float64 meanwhile."""
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(policy)


def train_by_steps(
    parts: KerasParts,
    experiment: Experiment,
    own: str,
    weights: Sequence[Array],
    x: Array,
    y: Array,
) -> list[tuple[float, list[Array]]]:
    """Train as the engine would, from given weights on given batches.

    Args:
        parts: of the engine.
        experiment: the model, its loss and its optimizer.
        own: a class of `keras.optimizers`, at its own defaults, in place of that optimizer; or "".
        weights: to start from, in Keras' order.
        x: (steps, batch, ...).
        y: one-hot, (steps, batch, classes).

    Returns:
        Of each step the loss before it and the weights after it.
    """
    with double_precision():
        model = parts.model(experiment)
        optimizer = getattr(keras.optimizers, own)() if own else model.optimizer
        # without the metrics, which take as long to trace as the rest, and step by step
        model.compile(loss=model.loss, optimizer=optimizer, jit_compile=False)
        # variables that the first step makes would have it traced a second time
        optimizer.build(model.trainable_variables)
        if experiment.loss.kind.startswith("Sparse"):
            y = np.argmax(y, axis=-1)
        model.set_weights([np.asarray(array) for array in weights])
        moments = []
        # the step that `fit` takes; `train_on_batch` of Keras 3.3 traces it anew at each call
        step = tf.function(model.train_step)
        for images, labels in zip(x, y, strict=True):
            model.reset_metrics()
            logs = step((tf.constant(images), tf.constant(labels)))
            moments.append((float(logs["loss"]), model.get_weights()))
        return moments


def own_defaults(own: str) -> dict[str, Any]:
    """The hyperparameters that a class of `keras.optimizers` has where none is given."""
    with double_precision():
        return dict(getattr(keras.optimizers, own)().get_config())


class Layer:
    """A Keras layer in float64, its weights set from outside.

    Args:
        kind: class of `keras.layers`.
        arguments: of its constructor.
        shape: of one input.
        weights: in Keras' order.
    """

    def __init__(
        self,
        kind: str,
        arguments: dict[str, Any],
        shape: tuple[int, ...],
        weights: Sequence[Array] = (),
    ) -> None:
        with double_precision():
            self._layer = getattr(keras.layers, kind)(**arguments)
            self._layer.build((None, *shape))
        self.set_weights(weights)

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Replace its weights."""
        self._layer.set_weights(list(weights))

    def forward(self, x: Array) -> Array:
        """Outputs (n, ...) of inputs (n, ...)."""
        outputs: Array = np.asarray(self._layer(tf.constant(x)))
        return outputs

    def gradients(self, x: Array, dy: Array) -> list[Array]:
        """Of sum(outputs * dy), by the inputs and by each weight."""
        inputs = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = tf.reduce_sum(self._layer(inputs) * dy)
        by = [inputs, *(weight.value for weight in self._layer.trainable_weights)]
        return [np.asarray(gradient) for gradient in tape.gradient(value, by)]


def first_weights(parts: KerasParts, experiment: Experiment, seed: int) -> Array:
    """The first weight matrix of a model as the engine draws it from a seed."""
    keras.utils.set_random_seed(seed)
    return np.asarray(parts.model(experiment).get_weights()[0], dtype=np.float64)


def dropped(parts: KerasParts, experiment: Experiment, count: int, training: bool) -> Array:
    """What the dropout layers of a model as the engine builds it make of `count` ones."""
    keras.utils.set_random_seed(0)
    with double_precision():
        outputs = tf.ones((1, count), dtype="float64")
        for layer in parts.model(experiment).layers:
            if isinstance(layer, keras.layers.Dropout):
                outputs = layer(outputs, training=training)
    return np.asarray(outputs).ravel()


def fed_orders(parts: KerasParts, count: int, batch: int, epochs: int) -> list[list[int]]:
    """The images that `fit` is fed in each epoch, by number."""
    numbers = np.arange(count)
    images = ImageSet(np.zeros((count, 1), np.uint8), numbers.astype(np.int32), 1.0)
    fed = parts.feed(images, images, batch, 0)["x"]
    return [[int(label) for _, y in fed for label in y] for _ in range(epochs)]
