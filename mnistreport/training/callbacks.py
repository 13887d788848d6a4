"""Callbacks: Keras 2's early stopping, and the observer of a running training."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import keras

from mnistreport.experiment import EarlyStopping
from mnistreport.training.trained import Recorder


class Keras2EarlyStopping(keras.callbacks.EarlyStopping):
    """Early stopping that restores the best weights only where it stopped the training itself.

    Keras 3 restores them at the end of every training. Keras 2 (to 2.15) did it inside
    `on_epoch_end`, when patience ran out: a training that reached its last epoch kept its last
    weights (keras issue 12511). Every training of document E did, so its figures are those.
    """

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.stopped_epoch > 0:
            super().on_train_end(logs)


class Observer(keras.callbacks.Callback):
    """Times the epochs, reports each one's end, and stops where the loss is no number any more.

    Args:
        told: called with (epochs done, accuracy on the test images so far) after each epoch.
    """

    def __init__(self, told: Callable[[int, float], None]) -> None:
        super().__init__()
        self.told = told
        self.seconds: list[float] = []
        self.diverged_at: int | None = None
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.seconds.append(time.perf_counter() - self._began)
        logs = logs or {}
        if not math.isfinite(logs.get("loss", math.nan)):
            self.diverged_at = epoch + 1
            self.model.stop_training = True
        self.told(epoch + 1, float(logs.get("val_accuracy", math.nan)))


class Batches(keras.callbacks.Callback):
    """Gives a recorder the figures of each batch, and those of each epoch.

    Keras tells the mean of an epoch so far. A batch's own figure is the difference of two sums,
    right to the rounding of float32 sums: about 1e-7 of the mean for each batch of the epoch.

    Args:
        recorder: is told.
        images: in an epoch.
        size: of a batch; the last of an epoch may be smaller.
    """

    def __init__(self, recorder: Recorder, images: int, size: int) -> None:
        super().__init__()
        self._recorder = recorder
        self._images = images
        self._size = size
        self._seen = 0
        self._sums: dict[str, float] = {}

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._seen = 0
        self._sums = {}

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        before, self._seen = self._seen, min(self._seen + self._size, self._images)
        sums = {name: float(mean) * self._seen for name, mean in (logs or {}).items()}
        images = self._seen - before
        self._recorder.batch(
            {name: (total - self._sums.get(name, 0.0)) / images for name, total in sums.items()}
        )
        self._sums = sums

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._recorder.epoch(epoch, {name: float(value) for name, value in (logs or {}).items()})


_CLASSES = {
    "keras.EarlyStopping": keras.callbacks.EarlyStopping,
    "keras2.EarlyStopping": Keras2EarlyStopping,
}


def make_callback(spec: EarlyStopping) -> keras.callbacks.Callback:
    """The Keras callback that a record describes."""
    return _CLASSES[spec.kind](**spec.model_dump(exclude={"kind"}), mode=spec.mode, verbose=0)
