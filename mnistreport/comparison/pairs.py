"""One experiment in both builds: what was gained and lost, and what that comes to. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mnistreport.calibration import Row
from mnistreport.comparison.builds import Build, Reading
from mnistreport.comparison.chance import Paired, paired
from mnistreport.comparison.noise import Key, Noise, Subject, calibrated_noise
from mnistreport.comparison.shifts import Shift, measure_shift
from mnistreport.looks import SUITE_ALPHA
from mnistreport.messages import Text
from mnistreport.reference import SHORT
from mnistreport.statistics import holm

#: What is compared, and which way is worse: -1 lower, 1 higher, 0 neither.
METRICS = {
    "test_accuracy": -1,
    "test_loss": 1,
    "final_loss": 1,
    "first_epoch_loss": 1,
    "weight_norm": 0,
}
#: False alarms of a whole comparison: half for single metrics, half for drifts of many.
ALPHA = SUITE_ALPHA / 2
#: Losses and norms that agree to 4 digits, with no image read otherwise, differ by rounding.
_ROUNDING = 1e-4


class Outcome(StrEnum):
    """What a comparison came to, from best to worst."""

    IDENTICAL = "same bits"
    ROUNDING = "rounding"
    SAME = "within noise"
    BETTER = "better"
    CHANGED = "changed"
    UNDECIDED = "undecided"
    WORSE = "worse"


@dataclass(frozen=True)
class Pair:
    """An experiment that both builds trained, over the seeds that both have.

    `read` is None where a build does not know what was misread. `stopped` says, where a training
    of one build alone failed, how; it is then `stopped_after` or not.
    """

    experiment: str
    seeds: tuple[int, ...]
    identical: bool
    read: Paired | None = None
    shifts: tuple[Shift, ...] = ()
    stopped: Text = ""
    stopped_after: bool = False

    def moved(self, shift: Shift) -> bool:
        """Whether a shift is beyond noise: of the accuracy, the images must say so too."""
        if shift.adjusted is None or shift.adjusted >= ALPHA:
            return False
        return shift.metric != "test_accuracy" or self._read_apart

    def suspected(self, shift: Shift) -> bool:
        """Whether the images alone tell an accuracy apart, and nothing is known of the noise."""
        unknown = shift.metric == "test_accuracy" and shift.source == "unknown"
        return unknown and self.read is not None and self._read_apart

    @property
    def apart_by_seed(self) -> bool:
        """Whether the images differ beyond chance, and another seed makes them differ as much."""
        accuracy = next((s for s in self.shifts if s.metric == "test_accuracy"), None)
        if accuracy is None or accuracy.sds is None or self.read is None:
            return False
        return self._read_apart and not self.moved(accuracy)

    @property
    def _read_apart(self) -> bool:
        return self.read is None or self.read.adjusted < SUITE_ALPHA

    @property
    def outcome(self) -> Outcome:
        """The worst that any of its metrics came to."""
        if self.identical:
            return Outcome.IDENTICAL
        if self.stopped:
            return Outcome.WORSE if self.stopped_after else Outcome.BETTER
        found = [outcome_of(s.metric, s.sign) for s in self.shifts if self.moved(s)]
        found += [Outcome.UNDECIDED for s in self.shifts if self.suspected(s)]
        return Outcome.ROUNDING if not found and self._rounded else worst(found)

    @property
    def _rounded(self) -> bool:
        read_alike = self.read is not None and not self.read.gained + self.read.lost
        close = (math.isclose(s.before, s.after, rel_tol=_ROUNDING) for s in self.shifts)
        return read_alike and all(close)


def outcome_of(metric: str, sign: int) -> Outcome:
    """What it means that a metric went up (1) or down (-1)."""
    bad = METRICS[metric]
    if bad == 0:
        return Outcome.CHANGED
    return Outcome.WORSE if sign == bad else Outcome.BETTER


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of some outcomes; "within noise" where there are none."""
    order = list(Outcome)
    return max(outcomes, key=order.index, default=Outcome.SAME)


def make_pairs(
    before: Build, after: Build, names: Sequence[str], rows: Iterable[Row]
) -> tuple[list[Pair], dict[Key, Noise]]:
    """Experiments compared, and the noise that they were judged by.

    Args:
        before: a build.
        after: another, on the same dataset.
        names: experiments with a seed in common and the same test images.
        rows: of the calibration; those of the recipes before count.
    """
    seeds = {name: _common(before, after, name) for name in names}
    subjects = [_subject(before, name, seeds[name][0]) for name in names]
    noises = calibrated_noise(rows, subjects, list(METRICS), ALPHA / max(5 * len(names), 1))
    pairs = [_pair(before, after, name, seeds[name], noises) for name in names]
    return _adjusted(pairs), noises


def _common(before: Build, after: Build, name: str) -> tuple[int, ...]:
    others = set(after.seeds(name))
    return tuple(seed for seed in before.seeds(name) if seed in others)


def _subject(build: Build, name: str, seed: int) -> Subject:
    reading = build.readings[name, seed]
    entry = build.entries.get(name, {})
    run = reading.run
    images = reading.images or int(entry.get("test", 1))
    return Subject(name, entry.get("document", ""), run.recipe, run.dataset_sha256[:SHORT], images)


def _pair(
    before: Build,
    after: Build,
    name: str,
    seeds: tuple[int, ...],
    noises: Mapping[Key, Noise],
) -> Pair:
    starts = [before.readings[name, seed] for seed in seeds]
    ends = [after.readings[name, seed] for seed in seeds]
    same = [a.run.fingerprint == b.run.fingerprint for a, b in zip(starts, ends, strict=True)]
    stopped = [_stopped(readings) for readings in (starts, ends)]
    if any(stopped):
        alone: Text = "" if all(stopped) else stopped[0] or stopped[1]
        return Pair(name, seeds, all(same), stopped=alone, stopped_after=bool(stopped[1]))
    shifts = _shifts(name, starts, ends, noises)
    return Pair(name, seeds, all(same), _paired(starts, ends), shifts)


def _stopped(readings: Sequence[Reading]) -> Text:
    told = [r.run.ending for r in readings if r.run.status != "ok"]
    return told[0] if told else ""


def _paired(before: Sequence[Reading], after: Sequence[Reading]) -> Paired | None:
    starts = [reading.misread for reading in before if reading.misread is not None]
    ends = [reading.misread for reading in after if reading.misread is not None]
    if len(starts) < len(before) or len(ends) < len(after):
        return None
    return paired(starts, ends)


def _shifts(
    name: str, before: Sequence[Reading], after: Sequence[Reading], noises: Mapping[Key, Noise]
) -> tuple[Shift, ...]:
    shifts = []
    for metric in METRICS:
        starts = [reading.run.metrics.get(metric, math.nan) for reading in before]
        ends = [reading.run.metrics.get(metric, math.nan) for reading in after]
        if all(math.isfinite(value) for value in (*starts, *ends)):
            images = before[0].images or 1
            noise = noises.get((name, metric))
            shifts.append(measure_shift(metric, starts, ends, images, noise))
    return tuple(shifts)


def _adjusted(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs, their chances corrected for how many of them there are."""
    reads = holm({pair.experiment: pair.read.p for pair in pairs if pair.read})
    shifts = holm(
        {(pair.experiment, s.metric): s.p for pair in pairs for s in pair.shifts if s.p is not None}
    )
    return [
        replace(
            pair,
            read=replace(pair.read, adjusted=reads[pair.experiment]) if pair.read else None,
            shifts=tuple(
                replace(s, adjusted=shifts.get((pair.experiment, s.metric))) for s in pair.shifts
            ),
        )
        for pair in pairs
    ]
