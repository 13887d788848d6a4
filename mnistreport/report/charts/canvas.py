"""What all charts share: the style, and the way from a figure to the page's SVG."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from mnistreport.messages import Message, Text
from mnistreport.report.svg import embed

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


@dataclass(frozen=True)
class Drawing:
    """An `<svg>` element, and what it shows in words for who does not see it."""

    svg: Markup
    told: Message


def painted(
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
