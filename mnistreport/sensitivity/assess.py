"""The whole table from the files of a reference folder, and what it comes to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnistreport.calibration import load_rows as load_calibration
from mnistreport.calibration import rows_path as calibration_path
from mnistreport.calibration import samples_of
from mnistreport.dataset import Dataset
from mnistreport.experiment import Engine, Experiment, Profile
from mnistreport.faults import CLEAN, Fault
from mnistreport.reference import SHORT, load_ranges
from mnistreport.sensitivity.detect import LEAST_SEEDS, FaultFound, detect, equivalent
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
            if equivalent(found)
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
    sha = dataset.sha256[:SHORT]
    experiments = [entry.for_profile(profile, dataset.sizes) for entry in catalog.values()]
    recipes = {entry.name: entry.recipe() for entry in experiments}
    calibrated = load_calibration(calibration_path(folder, profile, dataset.slug))
    known = {row.identity for row in calibrated}
    measured = _by_fault(
        one
        for one in load_rows(rows_path(folder, profile, dataset.slug)).values()
        if one.row.dataset == sha
        and one.row.identity not in known
        and recipes.get(one.row.experiment) == one.row.recipe
    )
    wanted = {fault.name: _wanted(fault, measured, recipes) for fault in faults}
    clean = _wanted(CLEAN, measured, recipes)
    samples = samples_of(calibrated, experiments, sha)
    ranges = load_ranges(folder, profile, dataset.slug)
    rulings = _latest(load_rulings(rulings_path(folder)).values())
    engines = {entry.name: entry.engine for entry in experiments}
    found = []
    for fault in faults:
        if broken := wanted[fault.name]:
            ruled = rulings.get(fault.key, {}) if fault.in_rules else {}
            found.append(detect(fault, broken, clean, ruled, ranges, samples, engines))
    missing = tuple(
        (fault, name)
        for fault in faults
        for name in fault.experiments or recipes
        if name in recipes and name not in wanted[fault.name]
    )
    return Sensitivity(profile, dataset.slug, tuple(found), missing)


def _wanted(
    fault: Fault,
    measured: Mapping[str, Mapping[str, Mapping[int, FaultRow]]],
    names: Collection[str],
) -> dict[str, Mapping[int, FaultRow]]:
    """The trainings of a fault in its own experiments, where there are seeds enough."""
    own = fault.experiments or names
    return {
        name: seeds
        for name, seeds in measured.get(fault.key, {}).items()
        if name in own and len(seeds) >= LEAST_SEEDS
    }


def _by_fault(rows: Iterable[FaultRow]) -> dict[str, dict[str, dict[int, FaultRow]]]:
    found: dict[str, dict[str, dict[int, FaultRow]]] = {}
    for one in rows:
        by_seed = found.setdefault(one.fault, {}).setdefault(one.row.experiment, {})
        by_seed[one.row.seed] = one
    return {
        fault: {name: dict(sorted(seeds.items())) for name, seeds in by_name.items()}
        for fault, by_name in found.items()
    }


def _latest(rulings: Iterable[Ruling]) -> dict[str, dict[Engine, Ruling]]:
    found: dict[str, dict[Engine, Ruling]] = {}
    for ruling in sorted(rulings, key=lambda one: one.date):
        found.setdefault(ruling.fault, {})[ruling.engine] = ruling
    return found
