"""The section of a document: its figures, made from our runs, the published ones behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnistreport.experiment import Experiment
from mnistreport.messages import Message, Phrase, Sentences, Text, listing
from mnistreport.report import figures
from mnistreport.report.charts import Drawing, draw
from mnistreport.report.curves import (
    TEST_LOSS,
    TRAIN_LOSS,
    Band,
    Chart,
    Line,
    comparison_lines,
    set_lines,
    step_name,
)
from mnistreport.report.findings import Findings
from mnistreport.report.formats import anchor, difference, figure
from mnistreport.report.progression import Progression, progression
from mnistreport.report.replay import ReplayTable, replay_table

#: The style sheet has rules to hide so many series of a document.
MOST_SWITCHED = 16

#: What people score on MNIST's test digits, as document E says.
PEOPLE = Band(0.975, 0.985, Message("people on MNIST: 97.5 to 98.5%"))


@dataclass(frozen=True)
class Figure:
    """A chart with its title."""

    title: Message
    drawing: Drawing


@dataclass(frozen=True)
class Series:
    """An experiment's curves in all figures of its document; `slot` picks the colour."""

    slot: int
    name: Text


@dataclass(frozen=True)
class BinaryRow:
    """Binary beside categorical accuracy of one experiment, as texts."""

    name: str
    href: str
    published: str
    binary: str
    difference: str
    categorical: str


@dataclass(frozen=True)
class DocumentSection:
    """What the page says of a document; empty fields are left out."""

    id: str
    heading: Text
    short: Text
    letter: str
    source: Message
    intro: Message
    notes: Message
    stacked: bool
    series: tuple[Series, ...]
    with_published: bool
    figures: tuple[Figure, ...]
    gaps: tuple[Figure, ...]
    progression: Progression | None
    binary: tuple[BinaryRow, ...]
    replay: ReplayTable | None


def document_section(
    letter: str, number: int, found: Sequence[Findings], comparable: bool, mnist: bool
) -> DocumentSection:
    """The section of one document.

    Args:
        letter: what its experiments call it.
        number: its place on the page.
        found: its experiments.
        comparable: whether ours were trained as published, so that its curves stand behind.
        mnist: whether the digits are MNIST's, so that people's score stands behind.
    """
    plan = figures.PLANS.get(letter, figures.GENERIC)
    key = f"document-{number}"
    series, with_published = _series(plan, found, comparable)
    return DocumentSection(
        id=key,
        heading=Message("Document {letter}: {title}", letter=letter, title=plan.title)
        if plan.title
        else letter,
        short=Message("Document {letter}", letter=letter) if plan.title else letter,
        letter=letter if plan.title else "",
        source=Phrase(found[0].experiment.source),
        intro=plan.intro,
        notes=_notes(plan, found, comparable),
        stacked=plan.stacked,
        series=series,
        with_published=with_published,
        figures=tuple(
            Figure(curve.title, drawing)
            for curve in plan.curves
            if (drawing := _compare(key, curve, found, comparable))
        ),
        gaps=_gaps(key, found, comparable) if "gap" in plan.parts else (),
        progression=progression(key, found, comparable, PEOPLE if mnist else None)
        if "progression" in plan.parts
        else None,
        binary=_binary_rows(found) if "binary" in plan.parts else (),
        replay=replay_table(found, comparable) if "replay" in plan.parts else None,
    )


def _notes(plan: figures.Plan, found: Sequence[Findings], comparable: bool) -> Message:
    notes: list[Text] = [curve.note for curve in plan.curves if curve.note and comparable]
    if comparable and any(item.published for item in found):
        notes.append(Message("Dashed and behind ours: the curves that the document published."))
    if not comparable and any(item.published for item in found):
        notes.append(
            Message("Not comparable with the document's own training: only our runs are drawn.")
        )
    several = [item for item in found if len(item.finished) > 1]
    if several and several[0].shown:
        notes.append(
            Message(
                "Where several seeds were run, one stands for all: the sections below have each."
            )
        )
    left_out = [item.experiment.name for item in found if not item.finished]
    if left_out:
        names = listing(left_out, most=None)
        notes.append(Message("Without a finished run: {names}.", names=names))
    return Sentences(notes)


def _compare(
    key: str, curve: figures.Curve, found: Sequence[Findings], comparable: bool
) -> Drawing | None:
    lines = comparison_lines(found, curve.names, comparable)
    if not lines:
        return None
    percent = curve.names[0].endswith("accuracy")
    steps = dict.fromkeys(step_name(item.shown) for item in found if item.shown)
    return draw(
        Chart(
            key=f"{key} {curve.title}",
            lines=lines,
            x_label=Sentences(steps, " or "),
            y_label=curve.title,
            percent=percent,
            y_limits=curve.y_limits if comparable else None,
            wide=True,
            switched=True,
        )
    )


def _series(
    plan: figures.Plan, found: Sequence[Findings], comparable: bool
) -> tuple[tuple[Series, ...], bool]:
    """What can be switched off in the curves of a document, and whether published ones can."""
    lines = {
        (line.slot, line.kind): line
        for curve in plan.curves
        for line in comparison_lines(found, curve.names, comparable)
    }
    series = [Series(s, line.label) for (s, kind), line in sorted(lines.items()) if kind == "full"]
    some = len(series) > 1 and series[-1].slot < MOST_SWITCHED
    return tuple(series) if some else (), any(kind == "published" for _, kind in lines)


def _gaps(key: str, found: Sequence[Findings], comparable: bool) -> tuple[Figure, ...]:
    """Train and test loss of each pair of networks that differ in their dropout alone."""
    drawn = []
    for item in found:
        for other in found:
            if _has_dropout(other.experiment) and _same_but_dropout(item, other):
                pair = [set_lines(i, TRAIN_LOSS, TEST_LOSS, comparable) for i in (item, other)]
                if all(pair):
                    drawn += _gap_charts(key, (item, other), pair)
    return tuple(drawn)


def _has_dropout(experiment: Experiment) -> bool:
    return any(layer.kind == "Dropout" for layer in experiment.layers)


def _same_but_dropout(item: Findings, other: Findings) -> bool:
    one, two = item.experiment, other.experiment
    if _has_dropout(one) or one.optimizer != two.optimizer or one.epochs != two.epochs:
        return False
    return one.layers == tuple(layer for layer in two.layers if layer.kind != "Dropout")


def _gap_charts(
    key: str, pair: Sequence[Findings], curves: Sequence[tuple[Line, ...]]
) -> list[Figure]:
    """Two charts on one scale."""
    highest = sorted(y for lines in curves for line in lines for _, y in line.points)
    # the first epochs are far above the gap that the figure is about
    limits = (0.0, 1.25 * highest[round(0.9 * (len(highest) - 1))])
    charts = []
    for item, lines in zip(pair, curves, strict=True):
        name = item.experiment.name
        chart = Chart(
            f"{key} gap {name}",
            lines,
            step_name(item.shown),
            Message("loss"),
            y_limits=limits,
            wide=True,
        )
        title = Message("{name}: train and test loss", name=name)
        charts.append(Figure(title, draw(chart)))
    return charts


def _binary_rows(found: Sequence[Findings]) -> tuple[BinaryRow, ...]:
    rows = []
    for item in found:
        run = item.shown
        if run is None or run.status != "ok" or "test_binary_accuracy" not in run.metrics:
            continue
        metric = "test_binary_accuracy"
        comparison = item.comparison(metric, run.seed)
        beside = comparison.difference if comparison and comparison.comparable else None
        rows.append(
            BinaryRow(
                name=item.experiment.name,
                href=anchor(item.experiment.name),
                published=figure(metric, item.experiment.published.test_binary_accuracy),
                binary=figure(metric, run.metrics[metric]),
                difference=difference(metric, beside),
                categorical=figure("test_accuracy", run.metrics.get("test_accuracy")),
            )
        )
    return tuple(rows)
