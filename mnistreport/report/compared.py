"""A comparison of two builds in words: what text, Markdown and HTML print alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mnistreport.comparison import (
    METRICS,
    BuildComparison,
    Finding,
    Movement,
    Outcome,
    Pair,
    Shift,
)
from mnistreport.comparison.chance import Paired
from mnistreport.comparison.findings import TRAINING
from mnistreport.comparison.groups import Group, describe
from mnistreport.messages import Message, listing
from mnistreport.report.formats import (
    NOTHING,
    count,
    difference,
    metric_name,
    moment,
    percent,
)
from mnistreport.report.marks import Mark

_MARKS = {
    Outcome.IDENTICAL: Mark("=", Message("same bits"), "pass"),
    Outcome.ROUNDING: Mark("=", Message("rounding"), "pass"),
    Outcome.SAME: Mark("✓", Message("within noise"), "pass"),
    Outcome.BETTER: Mark("↑", Message("better"), "pass"),
    Outcome.CHANGED: Mark("!", Message("changed"), "warn"),
    Outcome.UNDECIDED: Mark("?", Message("undecided"), "warn"),
    Outcome.WORSE: Mark("✗", Message("worse"), "fail"),
}
#: Names of narrow columns.
_SHORT = {
    "test_accuracy": "accuracy",
    "test_loss": "test",
    "final_loss": "train",
    "first_epoch_loss": "epoch 1",
    "weight_norm": "norm",
}
_MINUS = "\N{MINUS SIGN}"

#: What the columns of the table mean.
LEGEND = (
    "Gained and lost are test images that only the build after, or only the build before, read "
    "right; p is McNemar's exact test on them, corrected by Holm for the number of experiments. "
    "It compares two models, and two trainings of one recipe are two models already. The columns "
    "of SDs therefore set each difference beside what another seed gives: in standard deviations "
    "of the difference between two trainings."
)


@dataclass(frozen=True)
class FindingText:
    """A finding as a sentence, and the experiments in it."""

    mark: Mark
    subject: str
    told: tuple[str, ...]
    members: str


@dataclass(frozen=True)
class PairRow:
    """An experiment's row; texts to show. `shifts` has one a metric, in SDs."""

    name: str
    mark: Mark
    before: str
    after: str
    difference: str
    gained: str
    lost: str
    p: str
    shifts: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class ComparedPage:
    """Everything that is told of a comparison, in its order."""

    title: str
    mark: Mark
    headline: str
    notices: tuple[str, ...]
    builds: tuple[tuple[str, str, str], ...]
    environment: tuple[tuple[str, str, str], ...]
    unchanged: str
    recipes: tuple[tuple[str, str, str, str], ...]
    findings: tuple[FindingText, ...]
    counts: tuple[tuple[Mark, str, str], ...]
    columns: tuple[str, ...]
    short: tuple[str, ...]
    rows: tuple[PairRow, ...]
    left_out: tuple[tuple[str, str], ...]
    legend: str


def compared_page(found: BuildComparison) -> ComparedPage:
    """The words of a comparison."""
    return ComparedPage(
        title=_title(found),
        mark=_MARKS[found.outcome] if found.pairs else Mark("?", Message("not compared"), "none"),
        headline=comparison_headline(found),
        notices=tuple(_notices(found)),
        builds=_builds(found),
        environment=tuple((c.name, c.before, c.after) for c in found.environment),
        unchanged=_unchanged(found),
        recipes=tuple(
            (r.change.name, r.change.before, r.change.after, str(listing(r.experiments, 6)))
            for r in found.recipes
        ),
        findings=tuple(_finding(finding) for finding in found.findings),
        counts=tuple(_counts(found)),
        columns=tuple(str(metric_name(metric)) for metric in METRICS),
        short=tuple(_SHORT[metric] for metric in METRICS),
        rows=tuple(_row(pair) for pair in _worst_first(found.pairs)),
        left_out=_left_out(found),
        legend=LEGEND,
    )


def _title(found: BuildComparison) -> str:
    named = {change.name: change for change in found.environment}
    for name in ("tensorflow", "keras", "jax", "numpy", "mnistreport", "commit"):
        if name in named:
            return f"{name} {named[name].before} → {named[name].after}"
    return f"{found.before.path} → {found.after.path}"


# --- the sentence ------------------------------------------------------------------------


def comparison_headline(found: BuildComparison) -> str:
    """What a comparison came to, in one sentence."""
    total = len(found.pairs)
    if not total:
        reasons = list(dict.fromkeys(reason for _, reason in found.left_out))
        return f"Nothing can be compared: {listing(reasons) if reasons else 'no runs'}."
    clauses = [
        _clause(found, Outcome.WORSE, "worse beyond noise"),
        _clause(found, Outcome.UNDECIDED, "different on the same images, noise unknown"),
        _clause(found, Outcome.CHANGED, "changed beyond noise, neither better nor worse"),
        _clause(found, Outcome.BETTER, "better beyond noise"),
    ]
    told = "; ".join(clause for clause in clauses if clause)
    rest = f"{_how_alike(found)}."
    if not told:
        noun = "experiment" if total == 1 else "experiments"
        return f"No difference beyond noise in {total} {noun}: {rest}"
    return f"{told[0].upper()}{told[1:]}. {f'Of the others {rest}' if rest != '.' else ''}".strip()


def _clause(found: BuildComparison, outcome: Outcome, words: str) -> str:
    subjects = [subject(f) for f in found.findings if f.outcome is outcome]
    return f"{words}: {listing(subjects)}" if subjects else ""


def _how_alike(found: BuildComparison) -> str:
    told = {name for finding in found.findings for name in finding.members}
    counted = Counter(pair.outcome for pair in found.pairs if pair.experiment not in told)
    parts = [
        (counted[Outcome.IDENTICAL], "the same bits"),
        (counted[Outcome.ROUNDING], "the same to rounding"),
        (counted[Outcome.SAME], "within the noise of retraining"),
    ]
    words = [
        f"{number} {'is' if number == 1 else 'are'} {word}" for number, word in parts if number
    ]
    return str(listing(words))


def subject(finding: Finding) -> str:
    """Who moved: "all 4 experiments with the optimizer keras.Adam", or an experiment's name."""
    if finding.trait is None:
        return finding.members[0]
    number = len(finding.members)
    which = f"{number} of the {finding.group}" if number < finding.group else f"all {number}"
    if number == finding.group == 2:
        which = "both"
    return f"{which} experiments {finding.trait}".strip()


# --- findings ----------------------------------------------------------------------------


def _finding(finding: Finding) -> FindingText:
    words = subject(finding)
    return FindingText(
        mark=_MARKS[finding.outcome],
        subject=words[0].upper() + words[1:] if finding.trait is not None else words,
        told=tuple(_movement(finding, movement) for movement in finding.movements),
        members=str(listing(finding.members, 8)) if finding.trait is not None else "",
    )


def _movement(finding: Finding, movement: Movement) -> str:
    if movement.metric == TRAINING:
        build = "after" if movement.sign < 0 else "before"
        return f"training failed in the build {build} alone"
    way = "higher" if movement.sign > 0 else "lower"
    sizes = dict.fromkeys(_size(movement.metric, s) for s in (movement.least, movement.most))
    words = f"{metric_name(movement.metric)} {way}: {' to '.join(sizes)}"
    number = len(finding.members)
    if finding.drift:
        deviate = abs(movement.deviate or 0.0)
        return (
            f"{words}, in {movement.agree} of {number}: none beyond noise alone, "
            f"all together {deviate:.1f} SDs"
        )
    if finding.outcome is Outcome.UNDECIDED:
        return f"{words}, by the paired test on the images alone"
    if movement.alone == 0:
        return f"{words}, not beyond noise by itself"
    if movement.alone < number:
        words += f", beyond noise in {movement.alone} of {number} alone"
    return words


def _size(metric: str, change: float) -> str:
    if metric.endswith("accuracy"):
        return difference(metric, change)
    sign = _MINUS if change < 0 else "+"
    if change >= 1:
        return f"{change + 1:.2g} times as high"
    size = 100 * abs(change)
    return f"{sign}{size:.0f}%" if size >= 10 else f"{sign}{size:.2g}%"


def _counts(found: BuildComparison) -> Iterator[tuple[Mark, str, str]]:
    """Every outcome that there is: how many experiments, and which, by what they share."""
    for outcome in reversed(Outcome):
        names = [pair.experiment for pair in found.pairs if pair.outcome is outcome]
        if names:
            groups, others = describe(names, found.groups)
            wholes = [_whole(group) for group in groups]
            yield _MARKS[outcome], count(len(names)), "; ".join([*wholes, *others])


def _whole(group: Group) -> str:
    number = len(group.members)
    return f"{'both' if number == 2 else f'all {number}'} {group.trait}".strip()


# --- the table ---------------------------------------------------------------------------


def _worst_first(pairs: Sequence[Pair]) -> list[Pair]:
    order = list(Outcome)
    return sorted(pairs, key=lambda pair: -order.index(pair.outcome))


def _row(pair: Pair) -> PairRow:
    shifts = {shift.metric: shift for shift in pair.shifts}
    accuracy = shifts.get("test_accuracy")
    read = pair.read
    return PairRow(
        name=pair.experiment,
        mark=_MARKS[pair.outcome],
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
    size = abs(shift.sds)
    if size < 0.05:
        return "0"
    return f"{_MINUS if shift.sds < 0 else '+'}{size:.1f}"


# --- what stands around it ---------------------------------------------------------------


def _builds(found: BuildComparison) -> tuple[tuple[str, str, str], ...]:
    before, after = found.before, found.after
    pairs = [
        ("results", str(before.path), str(after.path)),
        ("made", moment(before.created), moment(after.created)),
        ("profile", before.profile, after.profile),
        ("dataset", before.dataset, after.dataset),
        ("dataset sha256", before.dataset_sha256[:16], after.dataset_sha256[:16]),
        ("trainings", count(len(before.readings)), count(len(after.readings))),
        ("command", before.command, after.command),
    ]
    return tuple(pairs)


def _unchanged(found: BuildComparison) -> str:
    changed = {change.name for change in found.environment}
    same = [
        f"{name} {value}" for name, value in found.after.environment.items() if name not in changed
    ]
    return ", ".join(same)


def _notices(found: BuildComparison) -> Iterator[str]:
    before, after = found.before, found.after
    if before.dataset_sha256 != after.dataset_sha256:
        yield (
            f"The datasets differ: {before.dataset} ({before.dataset_sha256[:16]}) before, "
            f"{after.dataset} ({after.dataset_sha256[:16]}) after. "
            "Only the environment is compared."
        )
    if before.profile != after.profile:
        yield (
            f"The profiles differ: {before.profile} before, {after.profile} after. "
            "What moved may come from that alone."
        )
    if found.recipes:
        names = list(dict.fromkeys(n for recipe in found.recipes for n in recipe.experiments))
        yield (
            f"Trained by another recipe after: {listing(names, 6)}. "
            "What moved there may come from that alone; the noise is that of the recipe before."
        )
    yield from _noise_notices(found)


def _noise_notices(found: BuildComparison) -> Iterator[str]:
    unknown = [
        pair.experiment
        for pair in found.pairs
        if any(s.source == "unknown" for s in pair.shifts)
        and pair.outcome not in (Outcome.IDENTICAL, Outcome.ROUNDING)
    ]
    if unknown:
        yield (
            f"No seed noise is known of {listing(unknown)}: no calibration of the recipe, and one "
            "seed. Only McNemar's test is available there, which tells two models apart and not "
            "an upgrade from another seed. Train both builds with --seeds 0..4."
        )
    seeded = [
        pair.experiment
        for pair in found.pairs
        if pair.outcome is Outcome.SAME and pair.apart_by_seed
    ]
    if seeded:
        yield (
            f"McNemar's test alone would tell {listing(seeded, 6)} apart: another seed of the same "
            "recipe can move the accuracy there as far."
        )
    single = [
        finding
        for finding in found.findings
        if finding.outcome is Outcome.WORSE and not finding.drift and finding.trait is None
    ]
    seeds = {pair.experiment: pair.seeds for pair in found.pairs}
    alone = [f.members[0] for f in single if len(seeds[f.members[0]]) == 1]
    if alone:
        yield (
            f"{listing(alone)}: one seed, alone. Train both builds with --seeds 0..4 to see "
            "whether that seed was unlucky."
        )


def _left_out(found: BuildComparison) -> tuple[tuple[str, str], ...]:
    reasons: dict[str, list[str]] = {}
    for name, reason in found.left_out:
        reasons.setdefault(reason, []).append(name)
    return tuple((reason, ", ".join(names)) for reason, names in reasons.items())


def telling(rows: Sequence[PairRow]) -> list[PairRow]:
    """The rows that differ by more than rounding."""
    equal = {_MARKS[Outcome.IDENTICAL], _MARKS[Outcome.ROUNDING]}
    return [row for row in rows if row.mark not in equal]


def noted(rows: Sequence[PairRow]) -> list[PairRow]:
    """The rows of experiments whose training failed in one build."""
    return [row for row in rows if row.note]
