"""The test accuracy of a training, step by step, as small as a word."""

from __future__ import annotations

from markupsafe import Markup

from mnistreport.report.curves import TEST_ACCURACY, points
from mnistreport.report.findings import Findings

WIDTH, HEIGHT = 72, 20

#: More points than pixels are not seen.
_MOST = 36


def sparkline(item: Findings) -> Markup:
    """A line from 0 to 100% at least as wide as its values need; empty without two of them."""
    curve = points(item.shown.history, TEST_ACCURACY) if item.shown else ()
    if len(curve) < 2:
        return Markup("")
    kept = [curve[round(i * (len(curve) - 1) / (_MOST - 1))] for i in range(_MOST)]
    kept = list(curve) if len(curve) <= _MOST else kept
    low = min(y for _, y in kept)
    high = max(y for _, y in kept)
    span = (high - low) or 1.0
    first, last = kept[0][0], kept[-1][0]
    path = " ".join(
        f"{2 + (WIDTH - 4) * (x - first) / ((last - first) or 1):.0f},"
        f"{HEIGHT - 3 - (HEIGHT - 6) * (y - low) / span:.1f}"
        for x, y in kept
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true"><polyline points="{}"/></svg>'
    ).format(WIDTH, HEIGHT, path)
