"""The section on sensitivity says what is noticed, and what is not."""

from __future__ import annotations

from mnistreport.report.sensed import sensitivity_section
from tests.unit.report.fake_results import fake_table


def test_blind_spots_are_marked_and_controls_stand_apart() -> None:
    """What has no effect is left out; a control that nobody notices is no blind spot."""
    section = sensitivity_section(fake_table(), "quick/digits")
    assert section is not None
    assert str(section.about).startswith("1 of 2 planted faults are noticed in at least 90%")
    assert [str(row.blind) for row in section.faults] == [
        "",
        "Blind spot: nine tenths of the eights lost, in numpy/sgd",
    ]
    assert [str(row.conformance) for row in section.faults] == ["keras2/sgd", "-"]
    assert [str(row.title) for row in section.controls] == ["another seed"]
    assert not section.controls[0].blind


def test_there_is_no_section_of_nothing() -> None:
    """Where nothing was measured, or controls alone."""
    assert sensitivity_section((), "") is None
    assert sensitivity_section(fake_table()[3:], "quick/digits") is None
