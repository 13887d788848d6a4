"""Losses: Keras 3's own classes, and Keras 1 and 2's rule of computing on probabilities.

Keras 3's softmax remembers the logits it was given, and every cross-entropy takes them in place of
the probabilities. For categorical cross-entropy that only lifts a cap on the loss of one image
(16.1, at a probability of 1e-7). For *binary* cross-entropy on a softmax, document C's loss, it is
another loss altogether: the sigmoid cross-entropy of the logits. Keras 1 and 2 clipped the
probabilities to [1e-7, 1 - 1e-7] (`tensorflow_backend.py` of Keras 1.2 and 2.2) and went on with
them; where the clip acts, no gradient passes.

All that is Keras 3 on TensorFlow. On JAX a softmax remembers nothing: Keras 3's losses would clip,
and a network on raw pixels, whose first outputs are all 0 or 1, would never learn (document A). So
there the model ends in the logits wherever the loss is meant to find them (`takes_logits`).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from mnistreport.experiment import Loss

#: Keras' epsilon() then and now.
_EPSILON = 1e-7


class Keras2CategoricalCrossentropy(keras.losses.Loss):
    """-sum(y * log(p)), p normalised and clipped; y one-hot (n, 10), p (n, 10)."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each image, (n,)."""
        share = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
        return -ops.sum(y_true * ops.log(_clip(share)), axis=-1)


class Keras2BinaryCrossentropy(keras.losses.Loss):
    """Mean over the outputs of -(y * log(p) + (1-y) * log(1-p)), p clipped."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each image, (n,)."""
        p = _clip(y_pred)
        return -ops.mean(y_true * ops.log(p) + (1 - y_true) * ops.log(1 - p), axis=-1)


def softmax(logits: Any) -> Any:
    """exp(z - max z) / sum, (n, 10), which gives a saturated output as 1 and not as 1 - 6e-8.

    TensorFlow's own operation lacks 6e-8 of it, unless oneDNN stands in for it, which depends on
    the processor. A loss that clips at 1 - 1e-7 tells them apart: of document C's softmax
    regression on raw pixels, where most first outputs are saturated, each seed learned to read 91%
    of the digits by that lack, where the document's read 72%, and seeds with this one 55 to 92%.
    """
    powers = ops.exp(logits - ops.max(logits, axis=-1, keepdims=True))
    return powers / ops.sum(powers, axis=-1, keepdims=True)


def _clip(probabilities: Any) -> Any:
    return ops.clip(probabilities, _EPSILON, 1 - _EPSILON)


_KERAS_2: dict[str, type[keras.losses.Loss]] = {
    "keras2.CategoricalCrossentropy": Keras2CategoricalCrossentropy,
    "keras2.BinaryCrossentropy": Keras2BinaryCrossentropy,
}


def takes_probabilities(spec: Loss) -> bool:
    """Whether the loss computes on what the model's last softmax gives."""
    return spec.kind in _KERAS_2


def takes_logits(spec: Loss) -> bool:
    """Whether a model must end in logits for this loss, whatever its last activation is called."""
    return spec.from_logits or (keras.backend.backend() == "jax" and not takes_probabilities(spec))


def make_loss(spec: Loss) -> keras.losses.Loss:
    """The Keras loss that a record describes."""
    if takes_probabilities(spec):
        return _KERAS_2[spec.kind](name="loss")
    return getattr(keras.losses, spec.kind)(from_logits=takes_logits(spec))


class BinaryAccuracyOfLogits(keras.metrics.BinaryAccuracy):
    """Binary accuracy of the softmax of logits."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """As the metric itself has it, but for logits (n, 10)."""
        super().update_state(y_true, ops.softmax(y_pred), sample_weight)
