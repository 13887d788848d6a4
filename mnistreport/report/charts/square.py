"""Points in a square with what they are at its right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mnistreport.report.charts.canvas import Drawing, painted
from mnistreport.report.curves import Dots, Scatter, Stroke
from mnistreport.report.labels import drawable
from mnistreport.report.palette import BAND, GRID, INK, MARKERS, MUTED, PAGE, SERIES

#: Width and height in CSS pixels at full size.
_SQUARE = (440, 290)

#: Of the square within it.
_SIDE = 240

#: From one line of a key to the next, in pixels.
_KEY_STEP = 22.0


def draw_scatter(chart: Scatter) -> Drawing:
    """Points in a square with what they are at its right, in the same style."""
    left, bottom = (46, 42) if chart.x_label else (8, 25)
    frame = (left / _SQUARE[0], bottom / _SQUARE[1], _SIDE / _SQUARE[0], _SIDE / _SQUARE[1])

    def paint(axes: Axes) -> None:
        _draw_strokes(axes, chart.strokes)
        _draw_dots(axes, chart)
        _dress_square(axes, chart)

    words = [*(dots.label for dots in chart.dots), *(stroke.label for stroke in chart.strokes)]
    return Drawing(painted(paint, _SQUARE, frame, chart.key, words), chart.description)


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
