"""A whole entry of the catalog, and the digest of what decides its training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, model_validator

from mnistreport.experiment.layers import Dense, Layer
from mnistreport.experiment.optimizers import Optimizer
from mnistreport.experiment.parts import EarlyStopping, KernelInitializer, Loss
from mnistreport.experiment.record import Count, Record

Engine = Literal["keras", "numpy"]
Profile = Literal["quick", "published"]
PROFILES: tuple[Profile, ...] = ("quick", "published")


class Published(Record):
    """The final figures that a document published, and the digits after the point it gave.

    Accuracies are fractions. `rounding` is half of the last printed digit's unit; `roundings` has
    that of the figures which were printed with more digits or fewer than the others.
    """

    test_accuracy: float | None = Field(default=None, ge=0, le=1)
    train_accuracy: float | None = Field(default=None, ge=0, le=1)
    test_binary_accuracy: float | None = Field(default=None, ge=0, le=1)
    test_loss: NonNegativeFloat | None = None
    final_loss: NonNegativeFloat | None = None
    parameters: Count | None = None
    rounding: NonNegativeFloat = 0.0
    roundings: dict[
        Literal[
            "test_accuracy", "train_accuracy", "test_binary_accuracy", "test_loss", "final_loss"
        ],
        NonNegativeFloat,
    ] = Field(default_factory=dict)
    note: str = ""

    def figures(self) -> dict[str, float]:
        """The published metrics by the names that runs use."""
        return {
            name: value
            for name, value in self.model_dump(exclude={"rounding", "roundings", "note"}).items()
            if value is not None
        }

    def rounding_of(self, metric: str) -> float:
        """How far the true figure may be from the printed one, in the metric's unit."""
        return next((v for name, v in self.roundings.items() if name == metric), self.rounding)


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
    engine: Engine
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

    def steps(self, epochs: int) -> int:
        """How often the weights are updated in so many epochs; all iterations in NumPy."""
        if self.engine == "numpy":
            return self.iterations or 0
        return epochs * -(-self.train // self.batch_size)

    def kept_epoch(self, history: Mapping[str, Sequence[float]]) -> int:
        """The epoch, from 0, whose weights a training of the keras engine ends with.

        Args:
            history: one value an epoch, by Keras' names.
        """
        last = len(history["loss"]) - 1
        for callback in self.callbacks:
            kept = callback.kept(history)
            last = last if kept is None else kept
        return last

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
