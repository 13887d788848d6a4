"""The rest of a recipe: loss, first weights, early stopping."""

from __future__ import annotations

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
