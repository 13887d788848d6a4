"""The drawing of a value within its range."""

import math
import re
from typing import Any

from mnistreport.report.rangeplot import WIDTH, range_plot
from mnistreport.verdict import Judgement, SecondLook, Verdict

LOOK = SecondLook((8, 9), (0.93, 0.94), 0.935, 0.92, 0.95)


def verdict(low: float | None = 0.9, high: float | None = 0.96, **changes: Any) -> Verdict:
    """A verdict on a test accuracy."""
    return Verdict("wide/sgd", "test_accuracy", (0,), 0.93, low, high, Judgement.PASS, **changes)


def test_value_range_and_published_figure_are_drawn() -> None:
    """A bar, a dot and a tick; the words stand beside it, so that it is hidden from listeners."""
    svg = range_plot(verdict(), [0.93], 0.94)
    assert svg.count("<rect") == 1
    assert svg.count("<circle") == 1
    assert 'class="r-tick"' in svg
    assert 'aria-hidden="true"' in svg


def test_a_second_look_is_drawn() -> None:
    """Its own range within the first one's, and the mean of the fresh seeds as a diamond."""
    svg = range_plot(verdict(second=LOOK), [0.89])
    assert svg.count("<rect") == 2
    assert svg.count('<path class="r-dot"') == 1


def test_a_value_far_off_becomes_an_arrow_at_its_side() -> None:
    """A value further off than the range is wide does not squeeze the range: it points left."""
    svg = range_plot(verdict(), [0.1])
    assert "<circle" not in svg
    assert '<path class="r-dot" d="M1 ' in svg


def test_a_value_a_little_outside_is_in_place() -> None:
    """A near miss is drawn where it is, left of the bar, and all inside the drawing."""
    svg = range_plot(verdict(), [0.89])
    dot = float(re.findall(r'cx="([\d.]+)"', svg)[0])
    bars = [float(x) for x in re.findall(r'<rect[^>]* x="([\d.]+)"', svg)]
    assert 0 < dot < min(bars) < WIDTH


def test_several_seeds_are_several_dots() -> None:
    """Each run of an experiment has its dot in one drawing."""
    assert range_plot(verdict(), [0.93, 0.94, 0.92]).count("<circle") == 3


def test_without_range_or_value_nothing_is_drawn() -> None:
    """No range, no value, or a value that is no number: no drawing."""
    assert range_plot(verdict(None, None), [0.93]) == ""
    assert range_plot(verdict(), []) == ""
    assert range_plot(verdict(), [math.nan]) == ""
    assert range_plot(None, [0.93]) == ""


def test_a_range_without_width_is_drawn() -> None:
    """A metric that never varies has a range of one point."""
    assert "<rect" in range_plot(verdict(0.9, 0.9), [0.9])
