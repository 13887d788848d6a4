"""Charts as SVG. The only module that imports matplotlib."""

from __future__ import annotations

import io
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from mnistreport.messages import Message, Text
from mnistreport.report.curves import Chart, Dots, Line, Scatter, Stroke, segments
from mnistreport.report.labels import drawable, spread
from mnistreport.report.palette import BAND, GRID, INK, MARKERS, MUTED, PAGE, SERIES
from mnistreport.report.svg import embed, series_group

# Any: each release of matplotlib types its settings differently
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "mnistreport",
    "path.simplify": True,
    "path.simplify_threshold": 0.5,
    "text.parse_math": False,
    "font.size": 12,
    "axes.linewidth": 0.8,
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": True,
}

#: Width and height in CSS pixels at full size.
_WIDE = (560, 360)
_SMALL = (440, 250)
_SQUARE = (440, 290)

#: Of the square within it.
_SIDE = 240

#: From one line of a key to the next, in pixels.
_KEY_STEP = 22.0

#: Distance between labels at the end of curves, in pixels.
_LABEL_STEP = 15.0

#: Least height of an accuracy's axis, as a fraction.
_LEAST_SPAN = 0.02

#: Losses whose highest is more than this many times their median get a log scale.
_STEEP = 15.0


@dataclass(frozen=True)
class Drawing:
    """An `<svg>` element, and what it shows in words for who does not see it."""

    svg: Markup
    told: Message


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
    svg = _paint(paint, size, _frame(chart, size), chart.key, words)
    return Drawing(svg, chart.description)


def draw_scatter(chart: Scatter) -> Drawing:
    """Points in a square with what they are at its right, in the same style."""
    left, bottom = (46, 42) if chart.x_label else (8, 25)
    frame = (left / _SQUARE[0], bottom / _SQUARE[1], _SIDE / _SQUARE[0], _SIDE / _SQUARE[1])

    def paint(axes: Axes) -> None:
        _draw_strokes(axes, chart.strokes)
        _draw_dots(axes, chart)
        _dress_square(axes, chart)

    words = [*(dots.label for dots in chart.dots), *(stroke.label for stroke in chart.strokes)]
    return Drawing(_paint(paint, _SQUARE, frame, chart.key, words), chart.description)


def _paint(
    paint: Callable[[Axes], None],
    size: tuple[int, int],
    frame: tuple[float, float, float, float],
    key: str,
    words: Sequence[Text],
) -> Markup:
    """What `paint` puts on axes at `frame` of a figure, as SVG."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=72, facecolor="none")
        FigureCanvasSVG(figure)
        paint(figure.add_axes(frame, facecolor="none"))
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return embed(written.getvalue(), key, [word for word in words if isinstance(word, Message)])


def _draw_strokes(axes: Axes, strokes: Sequence[Stroke]) -> None:
    for stroke in strokes:
        x, y = zip(*stroke.points, strict=True)
        if stroke.kind == "area":
            axes.fill(x, y, facecolor=BAND, edgecolor=INK, linewidth=1.2, zorder=1)
        elif stroke.kind == "edge":
            axes.plot(x, y, color=MUTED, linewidth=0.8, zorder=1.5)
        else:
            axes.plot(x, y, color=INK, linewidth=1.6, zorder=2)


def _draw_dots(axes: Axes, chart: Scatter) -> None:
    for dots in chart.dots:
        x, y = zip(*dots.points, strict=True)
        axes.plot(x, y, **_dot(dots.slot, 9 if dots.names else 6), clip_on=False, zorder=3)
        for place, name in zip(dots.points, dots.names, strict=False):
            axes.annotate(
                drawable(name),
                place,
                xytext=(8, 8),
                textcoords="offset pixels",
                color=INK,
                fontsize=11.5,
                zorder=4,
            )


def _dot(slot: int, size: int) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": MARKERS[slot % len(MARKERS)],
        "markersize": size,
        "markerfacecolor": SERIES[slot % len(SERIES)],
        "markeredgecolor": PAGE,
        "markeredgewidth": 0.6,
    }


def _dress_square(axes: Axes, chart: Scatter) -> None:
    axes.set_xlim(*chart.limits[0])
    axes.set_ylim(*chart.limits[1])
    for name, (x, y) in chart.notes:
        axes.text(x, y, name, color=MUTED, ha="center", va="center")
    _key(axes, chart)
    if not chart.x_label:
        axes.set_axis_off()
        return
    axes.set_xlabel(chart.x_label, color=MUTED)
    axes.set_ylabel(chart.y_label, color=MUTED, rotation=0, labelpad=12)
    axes.tick_params(colors=MUTED, left=False, bottom=False, labelsize=11)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4, integer=True))


def _key(axes: Axes, chart: Scatter) -> None:
    """What each kind of points and each named stroke is, one under the other."""
    at: Any = {"transform": axes.transAxes, "clip_on": False}
    marks: list[Dots | Stroke] = [
        *chart.dots,
        *(stroke for stroke in chart.strokes if stroke.label),
    ]
    for row, mark in enumerate(marks):
        y = 1 - (row + 0.5) * _KEY_STEP / _SIDE
        if isinstance(mark, Dots):
            axes.plot(1 + 20 / _SIDE, y, **_dot(mark.slot, 8), **at)
        elif mark.kind == "area":
            corners = (1 + 12 / _SIDE, 1 + 28 / _SIDE)
            axes.fill_between(
                corners, y - 6 / _SIDE, y + 6 / _SIDE, facecolor=BAND, edgecolor=INK, **at
            )
        else:
            axes.plot([1 + 12 / _SIDE, 1 + 28 / _SIDE], [y, y], color=INK, linewidth=1.6, **at)
        label = drawable(str(mark.label))
        axes.text(1 + 36 / _SIDE, y, label, color=INK, fontsize=11.5, va="center", **at)


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
