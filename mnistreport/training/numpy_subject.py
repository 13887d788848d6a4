"""The NumPy engine as the conformance suite examines it: one step or one batch at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistreport.experiment import Experiment
from mnistreport.training.numpy_engine import NumpyParts

Array = NDArray[np.float64]


def train_by_steps(
    parts: NumpyParts,
    experiment: Experiment,
    weights: Sequence[Array],
    x: Array,
    y: Array,
) -> list[tuple[float, list[Array]]]:
    """Train as the engine would, from given weights on given batches.

    Args:
        parts: of the engine.
        experiment: its optimizer.
        weights: W1, b1, ... to start from.
        x: (steps, batch, inputs).
        y: one-hot, (steps, batch, classes).

    Returns:
        Of each step the loss before it and the weights after it.
    """
    sizes = (len(weights[0]), *(len(biases) for biases in weights[1::2]))
    network = parts.network(sizes, 0.0, np.random.RandomState(0))
    for own, given in zip(network.parameters, weights, strict=True):
        own[...] = given
    update = parts.update(experiment.optimizer, network.parameters)
    moments = []
    for images, labels in zip(x, y.argmax(axis=-1), strict=True):
        loss, gradients = network.gradients(images, labels)
        update(gradients)
        moments.append((loss, [array.copy() for array in network.parameters]))
    return moments


def drawn(parts: NumpyParts, seed: int, count: int, size: int, batches: int) -> NDArray[np.int64]:
    """The images of the first batches, (batches, size), of so many."""
    random = np.random.RandomState(seed)
    return np.stack([parts.draw(random, count, size) for _ in range(batches)])
