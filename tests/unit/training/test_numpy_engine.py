"""The NumPy engine's loop on a few digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnistreport.data import load_dataset
from mnistreport.dataset import Dataset
from mnistreport.training.numpy_engine import train_numpy
from mnistreport.training.trained import Trained
from tests.unit.records import NUMPY_ENTRY, numpy_experiment


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """scikit-learn's digits."""
    return load_dataset("digits")


def trained(digits: Dataset, seed: int = 1, **changes: Any) -> Trained:
    """100 iterations of a network with 20 hidden units on 300 images."""
    experiment = numpy_experiment(
        train=300, test=200, kernel_initializer={"class": "RandomNormal", "stddev": 0.1}, **changes
    )
    return train_numpy(experiment, digits, seed, lambda done, total, accuracy: None)


def test_rows_are_taken_at_iteration_0_and_every_so_many(digits: Dataset) -> None:
    """As the document printed them, after the update of that iteration."""
    history = trained(digits).history
    assert history["iteration"] == [10.0 * row for row in range(10)]
    assert {len(curve) for curve in history.values()} == {10}
    assert history["test_accuracy"][0] < 0.3
    assert history["test_accuracy"][-1] > 0.6


def test_the_same_seed_gives_the_same_bits(digits: Dataset) -> None:
    """And another seed does not."""
    assert trained(digits).metrics == trained(digits).metrics
    assert trained(digits, seed=2).metrics != trained(digits).metrics


def test_batches_follow_the_weights_from_one_generator(digits: Dataset) -> None:
    """The document's order of draws: W1, W2, then one choice an iteration."""
    run = trained(digits, iterations=1, evaluate_every=1)
    random = np.random.RandomState(1)
    w1, w2 = 0.1 * random.randn(784, 20), 0.1 * random.randn(20, 10)
    batch = random.choice(300, 20)
    x = (digits.x_train[batch].reshape(20, -1) / np.float32(255)).astype(np.float64)
    logits = np.maximum(x @ w1, 0) @ w2
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(shares[np.arange(20), digits.y_train[batch]]))
    assert run.metrics["first_epoch_loss"] == pytest.approx(loss, rel=1e-6)


def test_final_measurements_fit_the_probabilities(digits: Dataset) -> None:
    """(n, 10) float32, whose largest entries are the measured accuracy."""
    run = trained(digits)
    assert run.probabilities is not None
    assert run.probabilities.shape == (200, 10)
    assert run.probabilities.dtype == np.float32
    right = run.probabilities.argmax(axis=1) == digits.y_test[:200]
    assert run.metrics["test_accuracy"] == right.mean()
    assert run.parameters == 784 * 20 + 20 + 20 * 10 + 10


def test_a_rate_far_too_high_is_recorded_as_diverged(digits: Dataset) -> None:
    """Without a traceback, a warning, or a probability."""
    rate = {**NUMPY_ENTRY["optimizer"], "learning_rate": 1e200}
    run = trained(digits, optimizer=rate)
    assert run.status == "diverged"
    assert "NaN or infinite" in run.reason
    assert run.probabilities is None
