"""Claims as data: what `reference/claims.toml` may hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from mnistreport.experiment.record import Count, Record
from mnistreport.run import METRICS


def _metric(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"is no metric; known: {', '.join(METRICS)}")
    return name


MetricName = Annotated[str, AfterValidator(_metric)]
CurveName = Literal[
    "loss",
    "accuracy",
    "binary_accuracy",
    "val_loss",
    "val_accuracy",
    "val_binary_accuracy",
    "train_loss",
    "train_accuracy",
    "test_loss",
    "test_accuracy",
]


class Metric(Record):
    """A metric after training; with `minus`, its distance from another metric."""

    of: Literal["metric"]
    name: MetricName
    minus: MetricName | None = None

    @property
    def accuracy(self) -> bool:
        """Whether differences are told in percentage points."""
        return self.name.endswith("accuracy")


class Curve(Record):
    """One number from a history; with `minus`, from its distance to another curve, step by step.

    `take` is its mean over all steps, its last value, or its change since step `since` (from 1).
    """

    of: Literal["curve"]
    name: CurveName
    minus: CurveName | None = None
    take: Literal["mean", "last", "change"]
    since: Count | None = None

    @model_validator(mode="after")
    def _since_belongs_to_change(self) -> Self:
        if (self.since is not None) != (self.take == "change"):
            raise ValueError("since goes with take = 'change', and with no other")
        return self

    @property
    def accuracy(self) -> bool:
        """Whether differences are told in percentage points."""
        return self.name.endswith("accuracy")


class Gradients(Record):
    """How much of the loss's gradient reaches the first layer before any training.

    log10 of the norm of the gradient by the first layer's sums over that by the last layer's.
    """

    of: Literal["gradients"]

    @property
    def accuracy(self) -> bool:
        """It is no accuracy."""
        return False


Measure = Annotated[Metric | Curve | Gradients, Field(discriminator="of")]


class _Comparison(Record):
    left: str = Field(min_length=1)
    measure: Measure
    why: str = Field(min_length=1)


class Above(_Comparison):
    """Left's measure, or where there is a right one the difference, exceeds `least`."""

    kind: Literal["above"]
    right: str = ""
    least: float

    @property
    def rights(self) -> tuple[str, ...]:
        """The experiments that left is compared with; "" where it stands alone."""
        return (self.right,)


class Most(_Comparison):
    """Left's measure exceeds that of each of the others by `least`."""

    kind: Literal["most"]
    others: tuple[str, ...] = Field(strict=False, min_length=1)
    least: float

    @property
    def rights(self) -> tuple[str, ...]:
        """The experiments that left is compared with."""
        return self.others


class Within(_Comparison):
    """Left's measure, or where there is a right one the difference, is in `low`..`high`."""

    kind: Literal["within"]
    right: str = ""
    low: float
    high: float

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        return self

    @property
    def rights(self) -> tuple[str, ...]:
        """The experiments that left is compared with; "" where it stands alone."""
        return (self.right,)


class Beside(_Comparison):
    """Left's measure beside a band of somebody else's, `low`..`high`: this decides nothing."""

    kind: Literal["beside"]
    low: float
    high: float

    @property
    def rights(self) -> tuple[str, ...]:
        """It stands alone."""
        return ("",)


Comparison = Annotated[Above | Most | Within | Beside, Field(discriminator="kind")]


class Claim(Record):
    """A claim of a document in our words; it holds where all of its comparisons do.

    `note` says what a reader should know who judges the comparison.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    document: str = Field(min_length=1, max_length=100)
    source: str = Field(min_length=1)
    claim: str = Field(min_length=1)
    comparisons: tuple[Comparison, ...] = Field(strict=False, min_length=1)
    note: str = ""

    def experiments(self) -> Iterator[str]:
        """The experiments that it names, some of them more than once."""
        for comparison in self.comparisons:
            yield comparison.left
            yield from filter(None, comparison.rights)
