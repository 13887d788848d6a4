"""Many seeds of one experiment as one program: Keras' own training step, mapped over the seeds.

Each replica starts from the weights, dropout seeds and image order that `Model.fit` gives its seed
on JAX, so it equals the single run but for rounding: a product over all replicas at once sums in
another order than one of them alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment
from mnistreport.training.callbacks import Observer, make_callback
from mnistreport.training.feed import ImageSet, prepare_sets
from mnistreport.training.keras_engine import outcome_of
from mnistreport.training.program import Program, State, begin, together
from mnistreport.training.trained import Told, Trained


class Replica:
    """One seed's training: its image order, its history, and what Keras' callbacks call the model.

    Args:
        seed: of the training.
        experiment: what is trained.
        metrics: of the Keras model, for callbacks that look them up.
    """

    def __init__(self, seed: int, experiment: Experiment, metrics: Sequence[Any]) -> None:
        self.metrics = metrics
        self.stop_training = False
        self.history: dict[str, list[float]] = {}
        self.observer = Observer(lambda done, accuracy: None)
        self._callbacks = [self.observer, *(make_callback(spec) for spec in experiment.callbacks)]
        for callback in self._callbacks:
            callback.set_model(self)
            callback.on_train_begin()
        self._weights: list[Any] = []
        self._images = experiment.train
        # the generator that `fit` shuffles with; it draws the order of an epoch and throws it
        # away when it looks at a first batch to build the metrics
        self._random = np.random.RandomState(seed)
        self._random.permutation(self._images)

    def begin_epoch(self, epoch: int) -> NDArray[np.int64]:
        """The order of the images in this epoch, (images,)."""
        for callback in self._callbacks:
            callback.on_epoch_begin(epoch)
        return self._random.permutation(self._images)

    def end_epoch(self, epoch: int, logs: dict[str, float], weights: list[Any], last: bool) -> None:
        """Note an epoch, and whether the training ends with it.

        Args:
            epoch: from 0.
            logs: its figures by Keras' names.
            weights: after it, trainable ones first; kept if the training ends here.
            last: the experiment has no more epochs.
        """
        self._weights = weights
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
        for callback in self._callbacks:
            callback.on_epoch_end(epoch, logs)
        if self.stop_training or last:
            self.stop_training = True
            for callback in self._callbacks:
                callback.on_train_end(logs)

    def get_weights(self) -> list[Any]:
        """Those after the last epoch that this replica trained, or that a callback went back to."""
        return self._weights

    def set_weights(self, weights: list[Any]) -> None:
        """Go back to earlier weights, as early stopping does when a training ends."""
        self._weights = weights


class _Team:
    """Replicas that train as one state."""

    def __init__(self, replicas: Sequence[Replica], state: State) -> None:
        self.replicas = replicas
        self._state = state

    @property
    def ended(self) -> bool:
        return all(replica.stop_training for replica in self.replicas)

    def train_epoch(self, program: Program, epoch: int, last: bool) -> None:
        order = np.stack([replica.begin_epoch(epoch) for replica in self.replicas])
        self._state, logs = program.train_epoch(self._state, order)
        validation = program.evaluate(self._state)
        logs |= {f"val_{name}": values for name, values in validation.items()}
        for index, replica in enumerate(self.replicas):
            # one that has ended goes through the arithmetic of the others, and nobody looks
            if not replica.stop_training:
                own = {name: float(values[index]) for name, values in logs.items()}
                weights = [values[index] for values in (*self._state[0], *self._state[1])]
                replica.end_epoch(epoch, own, weights, last)


def train_replicas(
    experiment: Experiment, dataset: Dataset, seeds: Sequence[int], told: Told
) -> list[Trained]:
    """Train one experiment from several seeds at once.

    A replica that diverges or stops early is left as it was then, while the others go on.

    Args:
        experiment: one of the keras engine, profile applied.
        dataset: the images.
        seeds: one a replica.
        told: called after each epoch of all replicas, with their mean accuracy.
    """
    train, test = prepare_sets(experiment, dataset)
    model, replicas = fit_replicas(experiment, train, test, seeds, told)
    outcomes = []
    for replica in replicas:
        variables = (*model.trainable_variables, *model.non_trainable_variables)
        for variable, value in zip(variables, replica.get_weights(), strict=True):
            variable.assign(value)
        outcomes.append(
            outcome_of(model, experiment, train, test, replica.history, replica.observer)
        )
    return outcomes


def fit_replicas(
    experiment: Experiment, train: ImageSet, test: ImageSet, seeds: Sequence[int], told: Told
) -> tuple[keras.Model, list[Replica]]:
    """The model, with any weights, and the replicas, with those that their trainings left."""
    model, state = begin(experiment, test, seeds)
    one_team = together(experiment)
    program = Program(model, train, test, experiment.batch_size, loop=one_team)
    replicas = [Replica(seed, experiment, model.metrics) for seed in seeds]
    teams = (
        [_Team(replicas, state)]
        if one_team
        else [_Team([replica], _slice(state, i)) for i, replica in enumerate(replicas)]
    )
    epochs = experiment.epochs or 0
    for epoch in range(epochs):
        for team in teams:
            if not team.ended:
                team.train_epoch(program, epoch, last=epoch + 1 == epochs)
        told(epoch + 1, epochs, _accuracy(replicas))
    return model, replicas


def _slice(state: State, index: int) -> State:
    one: State = jax.tree.map(lambda values: values[index : index + 1], state)
    return one


def _accuracy(replicas: Sequence[Replica]) -> float:
    """On the test images, the mean over the replicas so far."""
    latest = [replica.history["val_accuracy"][-1] for replica in replicas]
    return math.fsum(latest) / len(latest)
