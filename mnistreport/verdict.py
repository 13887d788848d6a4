"""The judgement of runs against ranges. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mnistreport.looks import SECOND_SEEDS, only_alpha
from mnistreport.messages import Message, Stored, Text
from mnistreport.reference import SHORT, Range, Ranges
from mnistreport.run import Run
from mnistreport.statistics import Interval, Scale, holm


class Judgement(StrEnum):
    """What a check found, from best to worst."""

    PASS = "pass"  # noqa: S105  (a verdict, no password)
    NO_REFERENCE = "no reference"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"


@dataclass(frozen=True)
class SecondLook:
    """Fresh seeds that were trained because a first look was outside: their mean decides.

    `value` is the mean, `low` and `high` where it was expected; all in the metric's own unit.
    """

    seeds: tuple[int, ...]
    values: tuple[float, ...]
    value: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the mean is where it was expected."""
        return self.low <= self.value <= self.high


@dataclass(frozen=True)
class Verdict:
    """One metric of one experiment, judged.

    `value` is that of the run, or the mean of the runs of several `seeds`, and `low`..`high` where
    it was expected at a first look; None where there is none. `gated` says whether the metric
    decides or only tells. `p` is how rare a value as far off is, `adjusted` the same for the
    number of checks (Holm). `reason` is one sentence, empty for a pass at the first look.
    """

    experiment: str
    metric: str
    seeds: tuple[int, ...]
    value: float | None
    low: float | None
    high: float | None
    verdict: Judgement
    reason: Text = ""
    gated: bool = False
    p: float | None = None
    adjusted: float | None = None
    second: SecondLook | None = None

    @property
    def outside(self) -> bool:
        """Whether the first look was outside its range."""
        if self.value is None or self.low is None or self.high is None:
            return False
        return not self.low <= self.value <= self.high


def judge(
    runs: Sequence[Run], ranges: Ranges, second: Sequence[Run] = (), checks: int = 1
) -> list[Verdict]:
    """A verdict for each metric of an experiment, and one of "training" for runs that failed.

    Args:
        runs: of one experiment, one a seed.
        ranges: those of the runs' own profile and dataset.
        second: runs of the fresh seeds, where there was a second look.
        checks: of the whole suite; a check without a second look has its share of the budget.
    """
    verdicts = [*_failures(runs, second=False), *_failures(second, second=True)]
    ended = [run for run in runs if run.status == "ok"]
    fresh = [run for run in second if run.status == "ok"]
    metrics = ended[0].metrics if ended else ()
    return [*verdicts, *(_judge_metric(ended, fresh, name, ranges, checks) for name in metrics)]


def needs_second_look(verdicts: Iterable[Verdict]) -> bool:
    """Whether fresh seeds should decide what a first look found."""
    return any(v.outside and v.second is None for v in verdicts)


def adjust(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts of a build with their p values adjusted for all of its gated checks."""
    adjusted = holm({i: v.p for i, v in enumerate(verdicts) if v.gated and v.p is not None})
    return [replace(v, adjusted=adjusted.get(i)) for i, v in enumerate(verdicts)]


def _failures(runs: Sequence[Run], second: bool) -> list[Verdict]:
    kinds = {"error": Judgement.ERROR, "diverged": Judgement.FAIL}
    reasons: dict[tuple[Judgement, Text], list[int]] = {}
    for run in runs:
        if run.status != "ok":
            reasons.setdefault((kinds[run.status], Stored(run.reason)), []).append(run.seed)
        for told in run.contradictions:
            reasons.setdefault((Judgement.FAIL, told), []).append(run.seed)
    name = runs[0].experiment if runs else ""
    return [
        Verdict(name, "training", tuple(seeds), None, None, None, judgement, _when(second, reason))
        for (judgement, reason), seeds in reasons.items()
    ]


def _when(second: bool, reason: Text) -> Text:
    return Message("second look: {reason}", reason=reason) if second else reason


def _judge_metric(
    runs: Sequence[Run], fresh: Sequence[Run], metric: str, ranges: Ranges, checks: int
) -> Verdict:
    run, seeds = runs[0], tuple(run.seed for run in runs)
    values = [run.metrics[metric] for run in runs]
    found = ranges.get((run.experiment, metric))
    if found is None or found.recipe != run.recipe or found.dataset != run.dataset_sha256[:SHORT]:
        reason = (
            Message(
                "no range for {metric} of the {profile} profile on {dataset}",
                metric=metric,
                profile=run.profile,
                dataset=run.dataset,
            )
            if found is None
            else Message(
                "the stored range was made with another recipe or other data: calibrate again"
            )
        )
        mean = math.fsum(values) / len(values)
        kind = Judgement.NO_REFERENCE
        return Verdict(run.experiment, metric, seeds, mean, None, None, kind, reason)
    value, expected = found.summary.mean(values), found.first_look(len(values))
    look = None
    if value not in expected and len(fresh) == SECOND_SEEDS:
        look = _second_look(fresh, metric, found)
    judgement: Judgement = Judgement.PASS
    told: Text = ""
    if value not in expected:
        judgement, told = _decide(value, expected, found, look, len(values), checks)
    return Verdict(
        experiment=run.experiment,
        metric=metric,
        seeds=seeds,
        value=value,
        low=expected.low,
        high=expected.high,
        verdict=judgement,
        reason=told,
        gated=found.gated,
        p=found.summary.p_value(values),
        second=look,
    )


def _second_look(fresh: Sequence[Run], metric: str, found: Range) -> SecondLook:
    values = tuple(run.metrics[metric] for run in fresh)
    expected = found.second_look
    return SecondLook(
        seeds=tuple(run.seed for run in fresh),
        values=values,
        value=found.summary.mean(values),
        low=expected.low,
        high=expected.high,
    )


def _decide(
    value: float,
    expected: Interval,
    found: Range,
    look: SecondLook | None,
    runs: int,
    checks: int,
) -> tuple[Judgement, Message]:
    """What a value outside its first look comes to."""
    first = _against(value, expected, found.summary.scale)
    if look is not None:
        both = Message(
            "first look: {first}; second look, {n} fresh seeds: mean {second}",
            first=first,
            second=_against(look.value, Interval(look.low, look.high), found.summary.scale),
            n=len(look.seeds),
        )
        return (Judgement.PASS, both) if look.inside else _outside(found, both)
    alone = found.summary.interval(only_alpha(checks), runs, found.widening)
    if value in alone:
        return Judgement.WARN, Message("first look: {first}; no second look was taken", first=first)
    against = _against(value, alone, found.summary.scale)
    return _outside(found, Message("{look}; no second look was taken", look=against))


def _outside(found: Range, told: Message) -> tuple[Judgement, Message]:
    """What being outside comes to where nothing more is asked."""
    if found.gated:
        return Judgement.FAIL, told
    return Judgement.WARN, Message("{look}; this metric can only warn", look=told)


def _against(value: float, expected: Interval, scale: Scale) -> Message:
    texts = _written(scale, value, expected.low, expected.high)
    told = dict(zip(("value", "low", "high"), texts, strict=True))
    if value in expected:
        return Message("{value} is inside {low} to {high}", **told)
    if value < expected.low:
        return Message("{value} is below {low} to {high}", **told)
    return Message("{value} is above {low} to {high}", **told)


def _written(scale: Scale, value: float, *ends: float) -> list[str]:
    """A value and the ends of its range, accuracies in percent.

    With four digits, or the decimals of a percent that the report shows; with more where the value
    would look like an end.
    """
    texts: list[str] = []
    for more in range(12):
        spec = f".{2 + more}%" if scale == "logit" else f".{4 + more}g"
        texts = [f"{number:{spec}}" for number in (value, *ends)]
        if all(text != texts[0] for text, end in zip(texts[1:], ends, strict=True) if end != value):
            break
    return texts


def worst(verdicts: Iterable[Verdict]) -> Judgement:
    """The worst judgement among some; "no reference" where there are none.

    A pass outweighs "no reference": a run with one judged metric was judged.
    """
    order = list(Judgement)
    found = {verdict.verdict for verdict in verdicts} or {Judgement.NO_REFERENCE}
    if Judgement.PASS in found:
        found.discard(Judgement.NO_REFERENCE)
    return max(found, key=order.index)
