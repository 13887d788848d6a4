"""A published figure and what our seeds say of it, as records."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from mnistreport.messages import Text


class Fidelity(StrEnum):
    """What became of a published figure.

    REPRODUCED: inside the 95% interval, or the document's own seed gives it digit for digit;
    PLAUSIBLE: inside the 99.9% interval; NOT_REPRODUCED: beyond; INCONCLUSIVE: nothing can be said.
    """

    REPRODUCED = "reproduced"
    PLAUSIBLE = "plausible"
    NOT_REPRODUCED = "not reproduced"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Figure:
    """One published figure and what our seeds say of it; all in the metric's own unit.

    `step` is the epoch or iteration that it was printed for, None for the end of the training.
    `mean` is that of our seeds, `low`..`high` their 95% and `wide_low`..`wide_high` their 99.9%
    interval, before the rounding widens them; None where there are fewer than LEAST_SEEDS seeds.
    `categorical` is our mean test accuracy beside a binary accuracy, and `reason` one sentence,
    empty where the verdict says all.
    """

    experiment: str
    metric: str
    step: int | None
    published: float
    rounding: float
    seeds: int
    mean: float | None
    low: float | None
    high: float | None
    wide_low: float | None
    wide_high: float | None
    verdict: Fidelity
    replays: bool = False
    categorical: float | None = None
    reason: Text = ""

    @property
    def inside(self) -> bool | None:
        """Whether it lies in the 95% band; None where there is none."""
        if self.low is None or self.high is None:
            return None
        return self.low - self.rounding <= self.published <= self.high + self.rounding


@dataclass(frozen=True)
class CurveFigures:
    """The published figures of one curve, in the order of their steps."""

    experiment: str
    name: str
    figures: tuple[Figure, ...]

    @property
    def share_inside(self) -> float | None:
        """The share of its figures inside the 95% band; None where there is no band yet."""
        judged = [figure.inside for figure in self.figures if figure.inside is not None]
        return sum(judged) / len(judged) if judged else None

    def count(self, verdict: Fidelity) -> int:
        """How many of its figures have a verdict."""
        return sum(figure.verdict is verdict for figure in self.figures)

    @property
    def replays(self) -> int:
        """How many of its figures replay."""
        return sum(figure.replays for figure in self.figures)


@dataclass(frozen=True)
class PublishedFigures:
    """Every published figure of one experiment."""

    experiment: str
    finals: tuple[Figure, ...]
    curves: tuple[CurveFigures, ...]


def as_printed(value: float, rounding: float) -> str:
    """A value with the digits that a figure of that rounding was printed with."""
    if rounding <= 0:
        return f"{value:g}"
    return f"{value:.{max(0, round(-math.log10(2 * rounding)))}f}"
