"""A replica is the single run of its seed, but for rounding; and no replica disturbs another."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment
from mnistreport.training import replicas as module
from mnistreport.training.backend import start_afresh
from mnistreport.training.feed import prepare_sets
from mnistreport.training.keras_engine import build_model, fit, train_keras
from mnistreport.training.program import begin
from mnistreport.training.replicas import Replica, fit_replicas, train_replicas
from tests.unit.records import ENTRY

#: 20 steps an epoch: 100 steps in 5 epochs.
SMALL = {"train": 1000, "test": 200, "batch_size": 50, "epochs": 5, "quick": {}}
CONVOLUTIONS = [
    {"class": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "valid", "activation": "relu"},
    {"class": "MaxPooling2D", "pool_size": 2},
    {"class": "Flatten"},
    {"class": "Dense", "units": 10, "activation": "softmax"},
]
DROPOUT = [
    {"class": "Dense", "units": 64, "activation": "relu"},
    {"class": "Dropout", "rate": 0.2},
    {"class": "Dense", "units": 10, "activation": "softmax"},
]
SGD = {"class": "keras.SGD", "learning_rate": 0.1, "momentum": 0.0, "nesterov": False}
NORMALIZED = [
    {"class": "Dense", "units": 32, "activation": "relu"},
    {"class": "BatchNormalization", "momentum": 0.9, "epsilon": 0.001},
    {"class": "Dropout", "rate": 0.3},
    {"class": "Dense", "units": 10, "activation": "softmax"},
]
SEEDS = [5, 0, 11]


def quiet(done: int, total: int, accuracy: float) -> None:
    """Nobody watches."""


def experiment(**changes: Any) -> Experiment:
    """A small experiment: dropout and Adam, if nothing else is said."""
    return Experiment.model_validate({**ENTRY, "layers": DROPOUT, **SMALL, **changes})


def weights_of(model: keras.Model) -> list[np.ndarray]:
    """In the order of a replica's."""
    return [np.array(v.value) for v in (*model.trainable_variables, *model.non_trainable_variables)]


def assert_replicas_equal_single_runs(entry: Experiment, digits: Dataset) -> None:
    """Losses and weights after every seed's training."""
    train, test = prepare_sets(entry, digits)
    _, group = fit_replicas(entry, train, test, SEEDS, quiet)
    for seed, replica in zip(SEEDS, group, strict=True):
        model, history, _ = fit(entry, train, test, seed, quiet)
        assert set(replica.history) == set(history)
        for name, curve in history.items():
            # a float32 carries 6e-8; the orders of two sums part by that at every step, and what
            # 100 steps make of it stays a hundred times below what another seed would change
            np.testing.assert_allclose(replica.history[name], curve, rtol=2e-5, err_msg=name)
        for ours, wanted in zip(replica.get_weights(), weights_of(model), strict=True):
            np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": SGD, "batch_size": 46},  # the last of 22 steps an epoch on 34 images
        {},
        # a few steps: a normalization scales differences up, and with Adam and its like a bias
        # before one, which has no gradient but rounding, takes full steps
        {"optimizer": SGD, "layers": NORMALIZED, "train": 250, "epochs": 1},
    ],
    ids=["SGD", "Adam", "normalization"],
)
def test_a_replica_equals_its_single_run(digits: Dataset, changes: dict[str, Any]) -> None:
    """Over 100 steps of `Model.fit`: every epoch's figures and the last weights, to rounding."""
    assert_replicas_equal_single_runs(experiment(**changes), digits)


@pytest.mark.parametrize("in_one", [False, True], ids=["as on the CPU", "as on a GPU"])
def test_a_replica_with_convolutions_equals_its_single_run(
    digits: Dataset, in_one: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other, as the CPU wants it, or all in one loop."""
    monkeypatch.setattr(module, "together", lambda entry: in_one)
    shape = {"input_shape": [28, 28, 1], "train": 150, "epochs": 2}
    assert_replicas_equal_single_runs(experiment(layers=CONVOLUTIONS, **shape), digits)


def test_a_replica_starts_from_its_seeds_own_weights(digits: Dataset) -> None:
    """Bit for bit those after `keras.utils.set_random_seed`, dropout's seeds among them."""
    entry = experiment()
    _, (trainable, others, *_) = begin(entry, prepare_sets(entry, digits)[1], SEEDS)
    for index, seed in enumerate(SEEDS):
        start_afresh(seed)
        model = build_model(entry)
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        by_keras = build_model(entry)
        for ours, single, wanted in zip(
            (*trainable, *others), weights_of(model), weights_of(by_keras), strict=True
        ):
            np.testing.assert_array_equal(ours[index], wanted)
            np.testing.assert_array_equal(single, wanted)


def test_a_replica_sees_the_images_in_its_seeds_own_order(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The permutations that `Model.fit` draws, epoch by epoch, after the one it throws away."""
    entry = experiment(epochs=3)
    drawn = []
    draw = np.random.permutation

    def recorded(count: int) -> np.ndarray:
        drawn.append(draw(count))
        return drawn[-1]

    monkeypatch.setattr(np.random, "permutation", recorded)
    model, _, _ = fit(entry, *prepare_sets(entry, digits), 7, quiet)
    replica = Replica(7, entry, model.metrics)
    ours = [replica.begin_epoch(epoch) for epoch in range(3)]
    np.testing.assert_array_equal(ours, drawn[1:])


def test_a_group_gives_what_its_single_runs_give(digits: Dataset) -> None:
    """The same metrics, layers and statuses, and the same bits when it is trained again."""
    entry = experiment(metrics=["accuracy", "binary_accuracy"], epochs=2)
    group = train_replicas(entry, digits, SEEDS, quiet)
    single = train_keras(entry, digits, SEEDS[1], quiet)
    assert group[1].metrics == pytest.approx(single.metrics, rel=1e-4)
    assert "test_binary_accuracy" in single.metrics
    assert group[1].layers == single.layers
    assert group[1].probabilities == pytest.approx(single.probabilities, abs=1e-4)
    again = train_replicas(entry, digits, SEEDS, quiet)
    assert [trained.metrics for trained in again] == [trained.metrics for trained in group]
    assert [trained.history for trained in again] == [trained.history for trained in group]


def test_a_replica_that_diverges_disturbs_no_other(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with the reason of a single run, and the others keep every bit."""
    entry = experiment(epochs=2)
    whole = train_replicas(entry, digits, SEEDS, quiet)

    def poisoned(*arguments: Any) -> Any:
        model, (trainable, *rest) = begin(*arguments)
        return model, ([trainable[0].at[1].set(np.nan), *trainable[1:]], *rest)

    monkeypatch.setattr(module, "begin", poisoned)
    group = train_replicas(entry, digits, SEEDS, quiet)
    assert [trained.status for trained in group] == ["ok", "diverged", "ok"]
    assert group[1].reason == "the training loss became NaN or infinite in epoch 1"
    assert not group[1].metrics
    assert len(group[1].history["loss"]) == 1
    for index in (0, 2):
        assert group[index].metrics == whole[index].metrics


@pytest.mark.parametrize("kind", ["keras2.EarlyStopping", "keras.EarlyStopping"])
def test_each_replica_stops_early_by_itself(digits: Dataset, kind: str) -> None:
    """Where its single run stops, with the weights that the rule of its Keras restores."""
    # the losses of seed 11 fall by less than .13 one epoch before those of the others do
    rule = {"monitor": "loss", "min_delta": 0.13, "patience": 1, "restore_best_weights": True}
    entry = experiment(callbacks=[{"class": kind, **rule}], optimizer=SGD, batch_size=46)
    group = train_replicas(entry, digits, SEEDS, quiet)
    lengths = []
    for seed, replica in zip(SEEDS, group, strict=True):
        single = train_keras(entry, digits, seed, quiet)
        assert len(replica.history["loss"]) == len(single.history["loss"])
        assert replica.metrics == pytest.approx(single.metrics, rel=1e-3)
        lengths.append(len(single.history["loss"]))
    assert lengths == [5, 5, 4]
