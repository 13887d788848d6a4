"""The table of a comparison: a row for each experiment, and how many came to what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mnistreport.comparison import METRICS, BuildComparison, Outcome, Pair, Paired, Shift, describe
from mnistreport.messages import Message, Sentences, Text, signed
from mnistreport.report.compared.findings import whole
from mnistreport.report.formats import NOTHING, anchor, count, difference, percent
from mnistreport.report.marks import Mark, outcome_mark

#: Names of narrow columns, in the order of METRICS.
COLUMNS = {
    "test_accuracy": Message("accuracy"),
    "test_loss": Message("test"),
    "final_loss": Message("train"),
    "first_epoch_loss": Message("epoch 1"),
    "weight_norm": Message("norm"),
}

#: What the columns of the table mean.
LEGEND = Message(
    "Gained and lost are test images that only the build after, or only the build before, read "
    "right; p is McNemar's exact test on them, corrected by Holm for the number of experiments. "
    "It compares two models, and two trainings of one recipe are two models already. The columns "
    "of SDs therefore set each difference beside what another seed gives: in standard deviations "
    "of the difference between two trainings."
)


@dataclass(frozen=True)
class PairRow:
    """An experiment's row; texts to show. `shifts` has one a metric, in SDs.

    `href` is the experiment's place in the report of the build after.
    """

    name: str
    href: str
    mark: Mark
    before: str
    after: str
    difference: str
    gained: str
    lost: str
    p: str
    shifts: tuple[str, ...]
    note: Text


@dataclass(frozen=True)
class OutcomeRow:
    """An outcome: how many experiments came to it, and which, by what they share."""

    mark: Mark
    count: str
    names: Message


def pair_rows(found: BuildComparison) -> tuple[PairRow, ...]:
    """Every experiment's, the worst first."""
    order = list(Outcome)
    worst_first = sorted(found.pairs, key=lambda pair: -order.index(pair.outcome))
    return tuple(_row(pair) for pair in worst_first)


def _row(pair: Pair) -> PairRow:
    shifts = {shift.metric: shift for shift in pair.shifts}
    accuracy = shifts.get("test_accuracy")
    read = pair.read
    return PairRow(
        name=pair.experiment,
        href=anchor(pair.experiment),
        mark=outcome_mark(pair.outcome),
        before=percent(accuracy.before) if accuracy else NOTHING,
        after=percent(accuracy.after) if accuracy else NOTHING,
        difference=difference("test_accuracy", accuracy.after - accuracy.before)
        if accuracy
        else NOTHING,
        gained=count(read.gained) if read else NOTHING,
        lost=count(read.lost) if read else NOTHING,
        p=_chance(read),
        shifts=tuple(_sds(shifts.get(metric)) for metric in METRICS),
        note=pair.stopped,
    )


def _chance(read: Paired | None) -> str:
    if read is None:
        return NOTHING
    return "1" if read.adjusted >= 0.995 else f"{read.adjusted:.1g}"


def _sds(shift: Shift | None) -> str:
    if shift is None or shift.sds is None:
        return NOTHING
    return "0" if abs(shift.sds) < 0.05 else signed(shift.sds, ".1f")


def outcome_rows(found: BuildComparison) -> Iterator[OutcomeRow]:
    """Every outcome that there is, the worst first."""
    for outcome in reversed(Outcome):
        names = [pair.experiment for pair in found.pairs if pair.outcome is outcome]
        if names:
            groups, others = describe(names, found.groups)
            told = Sentences([*map(whole, groups), *others], "; ")
            yield OutcomeRow(outcome_mark(outcome), count(len(names)), told)


def telling(rows: Sequence[PairRow]) -> list[PairRow]:
    """The rows that differ by more than rounding."""
    equal = {outcome_mark(Outcome.IDENTICAL), outcome_mark(Outcome.ROUNDING)}
    return [row for row in rows if row.mark not in equal]


def noted(rows: Sequence[PairRow]) -> list[PairRow]:
    """The rows of experiments whose training failed in one build."""
    return [row for row in rows if row.note]
