"""The section on conformance: whether Keras still does what its rules say."""

from __future__ import annotations

from dataclasses import dataclass

from mnistreport.conformance import Finding, failure
from mnistreport.messages import Message, Phrase, Sentences, Text
from mnistreport.report.formats import NOTHING, moment
from mnistreport.report.marks import Mark, mark
from mnistreport.results import Results
from mnistreport.verdict import Judgement


@dataclass(frozen=True)
class RuleRow:
    """One rule; `reason` is empty where it is kept."""

    mark: Mark
    rule: str
    compared: Message
    largest: str
    roundings: Text
    reason: Text


@dataclass(frozen=True)
class ConformanceSection:
    """The rules as texts; none, and no `about`, where they were not examined."""

    about: Text = ""
    broken: tuple[RuleRow, ...] = ()
    rows: tuple[RuleRow, ...] = ()


def conformance_section(results: Results) -> ConformanceSection:
    """Of the examination that belongs to a build."""
    found = results.conformance
    if found is None:
        return ConformanceSection()
    rows = tuple(map(_row, found.findings))
    return ConformanceSection(
        about=Message(
            "{kept} of {total} rules conform ({versions}); examined {when}.",
            kept=sum(finding.agrees for finding in found.findings),
            total=len(found.findings),
            versions=", ".join(f"{name} {version}" for name, version in found.versions.items()),
            when=moment(found.created),
        ),
        broken=tuple(row for row in rows if row.reason),
        rows=rows,
    )


def _row(finding: Finding) -> RuleRow:
    return RuleRow(
        mark=mark(Judgement.PASS if finding.agrees else Judgement.FAIL),
        rule=finding.rule,
        compared=_counted(finding.compared),
        largest=f"{finding.largest:.1e}",
        roundings=Sentences(map(_rounding, finding.roundings), "; ")
        if finding.roundings
        else NOTHING,
        reason=failure(finding),
    )


def _rounding(text: str) -> Message:
    what, _, now = text.partition(" becomes ")
    return Message("{what} becomes {now}", what=what, now=now)


def _counted(text: str) -> Message:
    """A number and what it counts, such as "100 steps"."""
    number, _, noun = text.partition(" ")
    return Sentences([number, Phrase(noun)])
