"""The whole table from the files of a reference folder, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnistreport.calibration import load_rows as load_calibration
from mnistreport.calibration import rows_path as calibration_path
from mnistreport.calibration import samples_of
from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment, Profile
from mnistreport.faults import CLEAN, Fault
from mnistreport.reference import SHORT, load_ranges
from mnistreport.sensitivity.detect import LEAST_SEEDS, FaultFound, detect
from mnistreport.sensitivity.records import (
    FaultRow,
    Ruling,
    load_rows,
    load_rulings,
    rows_path,
    rulings_path,
)
from mnistreport.statistics import Share

#: Share of the seeds in which all layers together must notice a fault for it to count as caught.
CAUGHT = 0.9


@dataclass(frozen=True)
class Sensitivity:
    """What notices each fault, on one profile and dataset.

    `missing` are the faults and experiments that were not measured with seeds enough.
    """

    profile: str
    dataset: str
    found: tuple[FaultFound, ...]
    missing: tuple[tuple[Fault, str], ...] = ()

    @property
    def faults(self) -> list[FaultFound]:
        """Those that change something and should be noticed."""
        return [one for one in self.found if not one.fault.control and one.changed]

    @property
    def caught(self) -> list[FaultFound]:
        """The faults that all layers together notice often enough."""
        return [one for one in self.faults if one.together.value >= CAUGHT]

    @property
    def blind_spots(self) -> list[tuple[FaultFound, str, Share]]:
        """Each fault and experiment that is noticed less often, and how often it is."""
        return [
            (one, name, share)
            for one in self.faults
            for name, share in one.by_experiment.items()
            if name in blind_in(one)
        ]

    @property
    def without_effect(self) -> list[tuple[FaultFound, str]]:
        """Each fault and experiment where the training gives the same with and without it."""
        return [
            (one, found.experiment)
            for one in self.found
            if not one.fault.control
            for found in one.detections
            if found not in one.changed
        ]


def blind_in(found: FaultFound) -> tuple[str, ...]:
    """The experiments in which a fault is noticed too seldom."""
    return tuple(name for name, share in found.by_experiment.items() if share.value < CAUGHT)


def assess(
    folder: Path,
    profile: Profile,
    dataset: Dataset,
    catalog: Mapping[str, Experiment],
    faults: Sequence[Fault],
) -> Sensitivity:
    """Judge what was measured; nothing is trained.

    Args:
        folder: of the reference.
        profile: of the trainings.
        dataset: of the trainings.
        catalog: the experiments, by name.
        faults: the wanted ones, in their order; those that were not measured are left out.
    """
    experiments = {
        name: entry.for_profile(profile, dataset.sizes) for name, entry in catalog.items()
    }
    sha = dataset.sha256[:SHORT]
    rows = load_rows(rows_path(folder, profile, dataset.slug)).values()
    calibrated = load_calibration(calibration_path(folder, profile, dataset.slug))
    known = {row.identity for row in calibrated}
    trained = _by_fault(
        row
        for row in rows
        if row.row.dataset == sha
        and row.row.identity not in known
        and row.row.experiment in experiments
        and row.row.recipe == experiments[row.row.experiment].recipe()
    )
    samples = samples_of(calibrated, list(experiments.values()), sha)
    ranges = load_ranges(folder, profile, dataset.slug)
    rulings = _latest(load_rulings(rulings_path(folder)).values())
    clean = _enough(trained.get(CLEAN.name, {}))
    keras = {name for name, entry in experiments.items() if entry.engine == "keras"}
    measured = {
        fault.name: {
            name: seeds
            for name, seeds in _enough(trained.get(fault.key, {})).items()
            if name in fault.experiments or fault is CLEAN
        }
        for fault in faults
    }
    found = [
        detect(
            fault,
            measured[fault.name],
            clean,
            rulings.get(fault.key) if fault.in_rules else None,
            ranges,
            samples,
            keras,
        )
        for fault in faults
        if measured[fault.name]
    ]
    missing = tuple(
        (fault, name)
        for fault in faults
        for name in fault.experiments or experiments
        if name in experiments and name not in measured[fault.name]
    )
    return Sensitivity(profile, dataset.slug, tuple(found), missing)


def _by_fault(rows: Iterable[FaultRow]) -> dict[str, dict[str, dict[int, FaultRow]]]:
    found: dict[str, dict[str, dict[int, FaultRow]]] = {}
    for one in rows:
        by_seed = found.setdefault(one.fault, {}).setdefault(one.row.experiment, {})
        by_seed[one.row.seed] = one
    return {
        fault: {name: dict(sorted(seeds.items())) for name, seeds in by_name.items()}
        for fault, by_name in found.items()
    }


def _enough(trained: Mapping[str, Mapping[int, FaultRow]]) -> dict[str, Mapping[int, FaultRow]]:
    return {name: seeds for name, seeds in trained.items() if len(seeds) >= LEAST_SEEDS}


def _latest(rulings: Iterable[Ruling]) -> dict[str, Ruling]:
    return {ruling.fault: ruling for ruling in sorted(rulings, key=lambda one: one.date)}
