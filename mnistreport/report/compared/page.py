"""Everything that is told of a comparison, as texts to show."""

from __future__ import annotations

from dataclasses import dataclass

from mnistreport.comparison import METRICS, BuildComparison
from mnistreport.messages import Message, Phrase, Sentences, Text, listing
from mnistreport.report.compared.findings import FindingText, finding_text
from mnistreport.report.compared.headline import comparison_headline
from mnistreport.report.compared.notices import notices
from mnistreport.report.compared.table import (
    COLUMNS,
    LEGEND,
    OutcomeRow,
    PairRow,
    outcome_rows,
    pair_rows,
)
from mnistreport.report.formats import count, metric_name, moment
from mnistreport.report.marks import Mark, outcome_mark

#: What names a comparison, where it changed: the first of these.
_TELLING = ("tensorflow", "keras", "jax", "numpy", "mnistreport", "commit")


@dataclass(frozen=True)
class Changed:
    """Something with its value before and after."""

    name: Text
    before: Text
    after: Text


@dataclass(frozen=True)
class ChangedRecipe:
    """A hyperparameter that differs, and where."""

    name: str
    before: Text
    after: Text
    experiments: Message


@dataclass(frozen=True)
class ComparedPage:
    """Everything that is told of a comparison, in its order.

    `path` and `made` are those of the build before; `short` are the names of `columns` where
    those are narrow.
    """

    title: str
    path: str
    made: str
    mark: Mark
    headline: Message
    notices: tuple[Message, ...]
    builds: tuple[Changed, ...]
    environment: tuple[Changed, ...]
    unchanged: Message
    recipes: tuple[ChangedRecipe, ...]
    findings: tuple[FindingText, ...]
    counts: tuple[OutcomeRow, ...]
    columns: tuple[Message, ...]
    short: tuple[Message, ...]
    rows: tuple[PairRow, ...]
    left_out: tuple[tuple[Message, str], ...]
    legend: Message


def compared_page(found: BuildComparison) -> ComparedPage:
    """The words of a comparison."""
    return ComparedPage(
        title=_title(found),
        path=str(found.before.path),
        made=moment(found.before.created),
        mark=outcome_mark(found.outcome)
        if found.pairs
        else Mark("?", Message("not compared"), "none"),
        headline=comparison_headline(found),
        notices=tuple(notices(found)),
        builds=_builds(found),
        environment=tuple(
            Changed(Phrase(change.name), Phrase(change.before), Phrase(change.after))
            for change in found.environment
        ),
        unchanged=_unchanged(found),
        recipes=tuple(
            ChangedRecipe(
                recipe.change.name,
                Phrase(recipe.change.before),
                Phrase(recipe.change.after),
                listing(recipe.experiments, 6),
            )
            for recipe in found.recipes
        ),
        findings=tuple(map(finding_text, found.findings)),
        counts=tuple(outcome_rows(found)),
        columns=tuple(metric_name(metric) for metric in METRICS),
        short=tuple(COLUMNS[metric] for metric in METRICS),
        rows=pair_rows(found),
        left_out=_left_out(found),
        legend=LEGEND,
    )


def _title(found: BuildComparison) -> str:
    named = {change.name: change for change in found.environment}
    for name in _TELLING:
        if name in named:
            return f"{name} {named[name].before} → {named[name].after}"
    return f"{found.before.path} → {found.after.path}"


def _builds(found: BuildComparison) -> tuple[Changed, ...]:
    before, after = found.before, found.after
    return (
        Changed(Message("results"), str(before.path), str(after.path)),
        Changed(Message("made"), moment(before.created), moment(after.created)),
        Changed(Message("profile"), before.profile, after.profile),
        Changed(Message("dataset"), before.dataset, after.dataset),
        Changed(Message("dataset sha256"), before.dataset_sha256[:16], after.dataset_sha256[:16]),
        Changed(Message("trainings"), count(len(before.readings)), count(len(after.readings))),
        Changed(Message("command"), before.command, after.command),
    )


def _unchanged(found: BuildComparison) -> Message:
    changed = {change.name for change in found.environment}
    same = [
        Sentences([Phrase(name), Phrase(value)])
        for name, value in found.after.environment.items()
        if name not in changed
    ]
    return Sentences(same, ", ")


def _left_out(found: BuildComparison) -> tuple[tuple[Message, str], ...]:
    reasons: dict[Message, list[str]] = {}
    for name, reason in found.left_out:
        reasons.setdefault(reason, []).append(name)
    return tuple((reason, ", ".join(names)) for reason, names in reasons.items())
