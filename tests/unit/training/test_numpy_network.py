"""The NumPy network: gradients by finite differences, and the six update rules."""

from __future__ import annotations

import numpy as np
import pytest

from mnistreport.experiment import (
    KerasSGD,
    NumpyAdaGrad,
    NumpyAdam,
    NumpyMomentum,
    NumpyNesterov,
    NumpyRMSprop,
    NumpySGD,
    Optimizer,
)
from mnistreport.training.numpy_network import Network, SoftmaxWithLoss, softmax, update_rule


def small_network() -> tuple[Network, np.ndarray, np.ndarray]:
    """A 5-4-3-3 network with weights of order 1, and a batch of 6."""
    random = np.random.RandomState(3)
    network = Network((5, 4, 3, 3), 0.8, random)
    return network, random.randn(6, 5), random.randint(0, 3, 6)


def test_gradients_agree_with_central_differences() -> None:
    """Backward through Affine, ReLU and softmax gives the slope of the loss, for every weight."""
    network, x, labels = small_network()
    _, gradients = network.gradients(x, labels)
    head = SoftmaxWithLoss()
    for parameter, gradient in zip(network.parameters, gradients, strict=True):
        for index in np.ndindex(parameter.shape):
            kept, step = parameter[index], 1e-6
            parameter[index] = kept + step
            above = head.forward(network.logits(x), labels)
            parameter[index] = kept - step
            below = head.forward(network.logits(x), labels)
            parameter[index] = kept
            assert gradient[index] == pytest.approx((above - below) / (2 * step), abs=1e-8)


def test_weights_come_from_the_legacy_generator_first_layer_first() -> None:
    """The document's draws: W1, W2, ... from np.random.seed(seed), biases 0."""
    network = Network((4, 3, 2), 0.01, np.random.RandomState(1))
    random = np.random.RandomState(1)
    np.testing.assert_array_equal(network.affines[0].weights, 0.01 * random.randn(4, 3))
    np.testing.assert_array_equal(network.affines[1].weights, 0.01 * random.randn(3, 2))
    assert not network.affines[0].biases.any()


def test_softmax_stands_large_logits() -> None:
    """Rows sum to 1 and stay finite at logits of a thousand."""
    rows = softmax(np.array([[1000.0, 0.0, -1000.0], [1.0, 1.0, 1.0]]))
    np.testing.assert_allclose(rows.sum(axis=1), 1)
    np.testing.assert_allclose(rows[1], 1 / 3)


RULES: list[tuple[Optimizer, list[float]]] = [
    # by hand, from p = 1 with gradients .5 then -.25
    (NumpySGD(kind="numpy.SGD", learning_rate=0.1), [0.95, 0.975]),
    (
        NumpyMomentum(kind="numpy.Momentum", learning_rate=0.1, beta=0.9),
        [0.95, 0.95 - (0.9 * 0.05 - 0.025)],
    ),
    (
        NumpyNesterov(kind="numpy.Nesterov", learning_rate=0.1, beta=0.9),
        [1 - (0.9 * 0.05 + 0.05), 0.905 - (0.9 * 0.02 - 0.025)],
    ),
    (
        NumpyAdaGrad(kind="numpy.AdaGrad", learning_rate=0.1, epsilon=0.0),
        [0.9, 0.9 + 0.025 / np.sqrt(0.3125)],
    ),
    (
        NumpyRMSprop(kind="numpy.RMSprop", learning_rate=0.1, beta=0.75, epsilon=0.0),
        [0.8, 0.8 + 0.025 / 0.25],
    ),
    (
        NumpyAdam(kind="numpy.Adam", learning_rate=0.1, beta_1=0.5, beta_2=0.75, epsilon=0.0),
        [0.9, 0.9],
    ),
]


@pytest.mark.parametrize(("spec", "expected"), RULES, ids=[spec.kind for spec, _ in RULES])
def test_update_rules_by_hand(spec: Optimizer, expected: list[float]) -> None:
    """Two steps of each rule give what pencil and paper give."""
    rule = update_rule(spec)
    p, state = np.array([1.0]), [np.zeros(1), np.zeros(1)]
    for step, gradient in enumerate((0.5, -0.25), 1):
        rule(p, np.array([gradient]), state, step)
        assert p[0] == pytest.approx(expected[step - 1])


def test_epsilon_stands_outside_the_square_root() -> None:
    """A tiny gradient is divided by its size plus epsilon, not by the root of epsilon."""
    spec = NumpyAdaGrad(kind="numpy.AdaGrad", learning_rate=1.0, epsilon=1e-7)
    p = np.array([0.0])
    update_rule(spec)(p, np.array([1e-7]), [np.zeros(1)], 1)
    assert p[0] == pytest.approx(-0.5)


def test_other_engines_optimizers_are_refused() -> None:
    """A Keras optimizer has no rule here."""
    spec = KerasSGD(kind="keras.SGD", learning_rate=0.1, momentum=0.0, nesterov=False)
    with pytest.raises(TypeError, match=r"keras\.SGD"):
        update_rule(spec)
