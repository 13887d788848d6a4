"""The test accuracy from model to model, as a chart and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnistreport.messages import Message
from mnistreport.report.charts import Drawing, draw
from mnistreport.report.curves import Band, Chart, Line
from mnistreport.report.findings import Findings
from mnistreport.report.formats import (
    NOTHING,
    anchor,
    count,
    difference,
    figure,
    metric_name,
    short_name,
)
from mnistreport.run import Run

_METRIC = "test_accuracy"
_TITLE = Message("Test accuracy from model to model")


@dataclass(frozen=True)
class Model:
    """One model's row, as texts."""

    name: str
    href: str
    parameters: str
    train: str
    test: str
    published: str
    difference: str


@dataclass(frozen=True)
class Progression:
    """The chart, and the figures that it draws."""

    title: Message
    drawing: Drawing
    models: tuple[Model, ...]


def progression(
    key: str, found: Sequence[Findings], comparable: bool, people: Band | None
) -> Progression | None:
    """The models of a document in their order; None where none has finished.

    Args:
        key: of the document's section.
        found: its experiments.
        comparable: whether ours were trained as published, so that both are drawn.
        people: what people score on these digits, drawn behind.
    """
    kept = [(i, i.shown) for i in found if i.shown and _METRIC in i.shown.metrics and i.finished]
    if not kept:
        return None
    chart = Chart(
        key=f"{key} progression",
        lines=_lines(kept, comparable),
        x_label=Message("model"),
        y_label=metric_name(_METRIC),
        percent=True,
        wide=True,
        ticks=tuple(short_name(item.experiment.name) for item, _ in kept),
        band=people,
    )
    return Progression(_TITLE, draw(chart), tuple(_model(item, run) for item, run in kept))


def _lines(kept: Sequence[tuple[Findings, Run]], comparable: bool) -> tuple[Line, ...]:
    ours = [(float(place), run.metrics[_METRIC]) for place, (_, run) in enumerate(kept)]
    theirs = [
        (float(place), item.experiment.published.test_accuracy)
        for place, (item, _) in enumerate(kept)
        if comparable and item.experiment.published.test_accuracy is not None
    ]
    lines = (Line(Message("ours"), tuple(ours), 0), Line(Message("published"), tuple(theirs), 1))
    return tuple(line for line in lines if line.points)


def _model(item: Findings, run: Run) -> Model:
    beside = item.comparison(_METRIC, run.seed)
    return Model(
        name=item.experiment.name,
        href=anchor(item.experiment.name),
        parameters=count(run.parameters) if run.parameters else NOTHING,
        train=figure("train_accuracy", run.metrics.get("train_accuracy")),
        test=figure(_METRIC, run.metrics[_METRIC]),
        published=figure(_METRIC, item.experiment.published.test_accuracy),
        difference=difference(_METRIC, beside.difference if beside and beside.comparable else None),
    )
