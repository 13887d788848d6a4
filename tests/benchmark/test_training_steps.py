"""One training step of each architecture and each optimizer. Read the ratios within one run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnistreport.catalog import load_catalog
from mnistreport.experiment import Experiment

CATALOG = load_catalog()
ARCHITECTURES = [
    "wide/adam",
    "small/adam",
    "depth/softmax",
    "depth/relu5",
    "depth/relu5-dropout",
    "mlp/model1",
    "mlp/model3",
    "mlp/model7",
    "cnn/model8",
]
KERAS_OPTIMIZERS = [name for name in CATALOG if name.startswith("small/")]
NUMPY_OPTIMIZERS = [name for name in CATALOG if name.startswith("numpy/")]


def batch(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """Random pixels and labels (one-hot unless the loss is sparse) of one batch."""
    random = np.random.default_rng(0)
    shape = (experiment.batch_size, *experiment.input_shape)
    x = random.random(shape, dtype=np.float32) * (255 / experiment.pixel_divisor)
    labels = random.integers(0, 10, experiment.batch_size)
    if experiment.loss.kind.startswith("Sparse"):
        return x.astype(np.float32), labels
    return x.astype(np.float32), np.eye(10, dtype=np.float32)[labels]


def keras_step(benchmark: Any, name: str) -> None:
    """Time `train_on_batch`; building and tracing stay outside."""
    import keras

    from mnistreport.training.keras_engine import build_model

    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    experiment = CATALOG[name]
    model = build_model(experiment)
    x, y = batch(experiment)
    model.train_on_batch(x, y)
    benchmark.pedantic(model.train_on_batch, args=(x, y), rounds=30, warmup_rounds=3)
    benchmark.extra_info["batch_size"] = experiment.batch_size


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.benchmark(group="architectures")
def test_architecture(benchmark: Any, name: str) -> None:
    """A step of a Keras model on a batch of its published size."""
    keras_step(benchmark, name)


@pytest.mark.parametrize("name", KERAS_OPTIMIZERS)
@pytest.mark.benchmark(group="Keras optimizers, document B's network")
def test_keras_optimizer(benchmark: Any, name: str) -> None:
    """A step of the same network under each optimizer."""
    keras_step(benchmark, name)


@pytest.mark.parametrize("name", NUMPY_OPTIMIZERS)
@pytest.mark.benchmark(group="NumPy optimizers, document D's network")
def test_numpy_optimizer(benchmark: Any, name: str) -> None:
    """Gradients and update of the NumPy network."""
    from mnistreport.training.numpy_network import Network, Update

    experiment = CATALOG[name]
    network = Network((784, 300, 300, 10), 0.01, np.random.RandomState(1))
    update = Update(experiment.optimizer, network.parameters)
    x, y = batch(experiment)
    x, labels = x.astype(np.float64), y.argmax(axis=1)

    def step() -> None:
        _, gradients = network.gradients(x, labels)
        update(gradients)

    benchmark.pedantic(step, rounds=30, warmup_rounds=3)
