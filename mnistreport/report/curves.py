"""Curves as records: what a chart draws, before anything draws it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mnistreport.messages import Message, Sentences, Text
from mnistreport.report.findings import Findings
from mnistreport.report.formats import short_name
from mnistreport.run import Run

#: x and y.
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One curve: `points` are finite (x, y); `slot` picks colour and marker.

    "full" is labelled; "published" is drawn dashed and "seed" thin, both behind, without a label.
    """

    label: Text
    points: tuple[Point, ...]
    slot: int
    kind: Literal["full", "published", "seed"] = "full"


@dataclass(frozen=True)
class Band:
    """A horizontal band between two values, with its meaning."""

    low: float
    high: float
    label: Message


@dataclass(frozen=True)
class Chart:
    """A plot of lines.

    Attributes:
        key: names it within the page.
        lines: the curves.
        x_label, y_label: the axes; `percent` writes fractions of the y axis in percent.
        y_limits: of the axis; from the curves where None.
        wide: a chart of a whole document, larger than an experiment's.
        ticks: names for x = 0, 1, 2, ... instead of numbers.
        band: drawn behind everything.
        switched: whether the page can hide each series.
    """

    key: str
    lines: tuple[Line, ...]
    x_label: Message
    y_label: Message
    percent: bool = False
    y_limits: tuple[float, float] | None = None
    wide: bool = False
    ticks: tuple[str, ...] = ()
    band: Band | None = None
    switched: bool = False

    @property
    def description(self) -> Message:
        """Where each labelled curve ends, in words."""
        ends = []
        for line in self.lines:
            if line.points and line.kind == "full":
                end = line.points[-1][1]
                told = f"{100 * end:.2f}%" if self.percent else f"{end:.4g}"
                ends.append(Sentences([line.label, told]))
        return Message(
            "{y} by {x}. At the end: {ends}.",
            y=self.y_label,
            x=self.x_label,
            ends=Sentences(ends or [Message("nothing")], ", "),
        )


@dataclass(frozen=True)
class Dots:
    """Points of one kind; `slot` picks colour and marker, `names` may stand beside each."""

    label: Text
    points: tuple[Point, ...]
    slot: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stroke:
    """A line among points; "edge" is thin, "area" filled and without an outline."""

    points: tuple[Point, ...]
    label: Text = ""
    kind: Literal["line", "edge", "area"] = "line"


@dataclass(frozen=True)
class Scatter:
    """Points in a square, both axes on one scale.

    Attributes:
        key: names it within the page.
        dots, strokes: what is drawn, strokes behind.
        limits: lowest and highest x, and y.
        description: what is seen, in words.
        notes: names of places.
        x_label, y_label: of axes with ticks; without them there are none.
    """

    key: str
    dots: tuple[Dots, ...]
    strokes: tuple[Stroke, ...]
    limits: tuple[Point, Point]
    description: Message
    notes: tuple[tuple[str, Point], ...] = ()
    x_label: str = ""
    y_label: str = ""


#: The names a metric has in the two engines' histories.
TRAIN_LOSS = ("loss", "train_loss")
TEST_LOSS = ("val_loss", "test_loss")
TRAIN_ACCURACY = ("accuracy", "train_accuracy")
TEST_ACCURACY = ("val_accuracy", "test_accuracy")


def points(
    history: dict[str, list[float]] | dict[str, list[float | None]], names: Sequence[str]
) -> tuple[Point, ...]:
    """The finite points of the first of `names` that a history has, by epoch from 1 or iteration.

    Args:
        history: of a run or a document, None or NaN where a value is missing.
        names: the metric's name in one engine, then in the other.
    """
    curve = next((history[name] for name in names if name in history), [])
    steps = history.get("iteration") or history.get("epoch") or range(1, len(curve) + 1)
    return tuple(
        (float(x), float(y))
        for x, y in zip(steps, curve, strict=False)
        if x is not None and y is not None and math.isfinite(y)
    )


def segments(curve: Sequence[Point]) -> list[list[Point]]:
    """A curve in parts, broken wherever its steps are wider than its narrowest."""
    steps = [b[0] - a[0] for a, b in itertools.pairwise(curve)]
    parts = [[curve[0]]]
    for step, point in zip(steps, curve[1:], strict=True):
        if step > min(steps):
            parts.append([])
        parts[-1].append(point)
    return parts


def step_name(run: Run | None) -> Message:
    """What a run's curves are counted in."""
    return Message("iteration") if run and "iteration" in run.history else Message("epoch")


def comparison_lines(
    found: Sequence[Findings], names: Sequence[str], published: bool
) -> tuple[Line, ...]:
    """One metric of several experiments, each from the run that stands for it.

    Args:
        found: the experiments; an experiment keeps its colour in every plot of the same list.
        names: the metric's names.
        published: whether to put the documents' curves behind.
    """
    lines = []
    for slot, item in enumerate(found):
        label = short_name(item.experiment.name)
        ours = points(item.shown.history, names) if item.shown else ()
        theirs = points(dict(item.published), names) if published else ()
        if theirs and ours:
            lines.append(Line(label, theirs, slot, "published"))
        if ours:
            lines.append(Line(label, ours, slot))
    return tuple(lines)


def set_lines(
    item: Findings, train: Sequence[str], test: Sequence[str], published: bool
) -> tuple[Line, ...]:
    """One metric of one experiment on both sets, other seeds faint."""
    lines = []
    for slot, label, names in ((0, Message("train"), train), (1, Message("test"), test)):
        lines += [
            Line(label, points(run.history, names), slot, "seed")
            for run in item.finished
            if run is not item.shown
        ]
        if published and (theirs := points(dict(item.published), names)):
            lines.append(Line(label, theirs, slot, "published"))
        if item.shown and (ours := points(item.shown.history, names)):
            lines.append(Line(label, ours, slot))
    return tuple(line for line in lines if line.points)
