"""The section on document C's foundations: small, and computed."""

import re
from dataclasses import replace

from mnistreport.messages import Message
from mnistreport.report.charts import draw_scatter
from mnistreport.report.curves import Dots, Scatter, Stroke
from mnistreport.report.foundations import FoundationsSection, foundations_section

SCATTER = Scatter(
    key="a key",
    dots=(
        Dots(Message("inside"), ((0.0, 0.0), (0.5, 0.5)), 0),
        Dots(Message("outside"), ((1.5, 0.0),), 1, ("<b>",)),
    ),
    strokes=(
        Stroke(((0.0, 1.0), (1.0, 0.0)), "x + y = 1"),
        Stroke(((0.0, 0.0), (1.0, 1.0)), kind="edge"),
    ),
    limits=((-2.0, 2.0), (-2.0, 2.0)),
    description=Message("output {value}", value=1),
    notes=(("h", (1.0, 1.0)),),
    x_label="x",
    y_label="y",
)


def drawings(section: FoundationsSection) -> list[str]:
    """All its charts."""
    found = (*section.activations, *section.circle, *section.xor)
    return [figure.drawing.svg for figure in found]


def test_the_truth_table_is_that_of_exclusive_or() -> None:
    """Each row is worked out to the end, and the units say their conditions."""
    section = foundations_section()
    assert section.units == ("h₁: x > 0", "h₂: x + y > 1", "h₃: y > 0")
    assert section.condition == "h₁ \N{MINUS SIGN} 2h₂ + h₃ > 0"
    assert [row.pair for row in section.truth] == [(1, 1), (0, 0), (1, 0), (0, 1)]
    for row in section.truth:
        first, second, third = row.hidden
        assert row.total == str(first - 2 * second + third)
        assert row.output == row.expected == row.pair[0] ^ row.pair[1]


def test_the_words_carry_what_was_computed() -> None:
    """Slopes, and how many points a line and a unit have right."""
    section = foundations_section()
    assert "is 0.25 at most, and 0.0066 at 5: 4 sigmoid layers" in str(section.slopes)
    assert "by 0.0039 at most" in str(section.slopes)
    assert "it has 3 of the 4" in str(section.inseparable)
    assert "x² + y² > 1, has 100." in str(section.separated)


def test_the_section_is_the_same_every_time_and_small() -> None:
    """Six charts, less than 120 kB together with room for the words."""
    found = drawings(foundations_section())
    assert found == drawings(foundations_section())
    assert len(found) == 6
    assert sum(len(svg.encode()) for svg in found) < 80_000
    ids = [name for svg in found for name in re.findall(r' id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))


def test_a_scatter_draws_each_point_and_tells_its_kind() -> None:
    """In the page's colours, with a marker of its own and a key in each language."""
    drawing = draw_scatter(SCATTER)
    assert str(drawing.told) == "output 1"
    assert not re.search(r'"#[0-9a-f]{6}"', drawing.svg)
    for color, points in (("var(--s0)", 2), ("var(--s1)", 1)):
        drawn = re.findall(f'<use [^>]*fill="{re.escape(color)}"', drawing.svg)
        assert len(drawn) == points + 1  # and one in the key
    assert re.search('<text [^>]* lang="zh">圆内</text>', drawing.svg)
    assert ">x + y = 1</text>" in drawing.svg


def test_names_in_a_scatter_are_escaped() -> None:
    """A name beside a point is text, and a note is where it belongs."""
    svg = draw_scatter(SCATTER).svg
    assert ">&lt;b&gt;</text>" in svg
    assert ">h</text>" in svg


def test_a_scatter_without_labels_has_no_axes() -> None:
    """No ticks and no grid; the points and the key stay."""
    bare = draw_scatter(replace(SCATTER, x_label="", y_label="")).svg
    assert ">\N{MINUS SIGN}2</text>" in draw_scatter(SCATTER).svg
    assert ">\N{MINUS SIGN}2</text>" not in bare
    assert ">x + y = 1</text>" in bare
