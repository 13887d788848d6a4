"""The Keras engine on a few digits: what it measures is what it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnistreport.catalog import load_catalog
from mnistreport.data import load_dataset
from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment
from mnistreport.keras_backend import chosen_backend
from mnistreport.run import Run
from mnistreport.task import Task
from mnistreport.training.train import train
from tests.unit.records import ENTRY

KERAS = [entry for entry in load_catalog().values() if entry.engine == "keras"]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """scikit-learn's digits."""
    return load_dataset("digits")


def trained(digits: Dataset, seed: int = 0, **changes: Any) -> tuple[Run, np.ndarray]:
    """A small experiment, trained in this process; the probabilities of the test images."""
    small = {"train": 300, "test": 200, "epochs": 3, "quick": {}, "batch_size": 50}
    entry = Experiment.model_validate({**ENTRY, **small, **changes})
    task = Task(entry, "published", seed, digits.name, digits.sha256, 1, chosen_backend())
    run, probabilities = train(task, digits, lambda done, total, accuracy: None)
    assert probabilities is not None
    return run, probabilities


def test_what_was_trained_before_does_not_matter(digits: Dataset) -> None:
    """The same bits first, and again after another architecture, optimizer and seed."""
    first, _ = trained(digits)
    trained(digits, seed=9, batch_size=30, layers=ENTRY["layers"][::2])
    again, _ = trained(digits)
    assert again.fingerprint == first.fingerprint
    other, _ = trained(digits, seed=1)
    assert other.fingerprint != first.fingerprint


def test_probabilities_give_the_measured_accuracy_and_loss(digits: Dataset) -> None:
    """Softmax or logits, one-hot or sparse: (n, 10), rows of sum 1, dropout off."""
    logits = [*ENTRY["layers"][:2], {"class": "Dense", "units": 10, "activation": "linear"}]
    sparse = {"class": "SparseCategoricalCrossentropy", "from_logits": True}
    for changes in ({}, {"layers": logits, "loss": sparse}):
        run, probabilities = trained(digits, **changes)
        assert probabilities.shape == (200, 10)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        labels = digits.y_test[:200]
        assert run.metrics["test_accuracy"] == np.mean(probabilities.argmax(axis=1) == labels)
        loss = -np.mean(np.log(probabilities[np.arange(200), labels]))
        assert run.metrics["test_loss"] == pytest.approx(loss, rel=1e-4)


def test_history_has_both_sets_and_the_seconds(digits: Dataset) -> None:
    """Four names, one value an epoch; the first and last training losses are metrics too."""
    run, _ = trained(digits)
    assert set(run.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert {len(curve) for curve in run.history.values()} == {3}
    assert len(run.epoch_seconds) == 3
    assert run.metrics["first_epoch_loss"] == run.history["loss"][0]
    assert run.metrics["final_loss"] == run.history["loss"][-1]
    # one evaluation after the last epoch sees the weights that the last epoch left
    assert run.metrics["test_loss"] == pytest.approx(run.history["val_loss"][-1], rel=1e-6)


def test_binary_accuracy_thresholds_each_output(digits: Dataset) -> None:
    """Document C's metric beside the categorical one."""
    run, probabilities = trained(
        digits,
        loss={"class": "BinaryCrossentropy", "from_logits": False},
        metrics=["accuracy", "binary_accuracy"],
    )
    labels = digits.y_test[:200]
    wanted = np.mean((probabilities > 0.5) == np.eye(10)[labels].astype(bool))
    assert run.metrics["test_binary_accuracy"] == pytest.approx(wanted, abs=1e-9)
    assert run.metrics["test_accuracy"] == np.mean(probabilities.argmax(axis=1) == labels)


def stopping(kind: str, patience: int) -> list[dict[str, Any]]:
    """Early stopping on a loss that must fall by 10 to count: it never does after epoch 1."""
    return [
        {
            "class": kind,
            "monitor": "loss",
            "min_delta": 10.0,
            "patience": patience,
            "restore_best_weights": True,
        }
    ]


def test_keras_2_keeps_the_last_weights_of_a_training_that_was_not_stopped(
    digits: Dataset,
) -> None:
    """Keras 3 goes back to the best epoch even then; every training of document E ended so."""
    plain, _ = trained(digits)
    keras2, _ = trained(digits, callbacks=stopping("keras2.EarlyStopping", 10))
    keras3, _ = trained(digits, callbacks=stopping("keras.EarlyStopping", 10))
    assert keras2.metrics == plain.metrics
    assert keras3.metrics["test_loss"] == pytest.approx(plain.history["val_loss"][0], rel=1e-6)


def test_early_stopping_stops_and_restores(digits: Dataset) -> None:
    """When patience runs out, both rules end the training with the best epoch's weights."""
    plain, _ = trained(digits)
    for kind in ("keras2.EarlyStopping", "keras.EarlyStopping"):
        run, _ = trained(digits, callbacks=stopping(kind, 1))
        assert len(run.history["loss"]) == 2
        assert run.metrics["test_loss"] == pytest.approx(plain.history["val_loss"][0], rel=1e-6)


@pytest.mark.parametrize("experiment", KERAS, ids=[entry.name for entry in KERAS])
def test_every_entry_builds_with_its_published_parameters(experiment: Experiment) -> None:
    """Keras counts as many parameters as the document printed."""
    from mnistreport.training.keras_engine import build_model

    count = build_model(experiment).count_params()
    assert count == (experiment.published.parameters or count)
    assert count > 7000
