"""The section on conformance: whether Keras still does what its rules say."""

from __future__ import annotations

from dataclasses import dataclass

from mnistreport.conformance import Finding, failure
from mnistreport.report.formats import NOTHING, moment
from mnistreport.report.marks import Mark, mark
from mnistreport.results import Results
from mnistreport.verdict import Judgement


@dataclass(frozen=True)
class RuleRow:
    """One rule; `reason` is empty where it is kept."""

    mark: Mark
    rule: str
    compared: str
    largest: str
    roundings: str
    reason: str


@dataclass(frozen=True)
class ConformanceSection:
    """The rules as texts; none, and no `about`, where they were not examined."""

    about: str = ""
    broken: tuple[RuleRow, ...] = ()
    rows: tuple[RuleRow, ...] = ()


def conformance_section(results: Results) -> ConformanceSection:
    """Of the examination that belongs to a build."""
    found = results.conformance
    if found is None:
        return ConformanceSection()
    rows = tuple(map(_row, found.findings))
    return ConformanceSection(
        about=f"{found.summary}; examined {moment(found.created)}.",
        broken=tuple(row for row in rows if row.reason),
        rows=rows,
    )


def _row(finding: Finding) -> RuleRow:
    return RuleRow(
        mark=mark(Judgement.PASS if finding.agrees else Judgement.FAIL),
        rule=finding.rule,
        compared=finding.compared,
        largest=f"{finding.largest:.1e}",
        roundings="; ".join(finding.roundings) or NOTHING,
        reason=failure(finding),
    )
