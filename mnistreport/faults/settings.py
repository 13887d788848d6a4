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


def _with(changes: Callable[[Experiment], dict[str, object]]) -> Setting:
    return lambda experiment, dataset, random: (
        experiment.model_copy(update=changes(experiment)),
        dataset,
    )


def _one_fewer(experiment: Experiment) -> dict[str, object]:
    if experiment.engine == "numpy":
        return {"iterations": (experiment.iterations or 0) - (experiment.evaluate_every or 0)}
    return {"epochs": (experiment.epochs or 0) - 1}


def _callbacks_with(**values: object) -> Setting:
    return _with(
        lambda experiment: {
            "callbacks": tuple(one.model_copy(update=values) for one in experiment.callbacks)
        }
    )


#: The last epoch left out; with the NumPy engine the last interval between evaluations.
one_epoch_fewer = _with(_one_fewer)
#: Early stopping that does not restore the best weights.
last_weights_kept = _callbacks_with(restore_best_weights=False)
#: Early stopping by Keras 3's rule, which restores the best weights after every training.
best_weights_always = _callbacks_with(kind="keras.EarlyStopping")


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
        import numpy as np

        labels = dataset.y_train[: experiment.train]
        here = (labels == digit).nonzero()[0]
        lost = random.permutation(here)[round(kept * len(here)) :]
        left = replace(
            dataset,
            x_train=np.delete(dataset.x_train[: experiment.train], lost, axis=0),
            y_train=np.delete(labels, lost),
        )
        return experiment.model_copy(update={"train": len(left.y_train)}), left

    return other


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
