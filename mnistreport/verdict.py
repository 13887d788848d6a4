"""The judgement of runs against ranges, and their comparison with published figures. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mnistreport.experiment import Experiment
from mnistreport.reference import SHORT, Range
from mnistreport.run import Run


class Judgement(StrEnum):
    """What a check found, from best to worst."""

    PASS = "pass"  # noqa: S105  (a verdict, no password)
    NO_REFERENCE = "no reference"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"


@dataclass(frozen=True)
class Verdict:
    """One metric of one run, judged.

    `value`, `low`, `high` (the range outside which it fails) and `warn_low`, `warn_high` are None
    where there is none; `reason` is one sentence, empty for a pass.
    """

    experiment: str
    seed: int
    metric: str
    value: float | None
    low: float | None
    high: float | None
    warn_low: float | None
    warn_high: float | None
    verdict: Judgement
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """A published figure beside ours; `difference` is ours minus published.

    `comparable` is False where the training was not the published one (quick profile, other data).
    """

    experiment: str
    seed: int
    metric: str
    published: float
    value: float | None
    difference: float | None
    comparable: bool


def judge(run: Run, ranges: Mapping[tuple[str, str], Range]) -> list[Verdict]:
    """A verdict for each metric of a run; one, of the metric "training", where it has none.

    Args:
        run: the run.
        ranges: by (experiment, metric), those of the run's own profile and dataset.
    """
    if run.status == "error":
        return [_without_range(run, "training", None, Judgement.ERROR, run.reason)]
    if run.status == "diverged":
        return [_without_range(run, "training", None, Judgement.FAIL, run.reason)]
    return [
        _judge_metric(run, metric, value, ranges.get((run.experiment, metric)))
        for metric, value in run.metrics.items()
    ]


def _without_range(
    run: Run, metric: str, value: float | None, verdict: Judgement, reason: str
) -> Verdict:
    return Verdict(run.experiment, run.seed, metric, value, None, None, None, None, verdict, reason)


def _judge_metric(run: Run, metric: str, value: float, found: Range | None) -> Verdict:
    if found is None:
        reason = f"no range for {metric} of the {run.profile} profile on {run.dataset}"
        return _without_range(run, metric, value, Judgement.NO_REFERENCE, reason)
    if found.recipe != run.recipe or found.dataset != run.dataset_sha256[:SHORT]:
        reason = "the stored range was made with another recipe or other data: calibrate again"
        return _without_range(run, metric, value, Judgement.NO_REFERENCE, reason)
    verdict, reason = Judgement.PASS, ""
    if not found.warn_low <= value <= found.warn_high:
        inside = found.low <= value <= found.high
        verdict = Judgement.WARN if inside else Judgement.FAIL
        low, high = (found.warn_low, found.warn_high) if inside else (found.low, found.high)
        side = "below" if value < low else "above"
        reason = f"{value:.6g} is {side} the range {low:.6g} to {high:.6g}"
    return Verdict(
        run.experiment,
        run.seed,
        metric,
        value,
        found.low,
        found.high,
        found.warn_low,
        found.warn_high,
        verdict,
        reason,
    )


def compare(experiment: Experiment, run: Run, comparable: bool) -> list[Comparison]:
    """The published finals of an experiment beside those of a run."""
    measured: dict[str, float] = {**run.metrics, "parameters": float(run.parameters)}
    if experiment.engine == "numpy":
        # document D trains on after its last table row, which is what it published
        rows_of = ("train_accuracy", "test_accuracy")
        measured.update({name: run.history[name][-1] for name in rows_of if name in run.history})
    rows = []
    for metric, published in experiment.published.figures().items():
        value = measured.get(metric) if run.status == "ok" else None
        if value is not None and not math.isfinite(value):
            value = None
        difference = None if value is None else value - published
        rows.append(
            Comparison(run.experiment, run.seed, metric, published, value, difference, comparable)
        )
    return rows


def worst(verdicts: Iterable[Verdict]) -> Judgement:
    """The worst judgement among some; "no reference" where there are none.

    A pass outweighs "no reference": a run with one judged metric was judged.
    """
    order = list(Judgement)
    found = {verdict.verdict for verdict in verdicts} or {Judgement.NO_REFERENCE}
    if Judgement.PASS in found:
        found.discard(Judgement.NO_REFERENCE)
    return max(found, key=order.index)
