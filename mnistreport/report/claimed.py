"""The section on claims: each with its finding and the evidence for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnistreport.claims import JudgedClaim, Part, demand, effect
from mnistreport.messages import Message, Phrase, Text
from mnistreport.report.marks import Mark, finding_mark


@dataclass(frozen=True)
class PartRow:
    """One comparison as texts; `why` is the reason for its bound, empty where told before."""

    mark: Mark
    demand: Message
    effect: Text
    why: Message


@dataclass(frozen=True)
class ClaimRow:
    """A claim as texts."""

    mark: Mark
    document: str
    claim: Message
    source: Message
    note: Message
    parts: tuple[PartRow, ...]


def claim_rows(claims: Sequence[JudgedClaim]) -> tuple[ClaimRow, ...]:
    """A row for each claim, in the file's order."""
    return tuple(
        ClaimRow(
            mark=finding_mark(judged.finding),
            document=judged.claim.document,
            claim=Phrase(judged.claim.claim),
            source=Phrase(judged.claim.source),
            note=Phrase(judged.claim.note),
            parts=_parts(judged.parts),
        )
        for judged in claims
    )


def _parts(parts: Sequence[Part]) -> tuple[PartRow, ...]:
    """The reason of a bound is told once, though several experiments may be held against it."""
    before = (None, *(part.comparison for part in parts))
    return tuple(
        PartRow(
            mark=finding_mark(part.finding),
            demand=demand(part.comparison, part.right),
            effect=effect(part),
            why=Phrase("" if part.comparison is last else part.comparison.why),
        )
        for last, part in zip(before, parts, strict=False)
    )
