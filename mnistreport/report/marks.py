"""Judgements as the page shows them: a sign, a word and a colour, never the colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from mnistreport.verdict import Judgement


@dataclass(frozen=True)
class Mark:
    """`sign` and `word` to read, `kind` the CSS class that gives the colour."""

    sign: str
    word: str
    kind: str


_MARKS = {
    Judgement.PASS: Mark("✓", "pass", "pass"),
    Judgement.NO_REFERENCE: Mark("?", "no reference", "none"),
    Judgement.WARN: Mark("!", "warn", "warn"),
    Judgement.FAIL: Mark("✗", "fail", "fail"),
    Judgement.ERROR: Mark("✗", "error", "error"),
}


def mark(judgement: Judgement) -> Mark:
    """How a judgement is shown."""
    return _MARKS[judgement]
