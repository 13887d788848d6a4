"""The first screen: what is not a pass, and one row for each experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mnistreport.messages import Message, Phrase, Text
from mnistreport.report.findings import Findings
from mnistreport.report.formats import (
    NOTHING,
    anchor,
    duration,
    figure,
    interval,
    metric_name,
    percent,
)
from mnistreport.report.judged import beside, spread
from mnistreport.report.marks import Mark, mark
from mnistreport.report.rangeplot import range_plot
from mnistreport.verdict import Judgement, Verdict

#: The metric of the table.
MAIN = "test_accuracy"

#: Most rows under "What needs a look"; the sections have the rest.
MOST_TROUBLES = 60

_TROUBLES = (Judgement.ERROR, Judgement.FAIL, Judgement.WARN, Judgement.PASS)


@dataclass(frozen=True)
class Trouble:
    """A verdict that is not a plain pass."""

    mark: Mark
    name: str
    href: str
    seed: Text
    metric: Message
    value: str
    plot: Markup
    range: str
    published: str
    reason: Text


@dataclass(frozen=True)
class OverviewRow:
    """An experiment's row; texts to show, `seeds` empty where there is one run."""

    mark: Mark
    name: str
    href: str
    title: Message
    document: str
    optimizer: str
    accuracy: Text
    seeds: Text
    plot: Markup
    range: str
    published: str
    published_kind: Text
    difference: str
    compared: Text
    seconds: str


def troubles(found: Sequence[Findings]) -> tuple[list[Trouble], int]:
    """What is not a pass, the worst first, then second looks, and how many more there are."""
    rows = [
        (item, verdict)
        for judgement in _TROUBLES
        for item in found
        for verdict in item.verdicts
        if verdict.verdict is judgement and (judgement is not Judgement.PASS or verdict.second)
    ]
    return [_trouble(*row) for row in rows[:MOST_TROUBLES]], max(len(rows) - MOST_TROUBLES, 0)


def _trouble(item: Findings, verdict: Verdict) -> Trouble:
    comparison = item.comparison(verdict.metric, verdict.seeds[0])
    published = comparison.published if comparison and comparison.comparable else None
    return Trouble(
        mark=mark(verdict.verdict),
        name=item.experiment.name,
        href=anchor(item.experiment.name),
        seed=seeds_of(verdict) if len(item.runs) > 1 else "",
        metric=metric_name(verdict.metric),
        value=figure(verdict.metric, verdict.value),
        plot=range_plot(verdict, item.values(verdict.metric), published),
        range=interval(verdict.metric, verdict.low, verdict.high),
        published=figure(verdict.metric, published),
        reason=verdict.reason,
    )


def seeds_of(verdict: Verdict) -> Message:
    """The seeds of a verdict, as few words."""
    seeds = ", ".join(map(str, verdict.seeds))
    if len(verdict.seeds) > 4:
        seeds = f"{min(verdict.seeds)} {NOTHING} {max(verdict.seeds)}"
    return Message("{n:seed|seeds} {seeds}", n=len(verdict.seeds), seeds=seeds)


def overview_row(item: Findings) -> OverviewRow:
    """An experiment in one line; with several seeds the mean, and how far apart they are."""
    experiment = item.experiment
    values = item.values(MAIN)
    verdict = item.verdict(MAIN)
    compared = beside(item, MAIN)
    mean = sum(values) / len(values) if values else None
    low, high = (verdict.low, verdict.high) if verdict else (None, None)
    published, kind = _published(item)
    return OverviewRow(
        mark=mark(item.judgement),
        name=experiment.name,
        href=anchor(experiment.name),
        title=Phrase(experiment.title),
        document=experiment.document,
        optimizer=experiment.optimizer.kind,
        accuracy=_outcome(item, mean),
        seeds=spread(MAIN, values),
        plot=range_plot(verdict, values, compared.published),
        range=interval(MAIN, low, high),
        published=published,
        published_kind=kind,
        difference=compared.difference,
        compared=compared.compared,
        seconds=duration(sum(run.seconds for run in item.runs)),
    )


def _outcome(item: Findings, mean: float | None) -> Text:
    if mean is not None:
        return percent(mean)
    return Phrase(item.shown.status) if item.shown else NOTHING


def _published(item: Findings) -> tuple[str, Text]:
    """The published accuracy, and what kind it is where it is not the table's."""
    figures = item.experiment.published.figures()
    if MAIN in figures:
        return figure(MAIN, figures[MAIN]), ""
    if "test_binary_accuracy" in figures:
        return figure("test_binary_accuracy", figures["test_binary_accuracy"]), Message("binary")
    return NOTHING, ""
