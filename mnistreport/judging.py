"""Runs judged: against their ranges, and beside what the documents published and claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mnistreport.calibration import (
    Basis,
    find_basis,
    load_rows,
    row_of,
    rows_path,
    samples_of,
)
from mnistreport.catalog import load_catalog
from mnistreport.data import load_dataset
from mnistreport.dataset import Dataset
from mnistreport.drift import Drift, find_drift
from mnistreport.environment import describe_environment, now
from mnistreport.errors import ExitCode, ReferenceFileError
from mnistreport.evidence import Training, training_of
from mnistreport.experiment import Experiment
from mnistreport.ledger import OwnSeed, Reference, not_reproduced, stored_own_seed
from mnistreport.messages import Message, Stored, Text
from mnistreport.published import load_published, set_beside
from mnistreport.reference import SHORT, load_ranges
from mnistreport.results import Results
from mnistreport.run import Run
from mnistreport.selection import Selection, Settings
from mnistreport.sensitivity import load_table, table_path
from mnistreport.speed import Bench, stored_path
from mnistreport.speed import load as load_bench
from mnistreport.store import Store, StoredRun
from mnistreport.task import Task
from mnistreport.verdict import (
    Judgement,
    Verdict,
    adjust,
    judge,
    needs_second_look,
)


class Judge:
    """The reference of a profile on a dataset, and what it says of runs."""

    def __init__(self, settings: Settings, dataset: Dataset) -> None:
        folder, profile = settings.reference, settings.profile
        self._ranges = load_ranges(folder, profile, dataset.slug)
        self._rows = load_rows(rows_path(folder, profile, dataset.slug))
        self._profile, self._name = profile, dataset.name
        self._dataset = dataset.sha256[:SHORT]
        self._checks = sum(entry.gated for entry in self._ranges.values())

    def verdicts(
        self, runs: Mapping[str, Sequence[Run]], second: Mapping[str, Sequence[Run]]
    ) -> list[Verdict]:
        """A verdict for each metric.

        Args:
            runs: by experiment.
            second: those of second looks.
        """
        found = [
            verdict
            for name, group in runs.items()
            for verdict in judge(group, self._ranges, second.get(name, ()), self._checks)
        ]
        return adjust(found)

    def again(self, found: Iterable[StoredRun]) -> dict[str, tuple[int, ...]]:
        """The experiments that need a second look, and the seeds they had."""
        return {
            name: tuple(run.seed for run in group)
            for name, group in by_name(found).items()
            if needs_second_look(judge(group, self._ranges, checks=self._checks))
        }

    def drift(
        self, runs: Mapping[str, Sequence[Run]], experiments: Sequence[Experiment]
    ) -> tuple[Drift, ...]:
        """What all experiments together say."""
        samples = samples_of(self._rows, experiments, self._dataset)
        ended = {name: [run for run in group if run.status == "ok"] for name, group in runs.items()}
        return find_drift(ended, self._ranges, samples)

    def basis(self, experiments: Sequence[Experiment]) -> Basis:
        """What the verdicts on experiments rest on."""
        dataset = self._name, self._dataset
        return find_basis(self._profile, dataset, experiments, self._rows, self._ranges)

    def calibrated_seeds(self, runs: Iterable[Run]) -> set[int]:
        """Which seeds the ranges were made from, so that their verdicts prove nothing."""
        known = {row.identity for row in self._rows}
        return {run.seed for run in runs if row_of(run).identity in known}


def by_name(found: Iterable[StoredRun]) -> dict[str, list[Run]]:
    """Runs by experiment, in their order."""
    runs: dict[str, list[Run]] = {}
    for stored in found:
        runs.setdefault(stored.run.experiment, []).append(stored.run)
    return runs


def judge_runs(
    settings: Settings,
    selection: Selection,
    found: Mapping[Task, StoredRun],
    second: Mapping[Task, StoredRun],
    referee: Judge,
    command: str,
) -> Results:
    """Judge runs against ranges and set them beside the published figures.

    Args:
        settings: of the command.
        selection: that was asked for.
        found: its runs.
        second: those of second looks.
        referee: of their profile and dataset.
        command: the command line that repeats this.
    """
    dataset = selection.dataset
    bench, notices = _last_bench(settings, dataset)
    comparable = _as_published(settings.profile, dataset.name)
    grouped = by_name(found[task] for task in selection.tasks if task in found)
    runs = [run for group in grouped.values() for run in group]
    if own := referee.calibrated_seeds(runs):
        seeds = ", ".join(map(str, sorted(own)[:6])) + (", ..." if len(own) > 6 else "")
        told = Message(
            "The ranges were made from these very seeds: {seeds}. Check others.", seeds=seeds
        )
        notices += (told,)
    comparisons = [
        row
        for task in selection.tasks
        if task in found
        for row in set_beside(task.experiment, found[task].run, comparable)
    ]
    experiments = tuple(one for one in selection.experiments if one.name in grouped)
    return Results(
        profile=settings.profile,
        dataset=dataset,
        experiments=experiments,
        runs=tuple(runs),
        verdicts=tuple(referee.verdicts(grouped, by_name(second.values()))),
        drift=referee.drift(grouped, selection.experiments),
        comparisons=tuple(comparisons),
        published_curves=load_published(settings.reference / "published"),
        probabilities={
            (task.experiment.name, task.seed): stored.probabilities
            for task, stored in found.items()
            if stored.probabilities is not None
        },
        environment=_environment(settings, runs),
        command=command,
        created=now().isoformat(timespec="seconds"),
        notices=notices,
        bench=bench,
        basis=referee.basis(experiments),
    )


def _as_published(profile: str, dataset: str) -> bool:
    return profile == "published" and dataset == "mnist"


def judge_documents(settings: Settings, results: Results, claims: bool = True) -> Results:
    """Add the verdicts on what the documents published of a build's experiments.

    Args:
        settings: of the command.
        results: of the build.
        claims: whether to judge the claims too, beside the figures.
    """
    reference = Reference.read(settings.reference, load_catalog(settings.catalogs))
    names = [experiment.name for experiment in results.experiments]
    found = replace(results, figures=reference.figures(names, _own_seed(settings, results)))
    if not _as_published(results.profile, results.dataset.name):
        found = replace(found, published_basis=reference.basis(names))
    if not claims:
        return found
    known = results.dataset.name in ("mnist", "digits")
    judged = reference.claims(results.dataset if known else load_dataset("digits"))
    chosen = (one for one in judged if not set(names).isdisjoint(one.claim.experiments()))
    return _with_sensitivity(settings, replace(found, claims=tuple(chosen)))


def _with_sensitivity(settings: Settings, results: Results) -> Results:
    """What notices which fault: on this profile and dataset, else on the quick one on digits."""
    for profile, slug in ((results.profile, results.dataset.slug), ("quick", "digits")):
        try:
            table = load_table(table_path(settings.reference, profile, slug))
        except ReferenceFileError as error:
            return replace(results, notices=(*results.notices, str(error)))
        if table:
            source = f"{profile}/{slug}"
            return replace(results, sensitivity=tuple(table), sensitivity_source=source)
    return results


def _own_seed(settings: Settings, results: Results) -> OwnSeed:
    """The training from the document's own seed: of this build, else of the store."""
    comparable = _as_published(results.profile, results.dataset.name)
    ours = {(run.experiment, run.seed): run for run in results.runs} if comparable else {}
    stored = stored_own_seed(Store(settings.store), settings.threads)

    def own(experiment: Experiment) -> Training | None:
        if experiment.seed is None:
            return None
        run = ours.get((experiment.name, experiment.seed))
        return training_of(run) if run else stored(experiment)

    return own


def _last_bench(settings: Settings, dataset: Dataset) -> tuple[Bench | None, tuple[Text, ...]]:
    """The bench that the store keeps, or why it cannot be shown."""
    path = stored_path(settings.store, settings.profile, dataset.slug)
    if not path.exists():
        return None, ()
    try:
        return load_bench(path), ()
    except ReferenceFileError as error:
        told = Message("The last bench is not shown: {reason}", reason=Stored(str(error)))
        return None, (told,)


def _environment(settings: Settings, runs: Sequence[Run]) -> dict[str, str]:
    """Ours, and what only the workers could ask: NumPy's BLAS, and the devices that JAX had."""
    found = describe_environment(settings.threads, settings.backend)
    for name in ("blas", "jax device"):
        told = {run.environment.get(name, "") for run in runs} - {""}
        if told:
            found[name] = "; ".join(sorted(told))
    return found


def exit_code(results: Results, settings: Settings) -> ExitCode:
    """What a build comes to; a training that failed outweighs a range that was missed.

    Args:
        results: of the build.
        settings: say what counts, by `fail_on` and `strict_published`.
    """
    found = {verdict.verdict for verdict in results.verdicts}
    if Judgement.ERROR in found:
        return ExitCode.TRAINING_FAILED
    if settings.strict_published and not_reproduced(results.figures):
        return ExitCode.OUTSIDE_REFERENCE
    broken = results.conformance is not None and not results.conformance.agrees
    if broken or not all(drift.inside for drift in results.drift):
        found.add(Judgement.FAIL)
    counted = {
        "fail": {Judgement.FAIL},
        "warn": {Judgement.FAIL, Judgement.WARN},
        "never": set(),
    }[settings.fail_on]
    return ExitCode.OUTSIDE_REFERENCE if found & counted else ExitCode.PASS
