"""Experiments as data: what one published training is made of.

An `Experiment` is a frozen, validated record. It names no default that a framework release
could change: every hyperparameter of every layer and optimizer is a required field.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    model_validator,
)

Profile = Literal["quick", "published"]
PROFILES: tuple[Profile, ...] = ("quick", "published")

#: How many of something; no training has a thousand million of anything.
Count = Annotated[int, Field(gt=0, le=10**9)]
#: Gradient averaging rates lie in [0, 1).
Decay = Annotated[float, Field(ge=0, lt=1)]
Activation = Literal["linear", "relu", "sigmoid", "softmax", "tanh", "elu", "selu", "gelu"]


class Record(BaseModel):
    """A frozen record that refuses unknown fields, strings for numbers, and NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


# --- layers: Keras class names and arguments ---------------------------------------------


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


# --- optimizers: `keras.` is Keras 3's class, `keras2.` Keras 2's rule, `numpy.` document D's --


class _Optimizer(Record):
    learning_rate: PositiveFloat


class KerasSGD(_Optimizer):
    """w += m; m = momentum*m - lr*g (Keras 2 and 3 alike)."""

    kind: Literal["keras.SGD"] = Field(alias="class")
    momentum: Decay
    nesterov: bool


class KerasRMSprop(_Optimizer):
    """Keras 3's RMSprop: epsilon inside the square root."""

    kind: Literal["keras.RMSprop"] = Field(alias="class")
    rho: Decay
    momentum: Decay
    epsilon: NonNegativeFloat
    centered: bool


class KerasAdagrad(_Optimizer):
    """Keras 3's Adagrad: epsilon inside the square root."""

    kind: Literal["keras.Adagrad"] = Field(alias="class")
    initial_accumulator_value: NonNegativeFloat
    epsilon: NonNegativeFloat


class KerasAdadelta(_Optimizer):
    """Adadelta (Keras 2 and 3 share the rule, not the default learning rate)."""

    kind: Literal["keras.Adadelta"] = Field(alias="class")
    rho: Decay
    epsilon: NonNegativeFloat


class KerasAdam(_Optimizer):
    """Adam (Keras 2 and 3 share the rule)."""

    kind: Literal["keras.Adam"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat
    amsgrad: bool


class KerasAdamax(_Optimizer):
    """Adamax (Keras 2 and 3 share the rule, not the default learning rate)."""

    kind: Literal["keras.Adamax"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat


class KerasNadam(_Optimizer):
    """Keras 3's Nadam, whose momentum schedule decays 250 times faster than Keras 2's."""

    kind: Literal["keras.Nadam"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat


class Keras2RMSprop(_Optimizer):
    """Keras 2's RMSprop: g / (sqrt(v) + epsilon)."""

    kind: Literal["keras2.RMSprop"] = Field(alias="class")
    rho: Decay
    epsilon: NonNegativeFloat


class Keras2Adagrad(_Optimizer):
    """Keras 2's Adagrad: g / (sqrt(sum of g^2) + epsilon), the sum starting at 0."""

    kind: Literal["keras2.Adagrad"] = Field(alias="class")
    epsilon: NonNegativeFloat


class Keras2Nadam(_Optimizer):
    """Keras 2's Nadam with its momentum schedule."""

    kind: Literal["keras2.Nadam"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat
    schedule_decay: NonNegativeFloat


class NumpySGD(_Optimizer):
    """w -= lr*g."""

    kind: Literal["numpy.SGD"] = Field(alias="class")


class NumpyMomentum(_Optimizer):
    """v = beta*v + lr*g; w -= v."""

    kind: Literal["numpy.Momentum"] = Field(alias="class")
    beta: Decay


class NumpyNesterov(_Optimizer):
    """v = beta*v + lr*g; w -= beta*v + lr*g."""

    kind: Literal["numpy.Nesterov"] = Field(alias="class")
    beta: Decay


class NumpyAdaGrad(_Optimizer):
    """u += g^2; w -= lr*g / (sqrt(u) + epsilon)."""

    kind: Literal["numpy.AdaGrad"] = Field(alias="class")
    epsilon: NonNegativeFloat


class NumpyRMSprop(_Optimizer):
    """u = beta*u + (1-beta)*g^2; w -= lr*g / (sqrt(u) + epsilon)."""

    kind: Literal["numpy.RMSprop"] = Field(alias="class")
    beta: Decay
    epsilon: NonNegativeFloat


class NumpyAdam(_Optimizer):
    """Adam with both moments corrected for their bias, epsilon outside the square root."""

    kind: Literal["numpy.Adam"] = Field(alias="class")
    beta_1: Decay
    beta_2: Decay
    epsilon: NonNegativeFloat


Optimizer = Annotated[
    KerasSGD
    | KerasRMSprop
    | KerasAdagrad
    | KerasAdadelta
    | KerasAdam
    | KerasAdamax
    | KerasNadam
    | Keras2RMSprop
    | Keras2Adagrad
    | Keras2Nadam
    | NumpySGD
    | NumpyMomentum
    | NumpyNesterov
    | NumpyAdaGrad
    | NumpyRMSprop
    | NumpyAdam,
    Field(discriminator="kind"),
]


# --- the rest of a recipe ---------------------------------------------------------------


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


class Published(Record):
    """The final figures that a document published, and the digits after the point it gave.

    Accuracies are fractions. `rounding` is half of the last printed digit's unit.
    """

    test_accuracy: float | None = Field(default=None, ge=0, le=1)
    train_accuracy: float | None = Field(default=None, ge=0, le=1)
    test_binary_accuracy: float | None = Field(default=None, ge=0, le=1)
    test_loss: NonNegativeFloat | None = None
    final_loss: NonNegativeFloat | None = None
    parameters: Count | None = None
    rounding: NonNegativeFloat = 0.0
    note: str = ""

    def figures(self) -> dict[str, float]:
        """The published metrics by the names that runs use."""
        return {
            name: value
            for name, value in self.model_dump(exclude={"rounding", "note"}).items()
            if value is not None
        }


class Overrides(Record):
    """What the quick profile changes: the amount of data and of training, nothing else."""

    train: Count | None = None
    test: Count | None = None
    epochs: Count | None = None
    iterations: Count | None = None
    evaluate_every: Count | None = None


class Experiment(Record):
    """One training, completely specified.

    Pixels are `image / pixel_divisor` in float32: 1 leaves 0..255, 255 gives 0..1.
    `train` and `test` count the first images of each set that are used. The Keras engine takes
    `epochs` over reshuffled data; the NumPy engine takes `iterations`, each on a batch drawn with
    replacement, and evaluates at iterations 0, evaluate_every, 2*evaluate_every, ...
    """

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*(/[A-Za-z0-9][A-Za-z0-9_.+-]*)*$", max_length=100
    )
    document: str = Field(min_length=1, max_length=100)
    title: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1)
    engine: Literal["keras", "numpy"]
    input_shape: tuple[Count, ...] = Field(strict=False)
    pixel_divisor: PositiveFloat
    train: Count
    test: Count
    layers: tuple[Layer, ...] = Field(strict=False, min_length=1)
    kernel_initializer: KernelInitializer
    loss: Loss
    metrics: tuple[Literal["accuracy", "binary_accuracy"], ...] = Field(strict=False)
    optimizer: Optimizer
    batch_size: Count
    epochs: Count | None = None
    iterations: Count | None = None
    evaluate_every: Count | None = None
    callbacks: tuple[EarlyStopping, ...] = Field(default=(), strict=False)
    seed: NonNegativeInt | None = None
    claim: str = ""
    published: Published = Published()
    quick: Overrides = Overrides()

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        faults = [*self._engine_faults(), *self._shape_faults()]
        if "accuracy" not in self.metrics:
            faults.append("metrics must contain 'accuracy', which every report shows")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _engine_faults(self) -> list[str]:
        faults = []
        if self.engine == "keras":
            if self.epochs is None:
                faults.append("the keras engine needs epochs")
            numpy_fields = (self.iterations, self.evaluate_every)
            if any((*numpy_fields, self.quick.iterations, self.quick.evaluate_every)):
                faults.append("iterations and evaluate_every belong to the numpy engine")
            if self.optimizer.kind.startswith("numpy."):
                faults.append(f"optimizer {self.optimizer.kind} does not run on the keras engine")
        else:
            if not self.iterations or not self.evaluate_every:
                faults.append("the numpy engine needs iterations and evaluate_every")
            if self.epochs or self.callbacks or self.quick.epochs:
                faults.append("epochs and callbacks belong to the keras engine")
            if not self.optimizer.kind.startswith("numpy."):
                faults.append(f"optimizer {self.optimizer.kind} does not run on the numpy engine")
            hidden = [(layer.kind, getattr(layer, "activation", "")) for layer in self.layers[:-1]]
            if any(layer != ("Dense", "relu") for layer in hidden):
                faults.append("hidden layers of the numpy engine are Dense with relu")
            if self.loss.kind != "CategoricalCrossentropy" or self.loss.from_logits:
                faults.append("the numpy engine trains CategoricalCrossentropy on probabilities")
            if self.kernel_initializer.kind != "RandomNormal":
                faults.append("the numpy engine starts from RandomNormal weights")
        return faults

    def _shape_faults(self) -> list[str]:
        faults = []
        pixels = 1
        for size in self.input_shape:
            pixels *= size
        if pixels != 28 * 28:
            faults.append(f"input_shape {list(self.input_shape)} does not hold 28x28 pixels")
        last = self.layers[-1]
        if not isinstance(last, Dense) or last.units != 10:
            faults.append("the last layer must be Dense with 10 units, one a digit")
        else:
            wanted = "linear" if self.loss.from_logits else "softmax"
            if last.activation != wanted:
                faults.append(
                    f"with from_logits = {str(self.loss.from_logits).lower()} the last layer's "
                    f"activation must be {wanted!r}, not {last.activation!r}"
                )
        return faults

    def for_profile(self, profile: Profile, available: tuple[int, int]) -> Experiment:
        """The experiment that `profile` really trains on a dataset of that size.

        Args:
            profile: "published" changes nothing; "quick" applies the entry's overrides.
            available: (training, test) images that the dataset has; counts are cut to it.
        """
        changes = {}
        if profile == "quick":
            changes = self.quick.model_dump(exclude_none=True)
        counts = {
            "train": min(changes.get("train", self.train), available[0]),
            "test": min(changes.get("test", self.test), available[1]),
        }
        return self.model_copy(update={**changes, **counts})

    def recipe(self) -> str:
        """A digest (16 hex digits) of all that decides how the training goes, and nothing else."""
        told = {"document", "title", "source", "claim", "published", "quick", "seed", "name"}
        recipe = self.model_dump(mode="json", by_alias=True, exclude=told)
        return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]

    def seed_for(self, asked: int | None) -> int:
        """The seed asked for, else the document's own, else 0."""
        if asked is not None:
            return asked
        return 0 if self.seed is None else self.seed
