"""Cross-entropies on probabilities, as Keras 1 and 2 had them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mnistreport.catalog import load_catalog
from mnistreport.experiment import Loss

LOGITS = np.array([[30.0, 0.0, -30.0], [1.0, 2.0, 0.5]], dtype="float32")
LABELS = np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]], dtype="float32")
SHARES = np.exp(LOGITS.astype("float64"))
SHARES /= SHARES.sum(axis=1, keepdims=True)
CLIPPED = np.clip(SHARES, 1e-7, 1 - 1e-7)


def losses_of(kind: str) -> np.ndarray:
    """What a compiled Keras model with a softmax output would get, image by image."""
    import keras

    from mnistreport.training.losses import make_loss, takes_logits

    spec = Loss.model_validate({"class": kind, "from_logits": False})
    loss: Any = make_loss(spec)
    # on JAX the model itself ends in the logits that TensorFlow's loss finds behind the softmax
    last = keras.activations.linear if takes_logits(spec) else keras.activations.softmax
    return np.array([float(loss(LABELS[i : i + 1], last(LOGITS[i : i + 1]))) for i in (0, 1)])


def test_binary_crossentropy_takes_the_probabilities() -> None:
    """Clipped to [1e-7, 1 - 1e-7], the mean over the outputs: at most 16.1 for one of them."""
    wanted = -np.mean(LABELS * np.log(CLIPPED) + (1 - LABELS) * np.log(1 - CLIPPED), axis=1)
    assert losses_of("keras2.BinaryCrossentropy") == pytest.approx(wanted, rel=0.02)


def test_categorical_crossentropy_is_capped() -> None:
    """A probability of 1e-13 costs what one of 1e-7 does."""
    wanted = -np.sum(LABELS * np.log(CLIPPED), axis=1)
    assert wanted[0] == pytest.approx(16.118, abs=0.001)
    assert losses_of("keras2.CategoricalCrossentropy") == pytest.approx(wanted, rel=1e-4)


def test_keras_3_takes_the_logits_behind_a_softmax() -> None:
    """The trap: its binary cross-entropy on a softmax is that of sigmoids, another loss."""
    sigmoids = 1 / (1 + np.exp(-LOGITS.astype("float64")))
    of_sigmoids = -np.log(np.where(LABELS == 1, sigmoids, 1 - sigmoids)).mean(axis=1)
    assert losses_of("BinaryCrossentropy") == pytest.approx(of_sigmoids, rel=1e-4)
    assert losses_of("CategoricalCrossentropy")[0] == pytest.approx(30, rel=1e-4)


def gradient_of(function: Callable[[Any], Any]) -> np.ndarray:
    """By the logits, from the backend that Keras has."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.grad(function)(LOGITS))
    import tensorflow as tf

    logits = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = function(logits)
    return tape.gradient(value, logits).numpy()


def test_no_gradient_passes_where_the_clip_acts() -> None:
    """A saturated softmax learns nothing more from an image, right or wrong."""
    import keras

    from mnistreport.training.losses import make_loss, softmax

    loss = make_loss(
        Loss.model_validate({"class": "keras2.BinaryCrossentropy", "from_logits": False})
    )
    for function in (keras.ops.softmax, softmax):
        gradient = gradient_of(lambda logits, last=function: loss(LABELS, last(logits)))
        assert not gradient[0].any()
        assert np.abs(gradient[1]).max() > 0.01


def test_a_saturated_output_is_1() -> None:
    """To the last bit, whatever the processor: TensorFlow's own softmax may give 1 - 6e-8."""
    from mnistreport.training.losses import softmax

    logits = np.random.default_rng(0).normal(0, 120, (1000, 10)).astype("float32")
    found = np.asarray(softmax(logits))
    powers = np.exp(logits.astype("float64") - logits.max(axis=1, keepdims=True))
    exact = powers / powers.sum(axis=1, keepdims=True)
    saturated = exact.max(axis=1) > 1 - 1e-9
    assert saturated.sum() > 500
    assert set(found.max(axis=1)[saturated]) == {1.0}
    assert found == pytest.approx(exact, rel=1e-5, abs=1e-30)


@pytest.mark.parametrize(
    ("name", "own"), [("depth/relu5", True), ("wide/adam", False), ("mlp/model1", False)]
)
def test_a_loss_on_probabilities_gets_our_softmax(name: str, own: bool) -> None:
    """Document C's; where the loss finds the logits, Keras' activation stays."""
    from mnistreport.training import losses
    from mnistreport.training.keras_engine import build_model

    last = build_model(load_catalog()[name]).layers[-1]
    assert (last.activation is losses.softmax) == own


def test_logits_are_refused() -> None:
    """The old rule is one on probabilities."""
    with pytest.raises(ValueError, match="from_logits = false"):
        Loss.model_validate({"class": "keras2.BinaryCrossentropy", "from_logits": True})
