"""Charts: the same every time, themed, escaped, with labels that do not touch."""

import itertools
import re

import pytest

from mnistreport.messages import Message
from mnistreport.report.charts import draw
from mnistreport.report.curves import Band, Chart, Line, segments
from mnistreport.report.labels import spread

LINE = Line("sgd", ((1.0, 0.9), (2.0, 0.5), (3.0, 0.25)), 0)


def chart(*lines: Line, key: str = "a key", **changes: object) -> Chart:
    """A chart of losses."""
    values = {"x_label": Message("epoch"), "y_label": Message("loss"), **changes}
    return Chart(key, lines, **values)  # type: ignore[arg-type]


def test_a_chart_is_the_same_every_time() -> None:
    """Nothing random and no date gets into a drawing."""
    assert draw(chart(LINE)) == draw(chart(LINE))


def test_ids_differ_from_chart_to_chart() -> None:
    """Two charts on one page share no id, and every reference meets one of its own chart."""
    ids = []
    for key in ("one", "two"):
        svg = draw(chart(LINE, key=key)).svg
        own = set(re.findall(r' id="([^"]+)"', svg))
        assert own
        assert set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg)) == own
        ids.append(own)
    assert not ids[0] & ids[1]


def test_colours_come_from_the_page() -> None:
    """Every colour is one of the page's variables, so that both themes fit."""
    svg = draw(chart(LINE, band=Band(0.4, 0.6, Message("people")))).svg
    assert not re.search(r'"#[0-9a-f]{6}"', svg)
    assert "var(--s0)" in svg
    assert "var(--band)" in svg


def test_a_chart_says_in_words_where_it_ends() -> None:
    """A reader who sees no drawing is told its axes and the last values."""
    drawing = draw(chart(LINE))
    assert 'aria-hidden="true"' in drawing.svg
    assert str(drawing.told) == "loss by epoch. At the end: sgd 0.25."
    assert drawing.told.text("zh") == "损失随轮次变化。结束时：sgd 0.25。"


def test_labels_are_there_in_each_language() -> None:
    """One element a language in the same place; names stand once."""
    svg = draw(chart(Line(Message("train"), LINE.points, 0), LINE)).svg
    for english, chinese in (("epoch", "轮次"), ("loss", "损失"), ("train", "训练")):
        (one,) = re.findall(rf'<text ([^>]*) lang="en">{english}</text>', svg)
        (two,) = re.findall(rf'<text ([^>]*) lang="zh">{chinese}</text>', svg)
        assert one == two
    assert len(re.findall(">sgd</text>", svg)) == 1


def test_labels_are_text_and_escaped() -> None:
    """A hostile label is drawn as its characters: no element, no formula, no control character."""
    svg = draw(chart(Line("<b>$x^2$\x00\ud800", LINE.points, 0))).svg
    assert "&lt;b&gt;$x^2$" in svg
    assert "<b>" not in svg
    assert "\x00" not in "".join(re.findall("<text.*?</text>", svg))


def test_published_curves_have_no_label() -> None:
    """The curve behind ours is dashed and named by ours alone."""
    svg = draw(chart(Line("theirs", LINE.points, 0, "published"), LINE)).svg
    assert "theirs" not in svg
    assert "stroke-dasharray" in svg


def test_one_value_alone_is_drawn() -> None:
    """A history of one epoch is a point, not an error."""
    assert "sgd" in draw(chart(Line("sgd", ((1.0, 0.5),), 3))).svg


@pytest.mark.parametrize(
    "wanted", [[0.0, 0.0, 0.0], [100.0, 100.0, 99.0], [50.0, 51.0, 52.0, 10.0], [5.0]]
)
def test_labels_keep_apart(wanted: list[float]) -> None:
    """Labels stay inside, a step apart, and in the order of their curves."""
    placed = spread(wanted, 15.0, 100.0)
    assert all(0 <= y <= 100 for y in placed)
    ordered = sorted(placed)
    assert all(b - a >= 15 - 1e-9 for a, b in itertools.pairwise(ordered))
    by_wish = [y for _, y in sorted(zip(wanted, placed, strict=True))]
    assert by_wish == ordered


def test_too_many_labels_are_set_evenly() -> None:
    """More labels than fit share the height, and none leaves it."""
    placed = spread([50.0] * 21, 15.0, 100.0)
    assert placed == pytest.approx([5.0 * i for i in range(21)])


def test_a_curve_that_ends_above_the_plot_says_so() -> None:
    """A label at the top carries an arrow where its curve is off the plot."""
    above = Line("sgd", ((1.0, 5.0), (2.0, 4.0)), 0)
    assert ">sgd ↑<" in draw(chart(above, y_limits=(0.0, 1.0))).svg
    assert ">sgd<" in draw(chart(above)).svg


def test_a_flat_accuracy_is_not_blown_up() -> None:
    """An accuracy that never moves is drawn on an axis of at least two points."""
    flat = Line("test", ((1.0, 0.1), (2.0, 0.1001)), 0)
    svg = draw(chart(flat, percent=True, y_label=Message("accuracy"))).svg
    assert ">10.0%<" in svg
    assert "10.00%" not in svg


def test_a_curve_breaks_where_values_were_lost() -> None:
    """Values that a document lost are a gap, not a straight line across; a lone one is a dot."""
    points = ((1.0, 0.9), (2.0, 0.8), (5.0, 0.5), (9.0, 0.2))
    assert [len(part) for part in segments(points)] == [2, 1, 1]
    assert segments(points[:1]) == [[(1.0, 0.9)]]
    svg = draw(chart(Line("x", points, 0, "published"), LINE)).svg
    assert len(re.findall('stroke-dasharray="4.8,3"', svg)) == 1


def test_what_marks_have_in_common_is_said_once() -> None:
    """Of the group that holds them: a page has thousands."""
    svg = draw(chart(LINE)).svg
    marks = re.findall(r"<use [^>]*>", svg)
    groups = re.findall(r"<g [^>]*>", svg)
    assert any('fill="var(--s0)"' in group and 'stroke="var(--page)"' in group for group in groups)
    assert not any('fill="var(--s0)"' in mark for mark in marks)
