"""The drawing of a value within its range."""

import math
import re

from mnistreport.report.rangeplot import WIDTH, range_plot
from mnistreport.verdict import Judgement, Verdict


def verdict(value: float | None, low: float | None = 0.9, high: float | None = 0.96) -> Verdict:
    """A verdict on a test accuracy."""
    inner = (0.91, 0.95) if low is not None else (None, None)
    judged = Judgement.PASS
    return Verdict("wide/sgd", 0, "test_accuracy", value, low, high, *inner, judged)


def test_value_range_and_published_figure_are_drawn_and_told() -> None:
    """The drawing has two bars, a dot and a tick, and the same in words."""
    svg = range_plot([verdict(0.93)], 0.94)
    assert svg.count("<rect") == 2
    assert svg.count("<circle") == 1
    assert 'class="r-tick"' in svg
    assert 'aria-label="test accuracy 93.00%, range 90.00% to 96.00%, published 94.00%"' in svg


def test_a_value_far_off_becomes_an_arrow_at_its_side() -> None:
    """A value further off than the range is wide does not squeeze the range: it points left."""
    svg = range_plot([verdict(0.1)])
    assert "<circle" not in svg
    assert '<path class="r-dot" d="M1 ' in svg


def test_a_value_a_little_outside_is_in_place() -> None:
    """A near miss is drawn where it is, left of the bar, and all inside the drawing."""
    svg = range_plot([verdict(0.89)])
    dot = float(re.findall(r'cx="([\d.]+)"', svg)[0])
    bars = [float(x) for x in re.findall(r'<rect[^>]* x="([\d.]+)"', svg)]
    assert 0 < dot < min(bars) < WIDTH


def test_several_seeds_are_several_dots() -> None:
    """Each run of an experiment has its dot in one drawing."""
    assert range_plot([verdict(0.93), verdict(0.94), verdict(0.92)]).count("<circle") == 3


def test_without_range_or_value_nothing_is_drawn() -> None:
    """No range, no value, or a value that is no number: no drawing."""
    assert range_plot([verdict(0.93, None, None)]) == ""
    assert range_plot([verdict(None)]) == ""
    assert range_plot([verdict(math.nan)]) == ""
    assert range_plot([]) == ""


def test_a_range_without_width_is_drawn() -> None:
    """A metric that never varies has a range of one point."""
    assert "<rect" in range_plot([verdict(0.9, 0.9, 0.9)])
