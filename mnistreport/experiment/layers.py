"""Layers: Keras class names and arguments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from mnistreport.experiment.record import Activation, Count, Decay, Record


class Dense(Record):
    """A fully connected layer (keras.layers.Dense)."""

    kind: Literal["Dense"] = Field(alias="class")
    units: Count
    activation: Activation


class Conv2D(Record):
    """A 2-D convolution, stride 1 (keras.layers.Conv2D)."""

    kind: Literal["Conv2D"] = Field(alias="class")
    filters: Count
    kernel_size: Count
    padding: Literal["valid", "same"]
    activation: Activation


class MaxPooling2D(Record):
    """Max pooling with the stride of its window (keras.layers.MaxPooling2D)."""

    kind: Literal["MaxPooling2D"] = Field(alias="class")
    pool_size: Count


class AveragePooling2D(Record):
    """Average pooling with the stride of its window (keras.layers.AveragePooling2D)."""

    kind: Literal["AveragePooling2D"] = Field(alias="class")
    pool_size: Count


class Flatten(Record):
    """Flattening of an image or feature map (keras.layers.Flatten)."""

    kind: Literal["Flatten"] = Field(alias="class")


class Dropout(Record):
    """Dropout of a share of the units while training (keras.layers.Dropout)."""

    kind: Literal["Dropout"] = Field(alias="class")
    rate: Decay


class BatchNormalization(Record):
    """Batch normalization (keras.layers.BatchNormalization)."""

    kind: Literal["BatchNormalization"] = Field(alias="class")
    momentum: Decay
    epsilon: PositiveFloat


Layer = Annotated[
    Dense | Conv2D | MaxPooling2D | AveragePooling2D | Flatten | Dropout | BatchNormalization,
    Field(discriminator="kind"),
]
