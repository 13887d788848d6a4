"""A comparison of two builds in one sentence, or few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from mnistreport.comparison import BuildComparison, Outcome
from mnistreport.messages import Message, Sentences, listing
from mnistreport.report.compared.findings import subject

_CLAUSES: dict[Outcome, Callable[[Message], Message]] = {
    Outcome.WORSE: lambda names: Message("Worse beyond noise: {names}", names=names),
    Outcome.UNDECIDED: lambda names: Message(
        "Different on the same images, noise unknown: {names}", names=names
    ),
    Outcome.CHANGED: lambda names: Message(
        "Changed beyond noise, neither better nor worse: {names}", names=names
    ),
    Outcome.BETTER: lambda names: Message("Better beyond noise: {names}", names=names),
}
_ALIKE: dict[Outcome, Callable[[int], Message]] = {
    Outcome.IDENTICAL: lambda n: Message("{n} {n:is|are} the same bits", n=n),
    Outcome.ROUNDING: lambda n: Message("{n} {n:is|are} the same to rounding", n=n),
    Outcome.SAME: lambda n: Message("{n} {n:is|are} within the noise of retraining", n=n),
}


def comparison_headline(found: BuildComparison) -> Message:
    """What a comparison came to."""
    if not found.pairs:
        reasons = list(dict.fromkeys(reason for _, reason in found.left_out))
        why = listing(reasons) if reasons else Message("no runs")
        return Message("Nothing can be compared: {why}.", why=why)
    told = [
        clause(listing(subjects))
        for outcome, clause in _CLAUSES.items()
        if (subjects := [subject(f) for f in found.findings if f.outcome is outcome])
    ]
    alike = _how_alike(found)
    if not told:
        return Message(
            "No difference beyond noise in {n} {n:experiment|experiments}: {rest}.",
            n=len(found.pairs),
            rest=listing(alike),
        )
    if alike:
        told.append(Message("Of the others {rest}", rest=listing(alike)))
    return Message("{clauses}.", clauses=Sentences(told, ". "))


def _how_alike(found: BuildComparison) -> list[Message]:
    """How many are alike, of the experiments that no finding has."""
    told = {name for finding in found.findings for name in finding.members}
    counted = Counter(pair.outcome for pair in found.pairs if pair.experiment not in told)
    return [words(counted[outcome]) for outcome, words in _ALIKE.items() if counted[outcome]]
