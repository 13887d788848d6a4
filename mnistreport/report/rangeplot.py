"""The small drawing of a value within its range."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from markupsafe import Markup

from mnistreport.calibration import Sample
from mnistreport.reference import Range
from mnistreport.statistics import to_scale
from mnistreport.verdict import Verdict

WIDTH, HEIGHT = 150, 22

#: How far beside its range a value is still drawn in place, in widths of the range.
_REACH = 1.0

#: Left and right of the scale, for arrows.
_MARGIN = 13.0


def range_plot(
    verdict: Verdict | None, values: Sequence[float], published: float | None = None
) -> Markup:
    """A bar from low to high and a dot for each value; a second look is a darker bar and a diamond.

    The same figures stand in words beside it, so that it is hidden from who hears the page.
    What lies further off than the range is wide becomes an arrow at that side. The scale is the
    range's own. Empty where there is no range or no value.

    Args:
        verdict: of one metric.
        values: of the runs.
        published: the document's figure, drawn as a tick.
    """
    values = [value for value in values if math.isfinite(value)]
    if verdict is None or verdict.low is None or verdict.high is None or not values:
        return Markup("")
    low, high, second = verdict.low, verdict.high, verdict.second
    reach = _REACH * (high - low) or abs(high) * 0.01 or 1.0
    looked = [second.value, second.low, second.high] if second else []
    drawn = (*values, *looked, *_some(published))
    near = [v for v in drawn if low - reach <= v <= high + reach]
    scale = _Scale(min([low, *near]), max([high, *near]))
    inner = _bar(scale, low, high, "r-fail")
    if second is not None:
        inner += _bar(scale, max(second.low, scale.low), min(second.high, scale.top), "r-warn")
    inner += Markup("").join(_tick(scale, value) for value in _some(published))
    inner += Markup("").join(_dot(scale, value) for value in values)
    if second is not None:
        inner += _diamond(scale, second.value)
    return _drawing(inner)


def seed_plot(sample: Sample, entry: Range, values: Sequence[float]) -> Markup:
    """A bar from low to high, a stroke for each calibration seed and a dot for each value.

    All on the scale that judges, where seeds are near normal: logit or log.

    Args:
        sample: the calibration seeds.
        entry: the range that they gave.
        values: of the runs.
    """
    shown = [
        to_scale(value, entry.summary.scale, entry.images)
        for value in (entry.low, entry.high, *values)
        if math.isfinite(value)
    ]
    (low, high), dots = shown[:2], shown[2:]
    reach = _REACH * (high - low)
    near = [v for v in (*sample.scaled, *dots) if low - reach <= v <= high + reach]
    scale = _Scale(min([low, *near]), max([high, *near]))
    inner = _bar(scale, low, high, "r-fail") + _strokes(scale, sample.scaled)
    inner += Markup("").join(_dot(scale, value) for value in dots)
    return _drawing(inner)


def _strokes(scale: _Scale, values: Sequence[float]) -> Markup:
    """One path; seeds that share a pixel share a stroke."""
    places = sorted({round(scale(value)) for value in values if not scale.side(value)})
    if not places:
        return Markup()
    steps = [after - before for before, after in itertools.pairwise(places)]
    path = f"M{places[0]} 4v14" + "".join(f"m{step}-14v14" for step in steps)
    return Markup('<path class="r-seed" d="{}"/>').format(path)


def _drawing(inner: Markup) -> Markup:
    return Markup('<svg class="range" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        WIDTH, HEIGHT, inner
    )


def _some(value: float | None) -> list[float]:
    return [] if value is None or not math.isfinite(value) else [value]


class _Scale:
    """From values to pixels."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.top = low, high
        self.span = (high - low) or 1.0

    def __call__(self, value: float) -> float:
        return _MARGIN + (WIDTH - 2 * _MARGIN) * (value - self.low) / self.span

    def side(self, value: float) -> int:
        """-1 or 1 where a value lies beside the scale, else 0."""
        x = self(value)
        return -1 if x < _MARGIN - 0.5 else 1 if x > WIDTH - _MARGIN + 0.5 else 0


def _bar(scale: _Scale, low: float, high: float, kind: str) -> Markup:
    x = scale(low)
    return Markup('<rect class="{}" x="{}" y="7" width="{}" height="8"/>').format(
        kind, _round(x), _round(max(scale(high) - x, 1.5))
    )


def _dot(scale: _Scale, value: float) -> Markup:
    side = scale.side(value)
    if side:
        return _arrow(side, "r-dot", 11)
    return Markup('<circle class="r-dot" cx="{}" cy="11" r="4"/>').format(_round(scale(value)))


def _diamond(scale: _Scale, value: float) -> Markup:
    side = scale.side(value)
    if side:
        return _arrow(side, "r-dot", 18)
    return Markup('<path class="r-dot" d="M{} 5l5 6-5 6-5-6Z"/>').format(_round(scale(value)))


def _tick(scale: _Scale, value: float) -> Markup:
    side = scale.side(value)
    if side:
        return _arrow(side, "r-tick", 4)
    return Markup('<path class="r-tick" d="M{} 1V21"/>').format(_round(scale(value)))


def _arrow(side: int, kind: str, y: int) -> Markup:
    tip, base = (1, 7) if side < 0 else (WIDTH - 1, WIDTH - 7)
    return Markup('<path class="{}" d="M{} {}L{} {}V{}Z"/>').format(
        kind, tip, y, base, y - 4, y + 4
    )


def _round(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
