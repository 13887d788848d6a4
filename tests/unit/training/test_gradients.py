"""The gradient that reaches a first layer is the true one, and shows what sigmoids do to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mnistreport.catalog import load_catalog
from mnistreport.training.gradients import Sigmoid, _by_logits, gradient_reach
from mnistreport.training.numpy_network import softmax
from tests.unit.records import experiment
from tests.unit.report.fake_results import toy_dataset

CATALOG = load_catalog()


@pytest.mark.parametrize("binary", [False, True])
def test_the_gradient_by_the_logits_is_that_of_finite_differences(binary: bool) -> None:
    """Of the mean cross-entropy, over classes or over each output by itself."""
    random = np.random.default_rng(0)
    logits, wanted = random.normal(size=(3, 10)), np.eye(10)[[1, 5, 9]]

    def loss(values: Any) -> float:
        p = softmax(values)
        if not binary:
            return float(-np.mean(np.sum(wanted * np.log(p), axis=1)))
        return float(-np.mean(wanted * np.log(p) + (1 - wanted) * np.log(1 - p)))

    found = _by_logits(softmax(logits), wanted, binary)
    for place in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[place] = 1e-6
        expected = (loss(logits + step) - loss(logits - step)) / 2e-6
        assert found[place] == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_a_sigmoid_does_not_overflow_and_has_its_gradient() -> None:
    """At -1000 it is 0; at .3 its slope is that of finite differences."""
    layer = Sigmoid()
    assert list(layer.forward(np.array([-1000.0, 0.0, 1000.0]))) == [0.0, 0.5, 1.0]
    slope = (layer.forward(np.array([0.3 + 1e-6])) - layer.forward(np.array([0.3 - 1e-6]))) / 2e-6
    layer.forward(np.array([0.3]))
    assert layer.backward(np.ones(1)) == pytest.approx(slope)


def test_five_sigmoid_layers_lose_the_gradient_that_five_relu_layers_keep() -> None:
    """On any images: a thousandth or less reaches the first sigmoid layer, a tenth the ReLU's."""
    images = toy_dataset()
    sigmoid = gradient_reach(CATALOG["depth/sigmoid5"], images, range(3))
    relu = gradient_reach(CATALOG["depth/relu5"], images, range(3))
    assert list(sigmoid) == [0, 1, 2]
    assert max(sigmoid.values()) < -3
    assert min(relu.values()) > -1


def test_one_layer_is_its_own_first() -> None:
    """Nothing is lost between a layer and itself; equal seeds give equal weights."""
    reach = gradient_reach(CATALOG["depth/softmax"], toy_dataset(), [0, 1])
    assert list(reach.values()) == [0.0, 0.0]
    deep = [gradient_reach(CATALOG["depth/relu5"], toy_dataset(), [7])[7] for _ in range(2)]
    assert deep[0] == deep[1]
    assert math.isfinite(deep[0])


@pytest.mark.parametrize(
    "entry",
    [
        experiment(),
        CATALOG["cnn/model8"],
        CATALOG["mlp/model3"],
        CATALOG["numpy/sgd"],
    ],
    ids=["dropout", "convolution", "linear output", "normal weights"],
)
def test_networks_of_another_kind_are_refused(entry: Any) -> None:
    """What this computes would not be their gradient."""
    with pytest.raises(ValueError, match=entry.name):
        gradient_reach(entry, toy_dataset(), [0])
