"""How figures are written for people. Fractions come in, percent go out."""

from __future__ import annotations

import math
from urllib.parse import quote

from mnistreport.messages import Message, Phrase

#: What stands where there is no figure.
NOTHING = "\N{EN DASH}"

#: Between the sizes of a shape.
TIMES = " \N{MULTIPLICATION SIGN} "

_MINUS = "\N{MINUS SIGN}"


def is_share(metric: str) -> bool:
    """Whether a metric is a fraction that is shown in percent."""
    return metric.endswith("accuracy")


def metric_name(metric: str) -> Message:
    """A metric's name in words."""
    return Phrase(metric.replace("_", " "))


def percent(value: float, digits: int = 2) -> str:
    """A fraction in percent: .9789 becomes "97.89%"."""
    return f"{100 * value:.{digits}f}%"


def figure(metric: str, value: float | None) -> str:
    """A metric's value: accuracies in percent, counts whole, anything else to 4 digits."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if is_share(metric):
        return percent(value)
    if metric == "parameters":
        return count(round(value))
    return f"{value:.4g}"


def interval(metric: str, low: float | None, high: float | None) -> str:
    """A range, its ends on both sides of a dash; the dash alone where there is none."""
    if low is None or high is None:
        return NOTHING
    return f"{figure(metric, low)} {NOTHING} {figure(metric, high)}"


def difference(metric: str, value: float | None) -> str:
    """A difference with its sign: accuracies in percentage points ("pp")."""
    if value is None or not math.isfinite(value):
        return NOTHING
    size = distance(metric, abs(value))
    zero = not any(digit in size for digit in "123456789")
    sign = "±" if zero else _MINUS if value < 0 else "+"
    return f"{sign}{size}"


def distance(metric: str, value: float) -> str:
    """How far two values of a metric are apart: accuracies in percentage points ("pp")."""
    return f"{100 * value:.2f} pp" if is_share(metric) else figure(metric, value)


def count(value: int) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}"


def duration(seconds: float) -> str:
    """Seconds as "0.84 s", "12.3 s", "2 min 05 s" or "1 h 02 min"."""
    if not math.isfinite(seconds):
        return NOTHING
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def moment(text: str) -> str:
    """An ISO 8601 time in UTC as "2026-01-02 03:04:05 UTC"; any other text as it is."""
    if not text.endswith("+00:00"):
        return text
    return text.removesuffix("+00:00").replace("T", " ") + " UTC"


def anchor(name: str) -> str:
    """The id of an experiment's section, which is its own fragment in a link."""
    return "experiment/" + quote(name, safe="/", errors="replace")


def short_name(name: str) -> str:
    """The part of an experiment's name after its family: "sgd" of "wide/sgd"."""
    return name.rpartition("/")[2]
