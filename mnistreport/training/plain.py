"""The documents' own way of training, to be timed beside ours: nothing here makes a result.

`Model.fit` at Keras' defaults, and document D's NumPy loop with no thought for the cache; one
training at a time, the libraries free to use all cores and to choose their kernels.
"""

from __future__ import annotations

import time
from pathlib import Path

import keras
import numpy as np

from mnistreport.data import open_shared
from mnistreport.dataset import Dataset
from mnistreport.experiment import Dense, Experiment
from mnistreport.training.callbacks import Observer
from mnistreport.training.feed import prepare_sets
from mnistreport.training.keras_engine import build_model
from mnistreport.training.numpy_network import Network, softmax, update_rule


def time_plain(experiment: Experiment, folder: Path) -> tuple[float, list[float]]:
    """Train once; return (seconds in all, seconds of each epoch or evaluation).

    Args:
        experiment: profile applied, cut to the epochs or iterations to be timed.
        folder: the dataset that `mnistreport.data.share` wrote.
    """
    dataset = open_shared(folder)
    began = time.perf_counter()
    epochs = (plain_numpy if experiment.engine == "numpy" else plain_keras)(experiment, dataset)
    return time.perf_counter() - began, epochs


def plain_keras(experiment: Experiment, dataset: Dataset) -> list[float]:
    """`Model.fit` as a document calls it; seconds of each epoch."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    train, test = prepare_sets(experiment, dataset)
    model = build_model(experiment)
    model.steps_per_execution = 1
    observer = Observer(lambda done, accuracy: None)
    model.fit(
        train.x,
        train.y,
        batch_size=experiment.batch_size,
        epochs=experiment.epochs or 0,
        validation_data=(test.x, test.y),
        callbacks=[observer],
        verbose=0,
    )
    model.evaluate(test.x, test.y, verbose=0)
    model.evaluate(train.x, train.y, verbose=0)
    return observer.seconds


def plain_numpy(experiment: Experiment, dataset: Dataset) -> list[float]:
    """The NumPy loop; seconds up to and with each evaluation."""
    divisor = experiment.pixel_divisor
    x_train, x_test = (
        images[:count].reshape(count, -1) / divisor
        for images, count in (
            (dataset.x_train, experiment.train),
            (dataset.x_test, experiment.test),
        )
    )
    random = np.random.RandomState(0)
    units = [layer.units for layer in experiment.layers if isinstance(layer, Dense)]
    network = Network((784, *units), experiment.kernel_initializer.stddev or 0.01, random)
    rule = update_rule(experiment.optimizer)
    states = [[np.zeros_like(p), np.zeros_like(p)] for p in network.parameters]
    seconds = []
    began = time.perf_counter()
    for iteration in range(experiment.iterations or 0):
        batch = random.choice(len(x_train), experiment.batch_size)
        _, gradients = network.gradients(x_train[batch], dataset.y_train[batch])
        for p, g, state in zip(network.parameters, gradients, states, strict=True):
            rule(p, g, state, iteration + 1)
        if iteration % (experiment.evaluate_every or 1) == 0:
            for images, labels in ((x_train, dataset.y_train), (x_test, dataset.y_test)):
                found = softmax(network.logits(images)).argmax(axis=1)
                np.mean(found == labels[: len(images)])
            seconds.append(time.perf_counter() - began)
            began = time.perf_counter()
    return seconds
