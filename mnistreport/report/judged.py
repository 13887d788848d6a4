"""An experiment's metrics, judged: one row each, however many seeds were run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mnistreport.messages import Message, Text
from mnistreport.report.findings import Findings
from mnistreport.report.formats import NOTHING, difference, figure, interval, metric_name
from mnistreport.report.marks import Mark, mark
from mnistreport.report.rangeplot import range_plot
from mnistreport.verdict import Verdict


@dataclass(frozen=True)
class JudgedMetric:
    """One metric as texts: of several seeds the mean and their spread."""

    mark: Mark
    metric: Message
    value: str
    spread: Text
    plot: Markup
    range: str
    published: str
    difference: str
    compared: Text
    reason: Text


@dataclass(frozen=True)
class Beside:
    """A published figure beside ours, as texts; `told` is the figure, comparable or not.

    `compared` is ours, where another value than the metric was compared (a table's last row is
    older than the end of the training).
    """

    told: str
    difference: str
    compared: Text


def beside(item: Findings, metric: str) -> Beside:
    """What a document published of a metric, and the mean difference of all runs from it."""
    found = [c for c in item.comparisons if c.metric == metric]
    if not found:
        return Beside(NOTHING, NOTHING, "")
    told = figure(metric, found[0].published)
    pairs = [
        (c.value, c.difference)
        for c in found
        if c.comparable and c.value is not None and c.difference is not None
    ]
    if not pairs:
        return Beside(told, NOTHING, "")
    ours = [value for value, _ in pairs]
    apart = sum(difference for _, difference in pairs) / len(pairs)
    other = metric in (item.shown.metrics if item.shown else {}) and ours != item.values(metric)
    mean = figure(metric, sum(ours) / len(ours))
    compared = Message("of {mean} in its table", mean=mean) if other else ""
    return Beside(told, difference(metric, apart), compared)


def judged_metrics(item: Findings) -> tuple[JudgedMetric, ...]:
    """A row for each verdict, in the order of the first run's metrics."""
    return tuple(_row(item, verdict) for verdict in item.verdicts)


def _row(item: Findings, verdict: Verdict) -> JudgedMetric:
    metric = verdict.metric
    values = item.values(metric)
    published = beside(item, metric)
    return JudgedMetric(
        mark=mark(verdict.verdict),
        metric=metric_name(metric),
        value=figure(metric, verdict.value),
        spread=spread(metric, values),
        plot=range_plot(verdict, values, item.drawn(metric)),
        range=interval(metric, verdict.low, verdict.high),
        published=published.told,
        difference=published.difference,
        compared=published.compared,
        reason=verdict.reason,
    )


def spread(metric: str, values: Sequence[float]) -> Text:
    """How far several seeds are apart; empty where there is one."""
    if len(values) < 2:
        return ""
    ends = interval(metric, min(values), max(values))
    return Message("{ends}, {n} seeds", ends=ends, n=len(values))
