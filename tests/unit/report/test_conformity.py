"""Conformance in the report and the other outputs."""

from dataclasses import replace
from xml.etree import ElementTree as ET

from mnistreport.outputs.junit import junit_xml
from mnistreport.outputs.summary import summary_markdown
from mnistreport.report.conformity import conformance_section
from mnistreport.report.headline import headline, overall
from mnistreport.report.render import render_report
from mnistreport.verdict import Judgement
from tests.unit.records import conformance
from tests.unit.report.fake_results import fake_results

GOOD = fake_results(troubled=False)
BROKEN = replace(GOOD, conformance=conformance())
KEPT = replace(GOOD, conformance=conformance(findings=conformance().findings[:1]))


def test_each_rule_has_a_row_and_a_broken_one_its_reason() -> None:
    """Step, values and cause; known roundings beside the rule they belong to."""
    section = conformance_section(BROKEN)
    assert [row.mark.word for row in section.rows] == ["pass", "fail"]
    assert section.rows[0].roundings == "beta_2 power: a becomes b"
    (broken,) = section.broken
    assert str(broken.reason).startswith(
        "keras2/adagrad: step 1, b1[3]: expected -0.25, found -0.125"
    )
    assert "the accumulator starts at 0.1, not 0" in render_report(BROKEN)


def test_without_an_examination_the_page_says_how() -> None:
    """No table of nothing."""
    assert conformance_section(GOOD).rows == ()
    assert "this build left it out" in render_report(GOOD)


def test_a_broken_rule_is_in_the_headline_and_fails_the_page() -> None:
    """One that is kept is not mentioned."""
    assert str(headline(BROKEN)).endswith("; rule keras2/adagrad does not conform.")
    assert overall(BROKEN) is Judgement.FAIL
    assert headline(KEPT) == headline(GOOD)
    assert overall(KEPT) is overall(GOOD) is Judgement.PASS


def test_ci_and_pull_requests_are_told() -> None:
    """A JUnit suite of the rules, and a line in the summary."""
    suites = ET.fromstring(junit_xml(BROKEN))
    (suite,) = (suite for suite in suites if suite.get("name") == "conformance")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert suites.get("failures") == "1"
    assert "keras2/adagrad: step 1" in summary_markdown(BROKEN)
    assert "conformance" not in junit_xml(GOOD)
