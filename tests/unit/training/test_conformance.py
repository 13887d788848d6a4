"""Keras beside the oracle: faults planted into Keras are caught, and named."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import ops

from mnistreport.conformance import Finding, suite
from mnistreport.conformance.suite import rules
from mnistreport.training import optimizers, subject
from mnistreport.training.broken_keras import AdamUncorrected
from mnistreport.training.keras_engine import KerasParts, build_model

#: What no change of the oracle explains, and shows in the first loss.
UNSEEN = "unknown cause, in the forward pass or the loss: it shows before the first update"


def examined(rule: str, fault: str = "") -> Finding:
    """One rule of the suite, in this process."""
    return rules(fault)[rule]()


class EpsilonInside(optimizers.Keras2RMSprop):
    """Keras 3's place of epsilon."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        velocity = self._velocities[self._get_variable_index(variable)]
        self.assign(velocity, self.rho * velocity + (1 - self.rho) * ops.square(gradient))
        self.assign_sub(variable, learning_rate * gradient / ops.sqrt(velocity + self.epsilon))


class NoLookAhead(keras.optimizers.SGD):
    """Nesterov in name only."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**{**arguments, "nesterov": False})


class FasterSGD(keras.optimizers.SGD):
    """A learning rate of 1.01 times what was asked."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        super().update_step(gradient, variable, 1.01 * learning_rate)


class FasterAdam(keras.optimizers.Adam):
    """The same for Adam."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        super().update_step(gradient, variable, 1.01 * learning_rate)


class FullAccumulator(optimizers.Keras2Adagrad):
    """Keras 3's start."""

    def build(self, variables: list[Any]) -> None:
        if not self.built:
            super().build(variables)
            full = keras.initializers.Constant(0.1)
            self._accumulators = [
                self.add_variable(shape=v.shape, initializer=full, dtype=v.dtype, name="full")
                for v in variables
            ]


class TwoFaults(FullAccumulator):
    """Its start and its place of epsilon."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        accumulator = self._accumulators[self._get_variable_index(variable)]
        self.assign_add(accumulator, ops.square(gradient))
        self.assign_sub(variable, learning_rate * gradient / ops.sqrt(accumulator + self.epsilon))


class Lazy(keras.optimizers.SGD):
    """Forgets every third update of all variables: no alternative knows that."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        keep = ops.cast(self.iterations % 3 != 2, variable.dtype)
        super().update_step(gradient * keep, variable, learning_rate)


PLANTED = [
    ("keras2/rmsprop", EpsilonInside, "epsilon stands inside the square root"),
    ("keras2/adam", AdamUncorrected, "the bias correction is dropped"),
    ("keras2/nesterov", NoLookAhead, "Nesterov without its look-ahead"),
    ("keras2/sgd", FasterSGD, "the learning rate is multiplied by 1.01"),
    ("keras2/adam", FasterAdam, "the learning rate is multiplied by 1.01"),
    ("keras2/adagrad", FullAccumulator, "the accumulator starts at 0.1, not 0"),
    (
        "keras2/adagrad",
        TwoFaults,
        "epsilon stands inside the square root; the accumulator starts at 0.1, not 0",
    ),
]


def plant(monkeypatch: pytest.MonkeyPatch, rule: str, fault: type[Any]) -> None:
    """Put a faulty class in the place of the engine's own."""
    from mnistreport.conformance.optimizers import KERAS_2

    kind = KERAS_2[rule.partition("/")[2]][0]["class"]
    monkeypatch.setitem(optimizers._CLASSES, kind, fault)


@pytest.mark.parametrize(
    ("rule", "fault", "cause"), PLANTED, ids=[f"{r}-{f.__name__}" for r, f, _ in PLANTED]
)
def test_a_planted_fault_is_named(
    monkeypatch: pytest.MonkeyPatch, rule: str, fault: type[Any], cause: str
) -> None:
    """It shows at the first step, with both values, and its cause is found in words."""
    plant(monkeypatch, rule, fault)
    found = examined(rule)
    assert not found.agrees
    assert found.cause == cause
    assert found.deviation is not None
    # what Nesterov looks ahead to is there at once; nothing of this needs a second step
    assert found.deviation.step == 1
    assert found.deviation.expected != found.deviation.found
    assert found.deviation.relative > 1e-6


def test_what_no_alternative_explains_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is told all the same: the first that was forgotten."""
    plant(monkeypatch, "keras2/sgd", Lazy)
    found = examined("keras2/sgd")
    assert found.cause == "unknown cause"
    assert found.deviation is not None
    assert found.deviation.step == 3


def test_a_changed_default_of_keras_3_is_a_finding_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Issue 13815's: the table names the default with both values, the training the factor."""

    class Adadelta(keras.optimizers.Adadelta):
        """As if the default were 1 again."""

        def __init__(self) -> None:
            super().__init__(learning_rate=1.0)

    monkeypatch.setattr(keras.optimizers, "Adadelta", Adadelta)
    found = examined("defaults/adadelta")
    assert found.deviation is not None
    told = (found.deviation.what, found.deviation.expected, found.deviation.found)
    assert told == ("learning_rate", 0.001, 1.0)
    assert examined("keras3/adadelta").cause == "the learning rate is multiplied by 1000"


def test_a_wrong_activation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leaking ReLU shows in the first loss."""

    def wrong(x: Any) -> Any:
        return ops.leaky_relu(x, negative_slope=0.2)

    def leaking(experiment: Any) -> Any:
        model = build_model(experiment)
        for layer in model.layers[:-1]:
            layer.activation = wrong
        return model

    monkeypatch.setattr(suite, "_parts", lambda fault: KerasParts(model=leaking))
    found = examined("activation/relu")
    assert found.deviation is not None
    assert (found.deviation.step, found.deviation.what) == (1, "loss")
    assert found.cause == "the hidden activation is leaky relu (slope 0.2), not relu"


def test_a_loss_on_the_logits_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras 3's own class and softmax in place of Keras 2's rule and ours, which has no logits."""
    from mnistreport.training import losses

    kind = "keras2.CategoricalCrossentropy"
    own = lambda name: keras.losses.CategoricalCrossentropy()  # noqa: E731
    monkeypatch.setitem(losses._KERAS_2, kind, own)
    assert examined("loss/categorical-probabilities").agrees
    monkeypatch.setattr(losses, "softmax", keras.activations.softmax)
    assert examined("loss/categorical-probabilities").cause == "the loss is computed on the logits"


@pytest.mark.parametrize(
    "rule",
    [
        "keras2/sgd",
        "keras2/nadam",
        "keras3/adagrad",
        "keras3/nadam",
        "numpy/adam",
        "loss/sparse-logits",
    ],
)
def test_a_rule_that_is_kept_agrees_to_rounding(rule: str) -> None:
    """A thousandth of the tolerance, known roundings and all."""
    found = examined(rule)
    assert found.agrees, found
    assert found.largest < 1e-11


@pytest.mark.parametrize(
    "rule",
    ["layer/conv2d-valid", "layer/conv2d-same", "layer/maxpooling2d", "layer/averagepooling2d"],
)
def test_layers_have_the_gradients_of_their_outputs(rule: str) -> None:
    """Within the tolerance, far beyond float32."""
    assert examined(rule).agrees


def test_a_wrong_gradient_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The output is right, the kernel's gradient a millionth too large."""
    right = subject.Layer.gradients

    def wrong(self: Any, x: Any, dy: Any) -> Any:
        by_x, by_kernel, by_bias = right(self, x, dy)
        return [by_x, by_kernel * (1 + 1e-6), by_bias]

    monkeypatch.setattr(subject.Layer, "gradients", wrong)
    found = examined("layer/conv2d-same")
    assert found.deviation is not None
    assert found.deviation.what.startswith("gradient by the kernel")
    assert found.cause == "the gradient is not the slope of the layer's own output"


@pytest.mark.parametrize(
    ("rule", "fault", "cause"),
    [
        ("layer/dropout", "dropout-in-testing", "it is active"),
        ("layer/dropout", "dropout-left-out", "another rate, or inactive in training"),
        ("initializer/glorot-uniform", "he-for-glorot", "another limit"),
        ("feed/order", "not-shuffled", "an order is drawn once and repeated"),
        ("feed/order", "last-batch-dropped", "images are left out or repeated"),
        ("keras2/adam", "adam-uncorrected", "the bias correction is dropped"),
        ("keras2/rmsprop", "epsilon-inside", "epsilon stands inside the square root"),
        ("keras2/adagrad", "keras-3-defaults", "the rule and defaults are those of Keras 3"),
        ("keras2/sgd", "l2-added", UNSEEN),
        ("keras2/sgd", "softmax-twice", UNSEEN),
        ("numpy/adam", "adam-uncorrected", "the bias correction is dropped"),
        ("numpy/adam", "beta-2-0.99", "beta_2 is 0.99, not 0.999"),
        ("numpy/nesterov", "no-look-ahead", "Nesterov without its look-ahead"),
        ("numpy/rmsprop", "epsilon-inside-numpy", "epsilon stands inside the square root"),
        ("numpy/sgd", "rate-times-1.1", "the learning rate is multiplied by 1.1"),
        ("numpy/sgd", "l2-added", "unknown cause"),
        ("numpy/sgd", "bias-frozen", "unknown cause"),
        ("numpy/draws", "not-shuffled", "batches are drawn in another way"),
    ],
)
def test_what_the_engine_builds_is_examined(rule: str, fault: str, cause: str) -> None:
    """A fault in the engine's own parts is caught; without it they pass."""
    assert examined(rule).agrees
    assert examined(rule, fault).cause == cause


def test_keras_is_left_as_it_was() -> None:
    """Float64 only while it is examined."""
    before = keras.config.floatx(), keras.config.dtype_policy().name
    examined("keras2/sgd")
    assert (keras.config.floatx(), keras.config.dtype_policy().name) == before
    assert keras.layers.Dense(1).dtype == "float32"
