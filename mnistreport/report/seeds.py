"""An experiment's seeds side by side: what each measured, their mean and how far they are apart."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mnistreport.messages import Message
from mnistreport.report.findings import Findings
from mnistreport.report.formats import distance, figure, metric_name
from mnistreport.run import GATED, METRICS

WIDTH, HEIGHT = 150, 22

#: Left and right of the outermost dot.
_MARGIN = 7.0


@dataclass(frozen=True)
class SeedRow:
    """A metric of every seed as texts; `deviation` is the standard deviation of a sample."""

    metric: Message
    mean: str
    deviation: str
    plot: Markup
    values: tuple[str, ...]


@dataclass(frozen=True)
class SeedTable:
    """The metrics that decide a check, a row each; a column for each of the seeds."""

    seeds: tuple[int, ...]
    rows: tuple[SeedRow, ...]


def seed_table(item: Findings) -> SeedTable | None:
    """The seeds of an experiment; None where fewer than two ended well."""
    if len(item.finished) < 2:
        return None
    rows = []
    for metric in METRICS:
        values = [value for value in item.values(metric) if math.isfinite(value)]
        if metric not in GATED or len(values) < 2:
            continue
        mean, deviation = statistics.fmean(values), statistics.stdev(values)
        rows.append(
            SeedRow(
                metric_name(metric),
                figure(metric, mean),
                distance(metric, deviation),
                spread_plot(values),
                tuple(figure(metric, run.metrics.get(metric)) for run in item.runs),
            )
        )
    return SeedTable(tuple(run.seed for run in item.runs), tuple(rows))


def spread_plot(values: Sequence[float]) -> Markup:
    """A dot for each of several values, a tick at their mean, a bar of one deviation beside it.

    The same figures stand in words beside it, so that it is hidden from who hears the page.
    """
    mean, deviation = statistics.fmean(values), statistics.stdev(values)
    low, high = min(*values, mean - deviation), max(*values, mean + deviation)

    def x(value: float) -> str:
        share = (value - low) / (high - low) if high > low else 0.5
        return f"{_MARGIN + (WIDTH - 2 * _MARGIN) * share:.1f}"

    ends = Markup('<path class="spread" d="M{} 11H{}"/>').format(
        x(mean - deviation), x(mean + deviation)
    )
    tick = Markup('<path class="middle" d="M{} 2V20"/>').format(x(mean))
    dots = Markup("").join(
        Markup('<circle class="r-dot" cx="{}" cy="11" r="4"/>').format(x(value)) for value in values
    )
    return Markup('<svg class="range" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        WIDTH, HEIGHT, ends + tick + dots
    )
