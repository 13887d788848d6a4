"""What verdicts rest on: which calibration seeds, trained by what and when. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mnistreport.calibration.ranges import Sample, samples_of
from mnistreport.calibration.rows import Row
from mnistreport.experiment import Experiment
from mnistreport.reference import Ranges


@dataclass(frozen=True)
class Maker:
    """What some calibration seeds were trained with, how many, and from when to when (ISO)."""

    made_with: str
    trainings: int
    first: str
    last: str


@dataclass(frozen=True)
class Basis:
    """The calibration of some experiments, as a profile trains them on a dataset.

    `seeds` are those that ended well, by experiment, none where it was not calibrated; `makers`
    stand in the order of their trainings, the most first; `samples` are the values that `ranges`
    were made from.
    """

    profile: str
    dataset: str
    seeds: Mapping[str, tuple[int, ...]]
    makers: tuple[Maker, ...]
    samples: tuple[Sample, ...]
    ranges: Ranges


def find_basis(
    profile: str,
    dataset: tuple[str, str],
    experiments: Sequence[Experiment],
    rows: Iterable[Row],
    ranges: Ranges,
) -> Basis:
    """What the calibration rows of a profile say of experiments.

    Args:
        profile: of the rows.
        dataset: its name, and the first 16 hex digits of its sha256.
        experiments: with the profile applied.
        rows: all that were calibrated.
        ranges: made from them; none where nothing is judged by a range.
    """
    name, digest = dataset
    wanted = {(one.name, one.recipe()) for one in experiments}
    kept = [
        row
        for row in rows
        if (row.experiment, row.recipe) in wanted and (row.dataset, row.status) == (digest, "ok")
    ]
    return Basis(
        profile=profile,
        dataset=name,
        seeds={
            one.name: tuple(sorted(row.seed for row in kept if row.experiment == one.name))
            for one in experiments
        },
        makers=_makers(kept),
        samples=tuple(samples_of(kept, experiments, digest)),
        ranges=ranges,
    )


def _makers(rows: Iterable[Row]) -> tuple[Maker, ...]:
    dates: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        dates[row.made_with].append(row.date)
    makers = [Maker(made, len(days), min(days), max(days)) for made, days in dates.items()]
    return tuple(sorted(makers, key=lambda maker: -maker.trainings))
