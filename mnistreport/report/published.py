"""The section on published figures: each beside the interval that our seeds make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mnistreport.fidelity import (
    CurveFigures,
    Fidelity,
    Figure,
    PublishedFigures,
    in_plain_words,
)
from mnistreport.messages import Message, Sentences, Text
from mnistreport.report.formats import (
    NOTHING,
    anchor,
    count,
    figure,
    interval,
    metric_name,
    percent,
)
from mnistreport.report.marks import Mark, fidelity_mark


@dataclass(frozen=True)
class FinalRow:
    """A published final as texts."""

    mark: Mark
    name: str
    href: str
    metric: Message
    published: str
    mean: str
    interval: str
    seeds: str
    reason: Text


@dataclass(frozen=True)
class CurveRow:
    """A published curve as texts; `counts` in the order of the section's `verdicts`."""

    name: str
    href: str
    curve: Message
    figures: str
    inside: str
    counts: tuple[str, ...]
    replays: str


@dataclass(frozen=True)
class PublishedSection:
    """All published figures of a build's experiments; `words` say what a figure really was."""

    summary: Message
    finals: tuple[FinalRow, ...]
    curves: tuple[CurveRow, ...]
    verdicts: tuple[Message, ...]
    words: Message


def published_section(found: Sequence[PublishedFigures]) -> PublishedSection | None:
    """The section; None where no figure was published or judged."""
    finals = [final for item in found for final in item.finals]
    curves = [curve for item in found for curve in item.curves]
    if not finals and not curves:
        return None
    return PublishedSection(
        summary=_summary(finals),
        finals=tuple(map(_final, finals)),
        curves=tuple(map(_curve, curves)),
        verdicts=tuple(fidelity_mark(verdict).word for verdict in Fidelity),
        words=Sentences(in_plain_words(finals)),
    )


def _summary(finals: Sequence[Figure]) -> Message:
    """For example "Of 78 final figures 70 reproduced, 5 plausible, 3 inconclusive."."""
    if not finals:
        return Message("No final figure was published.")
    counts = Counter(final.verdict for final in finals)
    told = [
        Sentences([counts[verdict], fidelity_mark(verdict).word])
        for verdict in Fidelity
        if counts[verdict]
    ]
    return Message(
        "Of {n} final {n:figure|figures} {told}.", n=len(finals), told=Sentences(told, ", ")
    )


def _final(final: Figure) -> FinalRow:
    metric = metric_name(final.metric)
    if final.step is not None:
        metric = Message("{metric} at step {n}", metric=metric, n=final.step)
    return FinalRow(
        mark=fidelity_mark(final.verdict),
        name=final.experiment,
        href=anchor(final.experiment),
        metric=metric,
        published=figure(final.metric, final.published),
        mean=figure(final.metric, final.mean),
        interval=interval(final.metric, final.low, final.high),
        seeds=str(final.seeds),
        reason=final.reason,
    )


def _curve(curve: CurveFigures) -> CurveRow:
    share = curve.share_inside
    return CurveRow(
        name=curve.experiment,
        href=anchor(curve.experiment),
        curve=metric_name(curve.name),
        figures=count(len(curve.figures)),
        inside=NOTHING if share is None else percent(share, 0),
        counts=tuple(count(curve.count(verdict)) for verdict in Fidelity),
        replays=count(curve.replays) if curve.replays else "",
    )
