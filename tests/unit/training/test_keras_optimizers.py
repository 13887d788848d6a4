"""Keras' optimizers as the catalog uses them, step by step against Keras 2's formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnistreport.experiment import (
    Keras2Adagrad,
    Keras2Nadam,
    Keras2RMSprop,
    KerasAdadelta,
    KerasAdam,
    KerasAdamax,
    KerasSGD,
    Optimizer,
)

Array = NDArray[np.float64]
STEPS = 60
EPS = 1e-7


def sgd(p: Array, gradients: list[Array]) -> Iterator[Array]:
    for g in gradients:
        p = p - 0.01 * g
        yield p


def rmsprop(p: Array, gradients: list[Array]) -> Iterator[Array]:
    v = np.zeros_like(p)
    for g in gradients:
        v = 0.9 * v + 0.1 * g**2
        p = p - 0.001 * g / (np.sqrt(v) + EPS)
        yield p


def adagrad(p: Array, gradients: list[Array]) -> Iterator[Array]:
    a = np.zeros_like(p)
    for g in gradients:
        a = a + g**2
        p = p - 0.01 * g / (np.sqrt(a) + EPS)
        yield p


def adadelta(p: Array, gradients: list[Array]) -> Iterator[Array]:
    a, d = np.zeros_like(p), np.zeros_like(p)
    for g in gradients:
        a = 0.95 * a + 0.05 * g**2
        update = g * np.sqrt(d + EPS) / np.sqrt(a + EPS)
        p = p - 1.0 * update
        d = 0.95 * d + 0.05 * update**2
        yield p


def adam(p: Array, gradients: list[Array]) -> Iterator[Array]:
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, 1):
        rate = 0.001 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        p = p - rate * m / (np.sqrt(v) + EPS)
        yield p


def adamax(p: Array, gradients: list[Array]) -> Iterator[Array]:
    m, u = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, 1):
        m = 0.9 * m + 0.1 * g
        u = np.maximum(0.999 * u, np.abs(g))
        p = p - 0.002 / (1 - 0.9**t) * m / (u + EPS)
        yield p


def nadam(p: Array, gradients: list[Array]) -> Iterator[Array]:
    m, v, schedule = np.zeros_like(p), np.zeros_like(p), 1.0
    for t, g in enumerate(gradients, 1):
        mu = 0.9 * (1 - 0.5 * 0.96 ** (t * 0.004))
        mu_next = 0.9 * (1 - 0.5 * 0.96 ** ((t + 1) * 0.004))
        schedule *= mu
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        g_prime = g / (1 - schedule)
        m_prime = m / (1 - schedule * mu_next)
        v_prime = v / (1 - 0.999**t)
        m_bar = (1 - mu) * g_prime + mu_next * m_prime
        p = p - 0.002 * m_bar / (np.sqrt(v_prime) + EPS)
        yield p


RULES: list[tuple[Optimizer, Callable[[Array, list[Array]], Iterator[Array]]]] = [
    (KerasSGD(kind="keras.SGD", learning_rate=0.01, momentum=0.0, nesterov=False), sgd),
    (Keras2RMSprop(kind="keras2.RMSprop", learning_rate=0.001, rho=0.9, epsilon=EPS), rmsprop),
    (Keras2Adagrad(kind="keras2.Adagrad", learning_rate=0.01, epsilon=EPS), adagrad),
    (KerasAdadelta(kind="keras.Adadelta", learning_rate=1.0, rho=0.95, epsilon=EPS), adadelta),
    (
        KerasAdam(
            kind="keras.Adam",
            learning_rate=0.001,
            beta_1=0.9,
            beta_2=0.999,
            epsilon=EPS,
            amsgrad=False,
        ),
        adam,
    ),
    (
        KerasAdamax(
            kind="keras.Adamax", learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=EPS
        ),
        adamax,
    ),
    (
        Keras2Nadam(
            kind="keras2.Nadam",
            learning_rate=0.002,
            beta_1=0.9,
            beta_2=0.999,
            epsilon=EPS,
            schedule_decay=0.004,
        ),
        nadam,
    ),
]


@pytest.mark.parametrize(("spec", "rule"), RULES, ids=[spec.kind for spec, _ in RULES])
def test_each_step_follows_the_keras_2_formula(
    spec: Optimizer, rule: Callable[[Array, list[Array]], Iterator[Array]]
) -> None:
    """Over 60 steps on two variables, every weight stays within float32 rounding of the formula."""
    import keras

    from mnistreport.training.optimizers import make_optimizer

    random = np.random.default_rng(7)
    starts = [random.normal(size=(3, 2)), random.normal(size=4)]
    # gradients down to 1e-6, where the place of epsilon shows
    scale = 10.0 ** random.uniform(-6, 0, size=STEPS)
    gradients = [[s * random.normal(size=p.shape) for s in scale] for p in starts]
    variables = [keras.Variable(p.astype("float32")) for p in starts]
    optimizer: Any = make_optimizer(spec)
    expected = zip(*(rule(p, g) for p, g in zip(starts, gradients, strict=True)), strict=True)
    for step, wanted in enumerate(expected):
        optimizer.apply([keras.ops.cast(g[step], "float32") for g in gradients], variables)
        for variable, value in zip(variables, wanted, strict=True):
            # float32 carries 6e-8 relative a step; Keras' own beta powers are float32 too
            np.testing.assert_allclose(np.asarray(variable), value, rtol=2e-5, atol=2e-6)


def test_the_place_of_epsilon_would_show() -> None:
    """Keras 3's RMSprop leaves the formula's path by far more than the tolerance above."""
    import keras

    gradient = np.full(2, 1e-6)
    variable = keras.Variable(np.zeros(2, dtype="float32"))
    keras.optimizers.RMSprop(learning_rate=0.001, rho=0.9, epsilon=EPS).apply(
        [keras.ops.cast(gradient, "float32")], [variable]
    )
    wanted = next(rmsprop(np.zeros(2), [gradient]))
    assert np.all(np.abs(np.asarray(variable) - wanted) > 1e-3)
