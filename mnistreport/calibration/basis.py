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
    """What some calibration seeds were trained with, and from when to when (ISO).

    `seeds` are those of its trainings, by experiment.
    """

    made_with: str
    seeds: Mapping[str, tuple[int, ...]]
    first: str
    last: str

    @property
    def trainings(self) -> int:
        """How many they were."""
        return sum(map(len, self.seeds.values()))


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
        ranges={
            key: entry
            for key, entry in ranges.items()
            if (key[0], entry.recipe) in wanted and entry.dataset == digest
        },
    )


def _makers(rows: Iterable[Row]) -> tuple[Maker, ...]:
    own: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        own[row.made_with].append(row)
    makers = [_maker(made, found) for made, found in own.items()]
    return tuple(sorted(makers, key=lambda maker: -maker.trainings))


def _maker(made_with: str, rows: Sequence[Row]) -> Maker:
    seeds: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        seeds[row.experiment].append(row.seed)
    dates = [row.date for row in rows]
    by_name = {name: tuple(sorted(found)) for name, found in seeds.items()}
    return Maker(made_with, by_name, min(dates), max(dates))
