"""An experiment's metrics, judged: one row each, however many seeds were run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mnistreport.report.findings import Findings
from mnistreport.report.formats import NOTHING, difference, figure, interval, metric_name
from mnistreport.report.marks import Mark, mark
from mnistreport.report.rangeplot import range_plot
from mnistreport.verdict import Judgement, Verdict, worst


@dataclass(frozen=True)
class JudgedMetric:
    """One metric as texts: of several seeds the mean, their spread and the worst judgement."""

    mark: Mark
    metric: str
    value: str
    spread: str
    plot: Markup
    range: str
    published: str
    difference: str
    compared: str
    reason: str


@dataclass(frozen=True)
class Beside:
    """A published figure beside ours: `published` is None where they cannot be compared.

    `told` is the published figure as text, comparable or not; `compared` ours, where another value
    than the metric was compared (a table's last row is older than the end of the training).
    """

    published: float | None
    told: str
    difference: str
    compared: str


def beside(item: Findings, metric: str) -> Beside:
    """What a document published of a metric, and the mean difference of all runs from it."""
    found = [c for c in item.comparisons if c.metric == metric]
    if not found:
        return Beside(None, NOTHING, NOTHING, "")
    told = figure(metric, found[0].published)
    pairs = [
        (c.value, c.difference)
        for c in found
        if c.comparable and c.value is not None and c.difference is not None
    ]
    if not pairs:
        return Beside(found[0].published if found[0].comparable else None, told, NOTHING, "")
    ours = [value for value, _ in pairs]
    apart = sum(difference for _, difference in pairs) / len(pairs)
    other = metric in (item.shown.metrics if item.shown else {}) and ours != item.values(metric)
    compared = f"of {figure(metric, sum(ours) / len(ours))} in its table" if other else ""
    return Beside(found[0].published, told, difference(metric, apart), compared)


def judged_metrics(item: Findings) -> tuple[JudgedMetric, ...]:
    """A row for each metric that was judged, in the order of the first run."""
    metrics = dict.fromkeys(verdict.metric for verdict in item.verdicts)
    return tuple(
        _row(item, metric, [v for v in item.verdicts if v.metric == metric]) for metric in metrics
    )


def _row(item: Findings, metric: str, verdicts: Sequence[Verdict]) -> JudgedMetric:
    values = [verdict.value for verdict in verdicts if verdict.value is not None]
    mean = sum(values) / len(values) if values else None
    published = beside(item, metric)
    return JudgedMetric(
        mark=mark(worst(verdicts)),
        metric=metric_name(metric),
        value=figure(metric, mean),
        spread=spread(metric, values),
        plot=range_plot(verdicts, published.published),
        range=interval(metric, verdicts[0].low, verdicts[0].high),
        published=published.told,
        difference=published.difference,
        compared=published.compared,
        reason=_reason(verdicts, len(item.runs) > 1),
    )


def spread(metric: str, values: Sequence[float]) -> str:
    """How far several seeds are apart; empty where there is one."""
    if len(values) < 2:
        return ""
    return f"{interval(metric, min(values), max(values))}, {len(values)} seeds"


def _reason(verdicts: Sequence[Verdict], several: bool) -> str:
    """The reason of the worst verdict, with its seed, and how many other seeds have one."""
    order = list(Judgement)
    told = sorted(
        (v for v in verdicts if v.reason), key=lambda v: order.index(v.verdict), reverse=True
    )
    if not told:
        return ""
    same_for_all = len(told) == len(verdicts) and len({v.reason for v in told}) == 1
    if not several or same_for_all:
        return told[0].reason
    more = f", and {len(told) - 1} more" if len(told) > 1 else ""
    return f"{told[0].reason} (seed {told[0].seed}{more})"
