"""The verdict in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mnistreport.messages import Message, Sentences, Text, listing
from mnistreport.report.findings import Findings, by_experiment
from mnistreport.report.formats import metric_name
from mnistreport.results import Results
from mnistreport.verdict import Judgement, worst


def headline(results: Results) -> Message:
    """What a build came to, in one sentence.

    For example "31 of 32 experiments inside their ranges; numpy/adam is outside."
    """
    found = by_experiment(results)
    if not found:
        return Message("No experiment was run.")
    crashed = _names(found, Judgement.ERROR)
    diverged = [
        item.experiment.name
        for item in found
        if item.judgement is Judgement.FAIL and any(run.status == "diverged" for run in item.runs)
    ]
    outside = [name for name in _names(found, Judgement.FAIL) if name not in diverged]
    clauses = [
        _opening(found),
        _told(outside, lambda **told: Message("{names} {n:is|are} outside", **told)),
        _told(diverged, lambda **told: Message("{names} diverged", **told)),
        _told(crashed, lambda **told: Message("{names} ended in {n:an error|errors}", **told)),
        _told(
            _names(found, Judgement.WARN),
            lambda **told: Message("{names} {n:needs|need} a look", **told),
        ),
        _told(
            _looked_again(found),
            lambda **told: Message("{names} passed at a second look", **told),
        ),
        _told(
            [metric_name(drift.metric) for drift in results.drift if not drift.inside],
            lambda **told: Message("all experiments together drift in {names}", **told),
        ),
        _told(
            _unjudged(found), lambda **told: Message("{names} {n:has|have} no range yet", **told)
        ),
        _told(
            _nonconforming(results),
            lambda **told: Message("{n:rule|rules} {names} {n:does|do} not conform", **told),
        ),
    ]
    return Message("{clauses}.", clauses=Sentences([c for c in clauses if c], "; "))


def overall(results: Results) -> Judgement:
    """The worst judgement of a build; it passes only where every experiment was judged.

    A drift, or a rule that an engine does not keep, is a failure.
    """
    found = worst(results.verdicts)
    failing = _nonconforming(results) or not all(drift.inside for drift in results.drift)
    if failing and found is not Judgement.ERROR:
        return Judgement.FAIL
    unjudged = found is Judgement.PASS and _unjudged(by_experiment(results))
    return Judgement.NO_REFERENCE if unjudged else found


def _told(names: Sequence[Text], clause: Callable[..., Message]) -> Text:
    return clause(names=listing(names), n=len(names)) if names else ""


def _nonconforming(results: Results) -> list[Text]:
    findings = results.conformance.findings if results.conformance else ()
    return [finding.rule for finding in findings if not finding.agrees]


def _names(found: Sequence[Findings], judgement: Judgement) -> list[Text]:
    return [item.experiment.name for item in found if item.judgement is judgement]


def _opening(found: Sequence[Findings]) -> Message:
    inside = sum(item.judgement in (Judgement.PASS, Judgement.WARN) for item in found)
    total = len(found)
    if len(_names(found, Judgement.NO_REFERENCE)) == total:
        return Message(
            "{n} of {total} {total:experiment|experiments} trained, with no range yet to judge by",
            n=sum(bool(item.finished) for item in found),
            total=total,
        )
    if inside < total:
        return Message(
            "{n} of {total} {total:experiment|experiments} inside their ranges",
            n=inside,
            total=total,
        )
    if total == 1:
        return Message("The experiment is inside its ranges")
    return Message("All {total} experiments inside their ranges", total=total)


def _looked_again(found: Sequence[Findings]) -> list[Text]:
    return [
        item.experiment.name
        for item in found
        if item.judgement is Judgement.PASS and any(v.second for v in item.verdicts)
    ]


def _unjudged(found: Sequence[Findings]) -> list[Text]:
    names = _names(found, Judgement.NO_REFERENCE)
    return [] if len(names) == len(found) else names
