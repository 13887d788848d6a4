"""What an engine hands back, before it is dressed as a `Run`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mnistreport.messages import Message
from mnistreport.observed import Observed
from mnistreport.run import LayerRow, Status

#: Told after each epoch or evaluation: (done, of how many, accuracy on the test images so far).
Told = Callable[[int, int, float], None]


class Recorder(Protocol):
    """Takes down the figures of a training as it goes on."""

    def batch(self, values: Mapping[str, float]) -> None:
        """Those of the next batch alone, by Keras' names."""

    def epoch(self, step: int, values: Mapping[str, float]) -> None:
        """Those of the history, after an epoch, from 0, or an iteration of document D."""


@dataclass(frozen=True)
class Trained:
    """The outcome of one training.

    `probabilities` are those of the test images, (n_test, 10) float32, None where it diverged.
    `observed` is what the engine saw; what the recipe asks for is left to who knows it.
    """

    status: Status
    reason: str
    metrics: dict[str, float]
    history: dict[str, list[float]]
    layers: tuple[LayerRow, ...]
    weight_norms: dict[str, float]
    probabilities: NDArray[np.float32] | None
    epoch_seconds: list[float] = field(default_factory=list)
    observed: Observed = field(default_factory=Observed)

    @property
    def parameters(self) -> int:
        """How many trainable numbers the model has."""
        return sum(row.parameters for row in self.layers)


def weight_norm(weights: Sequence[NDArray[np.floating]]) -> float:
    """The Euclidean norm of some weights together, summed in float64."""
    return math.sqrt(sum(float(np.sum(np.square(w, dtype=np.float64))) for w in weights))


def worst_class_accuracy(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """The least share of right answers among the classes that occur.

    Args:
        probabilities: (n, 10).
        labels: (n,), 0 to 9.
    """
    right = probabilities.argmax(axis=1) == labels
    return min(float(right[labels == digit].mean()) for digit in np.unique(labels))


def share_leaked(train: NDArray[np.uint8], test: NDArray[np.uint8]) -> float:
    """The share of the test images (n, 28, 28) that are among the training images, bit by bit."""
    known = {hash(image.tobytes()) for image in train}
    return sum(hash(image.tobytes()) in known for image in test) / len(test)


def not_finite(metrics: Mapping[str, float]) -> str:
    """Which metrics are NaN or infinite, as a sentence; empty where none is."""
    bad = [name for name, value in metrics.items() if not math.isfinite(value)]
    return str(Message("{metrics} became NaN or infinite", metrics=", ".join(bad))) if bad else ""
