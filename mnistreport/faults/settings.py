"""Faults in the data and in the amounts: images, labels, batch size, epochs, early stopping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment
from mnistreport.faults.fault import Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Labels = NDArray[np.uint8]

_CLASSES = 10
Planted = tuple[Experiment, Dataset]


def pixels_divided_by(divisor: float) -> Setting:
    """Another scale of the pixels."""
    return _with(lambda experiment: {"pixel_divisor": divisor})


def share_of_the_data(share: float) -> Setting:
    """Only the first part of the training images."""
    return _with(lambda experiment: {"train": round(experiment.train * share)})


def batch_times(factor: int) -> Setting:
    """Larger batches."""
    return _with(lambda experiment: {"batch_size": experiment.batch_size * factor})


def one_epoch_fewer(experiment: Experiment, dataset: Dataset, _: object) -> Planted:
    """The last epoch left out; with the NumPy engine the last interval between evaluations."""
    if experiment.engine == "numpy":
        fewer = (experiment.iterations or 0) - (experiment.evaluate_every or 0)
        return experiment.model_copy(update={"iterations": fewer}), dataset
    return experiment.model_copy(update={"epochs": (experiment.epochs or 0) - 1}), dataset


def last_weights_kept(experiment: Experiment, dataset: Dataset, _: object) -> Planted:
    """Early stopping that does not restore the best weights."""
    callbacks = tuple(
        callback.model_copy(update={"restore_best_weights": False})
        for callback in experiment.callbacks
    )
    return experiment.model_copy(update={"callbacks": callbacks}), dataset


def best_weights_always(experiment: Experiment, dataset: Dataset, _: object) -> Planted:
    """Early stopping by Keras 3's rule, which restores the best weights after every training."""
    callbacks = tuple(
        callback.model_copy(update={"kind": "keras.EarlyStopping"})
        for callback in experiment.callbacks
    )
    return experiment.model_copy(update={"callbacks": callbacks}), dataset


def _with(changes: Callable[[Experiment], dict[str, object]]) -> Setting:
    return lambda experiment, dataset, random: (
        experiment.model_copy(update=changes(experiment)),
        dataset,
    )


def label_noise(share: float) -> Setting:
    """A share of the training labels wrong, each as likely one of the nine others."""

    def other(experiment: Experiment, dataset: Dataset, random: np.random.RandomState) -> Planted:
        labels = dataset.y_train.copy()
        wrong = random.permutation(experiment.train)[: round(share * experiment.train)]
        shifts = random.randint(1, _CLASSES, len(wrong))
        labels[wrong] = (labels[wrong] + shifts) % _CLASSES
        return experiment, replace(dataset, y_train=labels)

    return other


def class_thinned(digit: int, kept: float) -> Setting:
    """Most training images of one digit lost; the others stay, in their order."""

    def other(experiment: Experiment, dataset: Dataset, random: np.random.RandomState) -> Planted:
        labels = dataset.y_train[: experiment.train]
        here = (labels == digit).nonzero()[0]
        lost = random.permutation(here)[round(kept * len(here)) :]
        keep = ~_marked(len(labels), lost)
        return experiment.model_copy(update={"train": int(keep.sum())}), replace(
            dataset,
            x_train=dataset.x_train[: experiment.train][keep],
            y_train=labels[keep],
        )

    return other


def _marked(count: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    import numpy as np

    marks = np.zeros(count, dtype=bool)
    marks[rows] = True
    return marks


def test_among_training(
    experiment: Experiment, dataset: Dataset, random: np.random.RandomState
) -> Planted:
    """The test images in the place of as many training images."""
    images, labels = dataset.x_train[: experiment.train].copy(), dataset.y_train.copy()
    leaked = min(experiment.test, experiment.train)
    rows = random.permutation(experiment.train)[:leaked]
    images[rows] = dataset.x_test[:leaked]
    labels[rows] = dataset.y_test[:leaked]
    return experiment, replace(dataset, x_train=images, y_train=labels)


def test_labels_shifted(experiment: Experiment, dataset: Dataset, _: object) -> Planted:
    """Each test image with the label of the one before it."""
    labels = dataset.y_test[: experiment.test]
    shifted = dataset.y_test.copy()
    shifted[: experiment.test] = labels[[-1, *range(len(labels) - 1)]]
    return experiment, replace(dataset, y_test=shifted)
