"""The verdict in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from mnistreport.report.findings import Findings, by_experiment
from mnistreport.report.formats import listing
from mnistreport.results import Results
from mnistreport.verdict import Judgement, worst


def headline(results: Results) -> str:
    """What a build came to, in one sentence.

    For example "31 of 32 experiments inside their ranges; numpy/adam is outside."
    """
    found = by_experiment(results)
    if not found:
        return "No experiment was run."
    crashed = _names(found, Judgement.ERROR)
    diverged = [
        item.experiment.name
        for item in found
        if item.judgement is Judgement.FAIL and any(run.status == "diverged" for run in item.runs)
    ]
    outside = [name for name in _names(found, Judgement.FAIL) if name not in diverged]
    clauses = [
        _opening(found),
        _clause(outside, "is outside", "are outside"),
        _clause(diverged, "diverged", "diverged"),
        _clause(crashed, "ended in an error", "ended in errors"),
        _clause(_names(found, Judgement.WARN), "needs a look", "need a look"),
        _looked_again(found),
        _drifting(results),
        _unjudged(found),
        _clause(_nonconforming(results), "does not conform", "do not conform"),
    ]
    return "; ".join(clause for clause in clauses if clause) + "."


def overall(results: Results) -> Judgement:
    """The worst judgement of a build; a drift, or a rule that Keras does not keep, is a failure."""
    found = worst(results.verdicts)
    failing = _nonconforming(results) or not all(drift.inside for drift in results.drift)
    return Judgement.FAIL if failing and found is not Judgement.ERROR else found


def _nonconforming(results: Results) -> list[str]:
    findings = results.conformance.findings if results.conformance else ()
    return [f"rule {finding.rule}" for finding in findings if not finding.agrees]


def _names(found: Sequence[Findings], judgement: Judgement) -> list[str]:
    return [item.experiment.name for item in found if item.judgement is judgement]


def _opening(found: Sequence[Findings]) -> str:
    inside = sum(item.judgement in (Judgement.PASS, Judgement.WARN) for item in found)
    total = len(found)
    noun = "experiment" if total == 1 else "experiments"
    if len(_names(found, Judgement.NO_REFERENCE)) == total:
        trained = sum(bool(item.finished) for item in found)
        return f"{trained} of {total} {noun} trained, with no range yet to judge by"
    if inside == total:
        return (
            "The experiment is inside its ranges"
            if total == 1
            else (f"All {total} experiments inside their ranges")
        )
    return f"{inside} of {total} {noun} inside their ranges"


def _clause(names: list[str], one: str, several: str) -> str:
    return f"{listing(names)} {one if len(names) == 1 else several}" if names else ""


def _looked_again(found: Sequence[Findings]) -> str:
    names = [
        item.experiment.name
        for item in found
        if item.judgement is Judgement.PASS and any(v.second for v in item.verdicts)
    ]
    return _clause(names, "passed at a second look", "passed at a second look")


def _drifting(results: Results) -> str:
    metrics = [drift.metric.replace("_", " ") for drift in results.drift if not drift.inside]
    return f"all together drift in {listing(metrics)}" if metrics else ""


def _unjudged(found: Sequence[Findings]) -> str:
    names = _names(found, Judgement.NO_REFERENCE)
    if not names or len(names) == len(found):
        return ""
    return _clause(names, "has no range yet", "have no range yet")
