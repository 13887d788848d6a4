"""The rest of a recipe: loss, first weights, early stopping."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, model_validator

from mnistreport.experiment.record import Record


class Loss(Record):
    """A loss: Keras 3's class by its name, or with `keras2.` the rule of Keras 1 and 2.

    Keras 3 computes on the logits behind a softmax, Keras 1 and 2 on clipped probabilities.
    """

    kind: Literal[
        "CategoricalCrossentropy",
        "SparseCategoricalCrossentropy",
        "BinaryCrossentropy",
        "keras2.CategoricalCrossentropy",
        "keras2.BinaryCrossentropy",
    ] = Field(alias="class")
    from_logits: bool

    @model_validator(mode="after")
    def _keras_2_takes_probabilities(self) -> Self:
        if self.from_logits and self.kind.startswith("keras2."):
            raise ValueError(f"{self.kind} is computed on probabilities: from_logits = false")
        return self


class KernelInitializer(Record):
    """How weight matrices start; `stddev` belongs to RandomNormal."""

    kind: Literal["GlorotUniform", "GlorotNormal", "HeNormal", "RandomNormal", "Zeros"] = Field(
        alias="class"
    )
    stddev: PositiveFloat | None = None

    @model_validator(mode="after")
    def _stddev_belongs_to_random_normal(self) -> Self:
        if (self.stddev is not None) != (self.kind == "RandomNormal"):
            raise ValueError("stddev goes with RandomNormal, and with no other initializer")
        return self


class EarlyStopping(Record):
    """Early stopping; `monitor` is a name of the history.

    Keras 2 restores the best weights only where it stopped the training, Keras 3 always.
    """

    kind: Literal["keras.EarlyStopping", "keras2.EarlyStopping"] = Field(alias="class")
    monitor: Literal["loss", "accuracy", "val_loss", "val_accuracy"]
    min_delta: NonNegativeFloat
    patience: NonNegativeInt
    restore_best_weights: bool

    @property
    def mode(self) -> Literal["min", "max"]:
        """Whether the least or the greatest value is the best one."""
        return "max" if self.monitor.endswith("accuracy") else "min"

    def kept(self, history: Mapping[str, Sequence[float]]) -> int | None:
        """The epoch, from 0, whose weights it puts back at the end; None where it leaves the last.

        Args:
            history: one value an epoch, by Keras' names.
        """
        sign = 1.0 if self.mode == "max" else -1.0
        best, best_epoch, stopped = -math.inf, 0, False
        for epoch, value in enumerate(history[self.monitor]):
            if sign * value - self.min_delta > best:
                best, best_epoch = sign * value, epoch
            elif epoch - best_epoch >= self.patience and epoch > 0:
                stopped = True
        always = self.kind == "keras.EarlyStopping"
        return best_epoch if self.restore_best_weights and (stopped or always) else None
