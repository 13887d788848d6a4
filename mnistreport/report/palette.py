"""Colours of charts: sentinels that matplotlib draws with, and the CSS variables they become.

The series' colours are Okabe and Ito's, darkened or lightened in style.css until each has a
contrast of 3 to 1 with its page. A series also has its own marker and a label at its end.
"""

from __future__ import annotations

INK = "#101010"
MUTED = "#101011"
GRID = "#101012"
PAGE = "#101013"
BAND = "#101014"

#: One for each series of a plot; a ninth series starts again.
SERIES = tuple(f"#1010a{number}" for number in range(8))

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")

#: Sentinel -> CSS variable.
VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--line)",
    PAGE: "var(--page)",
    BAND: "var(--band)",
    **{color: f"var(--s{number})" for number, color in enumerate(SERIES)},
}
