"""How figures are written."""

import math

import pytest

from mnistreport.report import formats


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("test_accuracy", 0.9789, "97.89%"),
        ("test_loss", 0.036340123, "0.03634"),
        ("parameters", 795010.0, "795,010"),
        ("test_loss", math.nan, "\N{EN DASH}"),
        ("test_loss", None, "\N{EN DASH}"),
    ],
)
def test_figures_are_written_by_what_they_measure(
    metric: str, value: float | None, text: str
) -> None:
    """Accuracies are percent, losses four digits, counts whole, and no number is a dash."""
    assert formats.figure(metric, value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0012, "+0.12 pp"),
        (-0.05, "\N{MINUS SIGN}5.00 pp"),
        (0.00001, "±0.00 pp"),
        (-0.00001, "±0.00 pp"),
        (None, "\N{EN DASH}"),
    ],
)
def test_differences_carry_their_sign(value: float | None, text: str) -> None:
    """A difference of accuracies is in percentage points, and one that rounds to 0 has no side."""
    assert formats.difference("test_accuracy", value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.844, "0.84 s"), (12.34, "12.3 s"), (125, "2 min 05 s"), (3725, "1 h 02 min")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    """A duration has the two units that matter."""
    assert formats.duration(seconds) == text


def test_an_anchor_is_its_own_fragment() -> None:
    """The id of any name holds nothing that a link would have to escape again."""
    assert formats.anchor("wide/sgd-0.001") == "experiment/wide/sgd-0.001"
    assert formats.anchor('a "b"<c>') == "experiment/a%20%22b%22%3Cc%3E"


def test_moments_are_readable() -> None:
    """A time in UTC loses its T and offset; anything else stays."""
    assert formats.moment("2026-01-02T03:04:05+00:00") == "2026-01-02 03:04:05 UTC"
    assert formats.moment("yesterday") == "yesterday"
