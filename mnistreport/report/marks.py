"""Verdicts as the page shows them: a sign, a word and a colour, never the colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from mnistreport.claims import Finding
from mnistreport.comparison import Outcome
from mnistreport.fidelity import Fidelity
from mnistreport.messages import Message
from mnistreport.verdict import Judgement


@dataclass(frozen=True)
class Mark:
    """`sign` and `word` to read, `kind` the CSS class that gives the colour."""

    sign: str
    word: Message
    kind: str


_MARKS = {
    Judgement.PASS: Mark("✓", Message("pass"), "pass"),
    Judgement.NO_REFERENCE: Mark("?", Message("no reference"), "none"),
    Judgement.WARN: Mark("!", Message("warn"), "warn"),
    Judgement.FAIL: Mark("✗", Message("fail"), "fail"),
    Judgement.ERROR: Mark("✗", Message("error"), "error"),
}


_FIDELITY_MARKS = {
    Fidelity.REPRODUCED: Mark("✓", Message("reproduced"), "pass"),
    Fidelity.PLAUSIBLE: Mark("≈", Message("plausible"), "warn"),
    Fidelity.NOT_REPRODUCED: Mark("✗", Message("not reproduced"), "fail"),
    Fidelity.INCONCLUSIVE: Mark("?", Message("inconclusive"), "none"),
}
_FINDING_MARKS = {
    Finding.HOLDS: Mark("✓", Message("holds"), "pass"),
    Finding.DOES_NOT_HOLD: Mark("✗", Message("does not hold"), "fail"),
    Finding.UNDECIDED: Mark("?", Message("undecided"), "none"),
}


_OUTCOME_MARKS = {
    Outcome.IDENTICAL: Mark("=", Message("same bits"), "pass"),
    Outcome.ROUNDING: Mark("=", Message("rounding"), "pass"),
    Outcome.SAME: Mark("✓", Message("within noise"), "pass"),
    Outcome.BETTER: Mark("↑", Message("better"), "pass"),
    Outcome.CHANGED: Mark("!", Message("changed"), "warn"),
    Outcome.UNDECIDED: Mark("?", Message("undecided"), "warn"),
    Outcome.WORSE: Mark("✗", Message("worse"), "fail"),
}


def mark(judgement: Judgement) -> Mark:
    """How a judgement is shown."""
    return _MARKS[judgement]


def fidelity_mark(verdict: Fidelity) -> Mark:
    """How the verdict on a published figure is shown."""
    return _FIDELITY_MARKS[verdict]


def outcome_mark(outcome: Outcome) -> Mark:
    """How the outcome of a comparison of two builds is shown."""
    return _OUTCOME_MARKS[outcome]


def finding_mark(finding: Finding) -> Mark:
    """How the finding on a claim is shown."""
    return _FINDING_MARKS[finding]
