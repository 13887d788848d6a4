"""A plot of curves, each named at its end."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from mnistreport.report.charts.canvas import Drawing, painted
from mnistreport.report.curves import Chart, Line, segments
from mnistreport.report.labels import drawable, spread
from mnistreport.report.palette import BAND, GRID, INK, MARKERS, MUTED, PAGE, SERIES
from mnistreport.report.svg import series_group

#: Width and height in CSS pixels at full size.
_WIDE = (560, 360)
_SMALL = (440, 250)

#: Distance between labels at the end of curves, in pixels.
_LABEL_STEP = 15.0

#: Least height of an accuracy's axis, as a fraction.
_LEAST_SPAN = 0.02

#: Losses whose highest is more than this many times their median get a log scale.
_STEEP = 15.0


def draw(chart: Chart) -> Drawing:
    """A chart, coloured by the page's CSS variables, the same every time."""
    size = _WIDE if chart.wide else _SMALL

    def paint(axes: Axes) -> None:
        _draw_lines(axes, chart)
        _dress(axes, chart)
        _label_ends(axes, chart, size)

    words = [chart.x_label, chart.y_label, *(line.label for line in chart.lines)]
    if chart.band:
        words.append(chart.band.label)
    svg = painted(paint, size, _frame(chart, size), chart.key, words)
    return Drawing(svg, chart.description)


def _frame(chart: Chart, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The axes within the figure, as shares: room at the left for ticks, right for labels."""
    longest = max(
        (len(drawable(str(line.label))) for line in chart.lines if line.kind == "full"), default=0
    )
    left, right = 46, min(38 + 7.4 * longest, size[0] / 2.6)
    bottom, top = 42, 12 if chart.wide else 30
    return (
        left / size[0],
        bottom / size[1],
        (size[0] - left - right) / size[0],
        (size[1] - bottom - top) / size[1],
    )


def _draw_lines(axes: Axes, chart: Chart) -> None:
    for line in chart.lines:
        color = SERIES[line.slot % len(SERIES)]
        if line.kind == "published":
            _draw_published(axes, line, color, _group(chart, line))
            continue
        x, y = zip(*line.points, strict=True)
        if line.kind == "seed":
            axes.plot(x, y, color=color, linewidth=0.8, alpha=0.5, zorder=1.5)
            continue
        step = max(1, len(x) // 5)
        axes.plot(
            x,
            y,
            color=color,
            linewidth=1.8,
            solid_joinstyle="round",
            marker=MARKERS[line.slot % len(MARKERS)],
            markersize=6,
            markerfacecolor=color,
            markeredgecolor=PAGE,
            markeredgewidth=0.6,
            markevery=((line.slot * 2) % step, step),
            zorder=3,
            gid=_group(chart, line),
        )


def _group(chart: Chart, line: Line) -> str | None:
    """What the page hides a series by."""
    return series_group(line.slot, line.kind == "published") if chart.switched else None


def _draw_published(axes: Axes, line: Line, color: str, group: str | None) -> None:
    """Dashed, and broken where the document lost values; a value that stands alone is a dot."""
    for part in segments(line.points):
        x, y = zip(*part, strict=True)
        lone: Any = {"marker": "o", "markersize": 3.5}
        style: Any = lone if len(part) == 1 else {"dashes": (4, 2.5)}
        axes.plot(x, y, color=color, linewidth=1.2, alpha=0.6, zorder=2, gid=group, **style)


def _dress(axes: Axes, chart: Chart) -> None:
    axes.set_xlabel(str(chart.x_label), color=MUTED)
    if not chart.wide:  # a wide chart stands under a caption that says it
        axes.text(0, 1.04, str(chart.y_label), transform=axes.transAxes, color=INK, va="bottom")
    axes.margins(x=0.02)
    axes.tick_params(colors=MUTED, left=False, bottom=False, which="both", labelsize=11)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    if chart.band:
        axes.axhspan(chart.band.low, chart.band.high, color=BAND, linewidth=0, zorder=1)
        axes.text(
            0.01,
            chart.band.high,
            str(chart.band.label),
            color=MUTED,
            fontsize=11,
            va="bottom",
            transform=axes.get_yaxis_transform(),
        )
    _scale(axes, chart)
    if chart.ticks:
        axes.set_xticks(range(len(chart.ticks)), [drawable(tick) for tick in chart.ticks])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True, steps=[1, 2, 5, 10]))


def _scale(axes: Axes, chart: Chart) -> None:
    if not chart.percent and not chart.y_limits and _is_steep(chart.lines):
        _log_scale(axes)
        return
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    low, high = chart.y_limits or axes.get_ylim()
    if chart.percent and not chart.y_limits:
        # a flat curve is not blown up to fill the plot
        middle, half = (low + high) / 2, max(high - low, _LEAST_SPAN) / 2
        low, high = max(middle - half, 0.0), min(middle + half, 1.004)
    elif not chart.y_limits:
        low = min(0.0, float(axes.dataLim.y0))
    axes.set_ylim(low, high)
    if chart.percent:
        digits = 0 if high - low > 0.04 else 1 if high - low > 0.004 else 2
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.{digits}f}%"))


def _log_scale(axes: Axes) -> None:
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    subs = (1.0,) if high / low > 300 else (1.0, 3.0) if high / low > 20 else (1.0, 2.0, 5.0)
    axes.yaxis.set_major_locator(LogLocator(subs=subs))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _is_steep(lines: Sequence[Line]) -> bool:
    values = [y for line in lines for _, y in line.points]
    return bool(values) and min(values) > 0 and max(values) > _STEEP * statistics.median(values)


def _label_ends(axes: Axes, chart: Chart, size: tuple[int, int]) -> None:
    """Name each curve at its end; labels that would touch are pushed apart, with a thin leader."""
    lines = [line for line in chart.lines if line.kind == "full"]
    if not lines:
        return
    height = axes.get_position().height * size[1]
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [to_axes.transform(line.points[-1]) for line in lines]
    heights = [min(max(float(end[1]), 0.0), 1.0) * height for end in ends]
    placed = spread(heights, _LABEL_STEP, height)
    width = axes.get_position().width * size[0]
    for line, end, natural, y in zip(lines, ends, heights, placed, strict=True):
        label = drawable(str(line.label)) + (" ↑" if end[1] > 1 else "")
        color = SERIES[line.slot % len(SERIES)]
        corners = [float(end[0]), 1 + 4 / width, 1 + 16 / width, 1 + 20 / width]
        axes.plot(
            corners,
            [natural / height, natural / height, y / height, y / height],
            transform=axes.transAxes,
            color=color,
            linewidth=0.9,
            dashes=(1, 2),
            clip_on=False,
            zorder=2,
            gid=_group(chart, line),
        )
        axes.text(
            1 + 24 / width,
            y / height,
            label,
            transform=axes.transAxes,
            color=INK,
            fontsize=11.5,
            va="center",
            gid=_group(chart, line),
        )
