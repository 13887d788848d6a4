"""The section on calibration: what the ranges rest on, and how often they alarm falsely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mnistreport.calibration import Audit, Basis, Maker, Sample, audit
from mnistreport.dataset import title_of
from mnistreport.looks import FIRST_ALPHA, LEAST_RESAMPLED, SUITE_ALPHA, TOLD_ALPHA
from mnistreport.messages import Message, Phrase, Text
from mnistreport.reference import Range
from mnistreport.report.findings import Findings
from mnistreport.report.formats import (
    NOTHING,
    anchor,
    count,
    metric_name,
    percent,
)
from mnistreport.report.rangeplot import seed_plot
from mnistreport.results import Results
from mnistreport.run import GATED, METRICS


@dataclass(frozen=True)
class BasisRow:
    """Calibration seeds that were trained alike, as texts."""

    what: Message
    judges: Message
    experiments: str
    seeds: str
    trainings: str
    made_with: str
    dates: str


@dataclass(frozen=True)
class AuditRow:
    """The checks of a document and a metric, as texts."""

    document: str
    metric: Message
    checks: str
    outside: Message
    widening: str
    normal: str
    held_out: str


@dataclass(frozen=True)
class Strip:
    """The calibration seeds of a metric with this build's value among them; `told` in words."""

    plot: Markup
    told: Text


@dataclass(frozen=True)
class StripRow:
    """An experiment's strips, one for each of the section's metrics."""

    name: str
    href: str
    seeds: str
    strips: tuple[Strip, ...]


@dataclass(frozen=True)
class CalibrationSection:
    """What verdicts rest on; `command` calibrates where nothing has been."""

    bases: tuple[BasisRow, ...]
    alarms: tuple[Message, ...]
    audit: tuple[AuditRow, ...]
    metrics: tuple[Message, ...]
    strips: tuple[StripRow, ...]
    command: str


def calibration_section(results: Results, found: Sequence[Findings]) -> CalibrationSection | None:
    """The section; None where nobody asked what the verdicts rest on."""
    basis = results.basis
    if basis is None:
        return None
    audited = audit(basis.samples, basis.ranges)
    own = Message("these runs, their published figures and the claims")
    if results.published_basis is not None:
        own = Message("these runs")
    rows = _basis_rows(basis, own)
    if results.published_basis is not None:
        rows += _basis_rows(results.published_basis, Message("published figures and claims"))
    return CalibrationSection(
        bases=rows,
        alarms=_alarms(audited) if audited.lines else (),
        audit=_audit_rows(audited),
        metrics=tuple(metric_name(metric) for metric in METRICS if metric in GATED),
        strips=_strip_rows(basis, found),
        command=f"mnistreport calibrate --profile {basis.profile} --seeds 1000..1049",
    )


def _basis_rows(basis: Basis, judges: Message) -> tuple[BasisRow, ...]:
    """One for each set of versions that seeds were trained with."""
    return tuple(
        BasisRow(
            what=Message(
                "{profile} profile on {dataset}",
                profile=Phrase(basis.profile.capitalize()),
                dataset=title_of(basis.dataset),
            ),
            judges=judges,
            experiments=f"{len(maker.seeds)} / {len(basis.seeds)}",
            seeds=f"{_span([*map(len, maker.seeds.values())])} ({_span(_all_seeds(maker))})",
            trainings=count(maker.trainings),
            made_with=maker.made_with,
            dates=_span([maker.first, maker.last]),
        )
        for maker in basis.makers
    )


def _all_seeds(maker: Maker) -> set[int]:
    return {seed for seeds in maker.seeds.values() for seed in seeds}


def _span(values: Sequence[object] | set[int]) -> str:
    """The least and the greatest on both sides of a dash, once where they are one."""
    ends = dict.fromkeys((min(values), max(values)))  # type: ignore[type-var]  # all of one kind
    return f" {NOTHING} ".join(map(str, ends))


def _alarms(found: Audit) -> tuple[Message, ...]:
    told = [
        Message(
            "The {checks} checks of this build together raise a false alarm in at most {rate} of "
            "all draws where seeds are normal on these scales: computed, the shift of all "
            "experiments together included. The budget is {budget}.",
            checks=found.checks,
            rate=percent(found.alarms),
            budget=percent(SUITE_ALPHA, 0),
        )
    ]
    if found.resampled is None:
        told.append(
            Message(
                "What the real seeds give can be counted from {n} seeds of each experiment on.",
                n=LEAST_RESAMPLED,
            )
        )
    else:
        told.append(
            Message(
                "Of the real seeds it is {rate}: five of an experiment held out at a time, in "
                "20,000 ways, and judged by the ranges that the others give.",
                rate=percent(found.resampled),
            )
        )
    told.append(
        Message(
            "Each calibration value beside the range of the other seeds: {n} of {total} are "
            "outside ({share}), where a first look promises {promised}. Where tails are heavier "
            "than the normal's, the second look is widened until the budget is kept.",
            n=count(found.first),
            total=count(found.left_out),
            share=percent(found.first / found.left_out),
            promised=percent(FIRST_ALPHA, 0),
        )
    )
    if found.told:
        told.append(_warnings(found))
    return tuple(told)


def _warnings(found: Audit) -> Message:
    told: dict[str, object] = {
        "checks": found.can_warn,
        "rate": percent(found.warnings),
        "promised": percent(TOLD_ALPHA, 1),
    }
    if found.resampled_warnings is None:
        return Message(
            "The {checks} other metrics can only warn. Their first looks are outside in {promised} "
            "of all draws, and four fresh seeds decide again: all together warn falsely in at "
            "most {rate} (normal seeds).",
            **told,
        )
    return Message(
        "The {checks} other metrics can only warn. Their first looks are outside in {promised} of "
        "all draws, and four fresh seeds decide again: all together warn falsely in at most {rate} "
        "(normal seeds), in {real} of the real ones.",
        **told,
        real=percent(found.resampled_warnings),
    )


def _audit_rows(found: Audit) -> tuple[AuditRow, ...]:
    return tuple(
        AuditRow(
            document=line.document,
            metric=metric_name(line.metric),
            checks=str(line.checks),
            outside=Message("{n} of {total}", n=line.first, total=line.left_out),
            widening=f"{line.widening:.2f}",
            normal=percent(line.alarms, 3),
            held_out=NOTHING if line.resampled is None else percent(line.resampled, 3),
        )
        for line in found.lines
    )


def _strip_rows(basis: Basis, found: Sequence[Findings]) -> tuple[StripRow, ...]:
    """The experiments that have ranges, in the page's order."""
    samples = {(sample.experiment.name, sample.metric): sample for sample in basis.samples}
    rows = []
    for item in found:
        name = item.experiment.name
        strips = [
            _strip(item, samples.get((name, metric)), basis.ranges.get((name, metric)))
            for metric in METRICS
            if metric in GATED
        ]
        if any(strip.plot for strip in strips):
            seeds = count(len(basis.seeds[name]))
            rows.append(StripRow(name, anchor(name), seeds, tuple(strips)))
    return tuple(rows)


def _strip(item: Findings, sample: Sample | None, entry: Range | None) -> Strip:
    if sample is None or entry is None:
        return Strip(Markup(""), NOTHING)
    plot = seed_plot(sample, entry, item.values(sample.metric))
    verdict = item.verdict(sample.metric)
    if verdict is None or verdict.value is None:
        return Strip(plot, Message("no value"))
    below = sum(value < verdict.value for value in sample.values)
    return Strip(plot, Message("above {n} of {total}", n=below, total=len(sample.values)))
