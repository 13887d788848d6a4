"""Labels of curves: what they may hold, and where they go so that they do not touch."""

from __future__ import annotations

from collections.abc import Sequence

#: In characters.
_LONGEST_LABEL = 20


def drawable(text: str) -> str:
    """A label as XML and the fonts can hold it, cut to what the margin can."""
    text = "".join(character for character in text if character.isprintable())
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"


def spread(wanted: Sequence[float], step: float, height: float) -> list[float]:
    """Positions in [0, height] at least `step` apart, in the order of the wanted ones, near them.

    Where they do not all fit they are set evenly.
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    step = min(step, height / max(len(wanted) - 1, 1))
    placed = [0.0] * len(wanted)
    floor = 0.0
    for i in order:
        placed[i] = max(wanted[i], floor)
        floor = placed[i] + step
    ceiling = height
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - step
    return placed
