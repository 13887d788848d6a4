"""The first screen: what is not a pass, and one row for each experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

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

_TROUBLES = (Judgement.ERROR, Judgement.FAIL, Judgement.WARN)


@dataclass(frozen=True)
class Trouble:
    """A verdict that is not a pass."""

    mark: Mark
    name: str
    href: str
    seed: str
    metric: str
    value: str
    plot: Markup
    range: str
    published: str
    reason: str


@dataclass(frozen=True)
class OverviewRow:
    """An experiment's row; texts to show, `seeds` empty where there is one run."""

    mark: Mark
    name: str
    href: str
    title: str
    document: str
    optimizer: str
    accuracy: str
    seeds: str
    plot: Markup
    range: str
    published: str
    published_kind: str
    difference: str
    compared: str
    seconds: str


def troubles(found: Sequence[Findings]) -> tuple[list[Trouble], int]:
    """What is not a pass, the worst first, and how many more there are."""
    rows = [
        (item, verdict)
        for judgement in _TROUBLES
        for item in found
        for verdict in item.verdicts
        if verdict.verdict is judgement
    ]
    return [_trouble(*row) for row in rows[:MOST_TROUBLES]], max(len(rows) - MOST_TROUBLES, 0)


def _trouble(item: Findings, verdict: Verdict) -> Trouble:
    comparison = item.comparison(verdict.metric, verdict.seed)
    published = comparison.published if comparison and comparison.comparable else None
    return Trouble(
        mark=mark(verdict.verdict),
        name=item.experiment.name,
        href=anchor(item.experiment.name),
        seed=f"seed {verdict.seed}" if len(item.runs) > 1 else "",
        metric=metric_name(verdict.metric),
        value=figure(verdict.metric, verdict.value),
        plot=range_plot([verdict], published),
        range=interval(verdict.metric, verdict.low, verdict.high),
        published=figure(verdict.metric, published),
        reason=verdict.reason,
    )


def overview_row(item: Findings) -> OverviewRow:
    """An experiment in one line; with several seeds the mean, and how far apart they are."""
    experiment = item.experiment
    values = item.values(MAIN)
    verdicts = [verdict for verdict in item.verdicts if verdict.metric == MAIN]
    compared = beside(item, MAIN)
    mean = sum(values) / len(values) if values else None
    low, high = (verdicts[0].low, verdicts[0].high) if verdicts else (None, None)
    published, kind = _published(item)
    return OverviewRow(
        mark=mark(item.judgement),
        name=experiment.name,
        href=anchor(experiment.name),
        title=experiment.title,
        document=experiment.document,
        optimizer=experiment.optimizer.kind,
        accuracy=_outcome(item, mean),
        seeds=spread(MAIN, values),
        plot=range_plot(verdicts, compared.published),
        range=interval(MAIN, low, high),
        published=published,
        published_kind=kind,
        difference=compared.difference,
        compared=compared.compared,
        seconds=duration(sum(run.seconds for run in item.runs)),
    )


def _outcome(item: Findings, mean: float | None) -> str:
    if mean is not None:
        return percent(mean)
    return item.shown.status if item.shown else NOTHING


def _published(item: Findings) -> tuple[str, str]:
    """The published accuracy, and what kind it is where it is not the table's."""
    figures = item.experiment.published.figures()
    if MAIN in figures:
        return figure(MAIN, figures[MAIN]), ""
    if "test_binary_accuracy" in figures:
        return figure("test_binary_accuracy", figures["test_binary_accuracy"]), "binary"
    return NOTHING, ""
