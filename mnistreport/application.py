"""The commands' work on a selection: train it, look it up, judge it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mnistreport.batch import Listener, Plan, make_plan, train_missing
from mnistreport.calibration import load_rows, row_of, rows_path, samples_of
from mnistreport.catalog import load_catalog
from mnistreport.conformance import Conformance, kept_conformance, running
from mnistreport.data import load_dataset, share
from mnistreport.dataset import Dataset
from mnistreport.drift import Drift, find_drift
from mnistreport.environment import describe_environment
from mnistreport.errors import ExitCode, NothingSelected, ReferenceFileError
from mnistreport.event_folders import check_writable, has_event_files
from mnistreport.evidence import Training, training_of
from mnistreport.experiment import Experiment
from mnistreport.ledger import OwnSeed, Reference, not_reproduced, stored_own_seed
from mnistreport.messages import Message, Text
from mnistreport.pool import Pool
from mnistreport.published import load_published
from mnistreport.reference import SHORT, load_ranges
from mnistreport.replicas import make_groups, train_groups
from mnistreport.results import Results
from mnistreport.run import Run
from mnistreport.selection import Say, Selection, Settings, second_selection
from mnistreport.speed import Bench, stored_path
from mnistreport.speed import load as load_bench
from mnistreport.store import Store, StoredRun
from mnistreport.task import Task
from mnistreport.verdict import (
    Judgement,
    Verdict,
    adjust,
    compare,
    judge,
    needs_second_look,
)
from mnistreport.workers import LocalPool, write_event_files


def plan(settings: Settings, selection: Selection, say: Say) -> Plan:
    """What is stored, and what would be trained."""
    return make_plan(selection.tasks, Store(settings.store, say), settings.retrain)


def train_selection(
    settings: Settings, selection: Selection, listener: Listener
) -> dict[Task, StoredRun]:
    """Train what the store lacks."""
    store = Store(settings.store, listener.warn)
    store.check_writable()
    planned = make_plan(selection.tasks, store, settings.retrain)
    events = _event_root(settings, selection)
    if events is not None:
        _record_stored(planned, events, listener)
    if not planned.to_train:
        return planned.stored
    make_pool = _cluster(settings, selection, planned, store, listener)
    if make_pool is None:
        make_pool = _this_machine(settings, selection, store)
    return train_missing(planned, store, listener, make_pool, settings.timeout)


def _cluster(
    settings: Settings, selection: Selection, planned: Plan, store: Store, listener: Listener
) -> Callable[[int], Pool] | None:
    if not settings.scheduler:
        return None
    from mnistreport.cluster import dask_pool

    if settings.jobs_asked:
        listener.warn("-j does not count with --scheduler: its workers' threads do")
    return lambda trainings: dask_pool(
        settings.scheduler, settings.resources, planned.to_train, selection.dataset, store
    )


def _this_machine(settings: Settings, selection: Selection, store: Store) -> Callable[[int], Pool]:
    shared = share(selection.dataset, settings.store / "datasets")
    return lambda trainings: LocalPool(
        min(settings.jobs, trainings),
        settings.threads,
        store,
        shared,
        backend=settings.backend,
        tensorboard=_event_root(settings, selection),
    )


def _event_root(settings: Settings, selection: Selection) -> Path | None:
    """The folder for event files: of one profile and dataset, so that another's stay."""
    if settings.tensorboard is None:
        return None
    return settings.tensorboard / f"{settings.profile}-{selection.dataset.slug}"


def _record_stored(planned: Plan, root: Path, listener: Listener) -> None:
    """Give TensorBoard what the store knows of its runs, where it has no more already.

    Raises:
        UsageError: nothing can be written there.
    """
    check_writable(root)
    missing = {
        task: stored.run
        for task, stored in planned.stored.items()
        if stored.run.history and not has_event_files(root, task)
    }
    if not missing:
        return
    failure = write_event_files(missing, root)
    listener.warn(
        f"TensorBoard's event files of stored runs could not be written: {failure}"
        if failure
        else f"{len(missing)} runs are from the store: TensorBoard gets their epochs, not their "
        "batches (--retrain trains them again)"
    )


def conformance_beside(
    settings: Settings, selection: Selection, stack: ExitStack, say: Say
) -> Callable[[], Conformance | None]:
    """Examine Keras' rules while other work goes on, where the store does not know the outcome.

    Args:
        settings: of the command.
        selection: left alone where none of it trains with Keras on TensorFlow.
        stack: ends the examination where the work fails.
        say: told when it begins.

    Returns:
        What waits for the outcome; None where there is none.
    """
    with_keras = any(experiment.engine == "keras" for experiment in selection.experiments)
    if not (settings.conformance and with_keras and settings.backend == "tensorflow"):
        return lambda: None
    kept = kept_conformance(settings.store)
    if kept is not None:
        return lambda: kept
    Store(settings.store).check_writable()
    say("comparing Keras' rules with the oracle's meanwhile, once for these versions")
    return stack.enter_context(running(settings.store))


def train_replicas(
    settings: Settings, selection: Selection, tasks: Sequence[Task], size: int, listener: Listener
) -> None:
    """Train tasks of the keras engine as replicas; the listener alone hears of the runs.

    Args:
        settings: of the command.
        selection: where the tasks come from.
        tasks: on JAX, none of them calibrated yet.
        size: replicas in one program; 0 for what suits the device.
        listener: told of what happens.
    """
    store = Store(settings.store, listener.warn)
    store.check_writable()
    train_groups(
        make_groups(tasks, size),
        store,
        share(selection.dataset, settings.store / "datasets"),
        listener,
        workers=settings.jobs,
        threads=settings.threads,
        timeout=settings.timeout,
    )


def second_looks(
    settings: Settings, selection: Selection, found: Mapping[Task, StoredRun]
) -> Selection | None:
    """The trainings of the experiments whose first look is outside; None where there is none.

    Args:
        settings: of the command.
        selection: of the first look.
        found: its runs.
    """
    if not settings.second_look:
        return None
    wanted = [found[task] for task in selection.tasks if task in found]
    again = Judge(settings, selection.dataset).again(wanted)
    return second_selection(settings, selection, again) if again else None


def stored_selection(settings: Settings, selection: Selection, say: Say) -> dict[Task, StoredRun]:
    """What the store has of a selection, failed trainings included.

    Raises:
        NothingSelected: it has nothing.
    """
    found = _stored(settings, selection, say)
    if not found:
        raise NothingSelected(
            f"the store {settings.store} has no run of the {settings.profile} profile "
            f"on {selection.dataset.name} that fits",
            "`mnistreport build` trains them.",
        )
    missing = len(selection.tasks) - len(found)
    if missing:
        say(f"{missing} of {len(selection.tasks)} runs are not in the store and are left out")
    return found


def stored_second_looks(
    settings: Settings, selection: Selection, found: Mapping[Task, StoredRun], say: Say
) -> dict[Task, StoredRun]:
    """What the store has of the second looks that a selection needs."""
    again = second_looks(settings, selection, found)
    return _stored(settings, again, say) if again else {}


def _stored(settings: Settings, selection: Selection, say: Say) -> dict[Task, StoredRun]:
    store = Store(settings.store, say)
    return {task: run for task in selection.tasks if (run := store.load(task)) is not None}


class Judge:
    """The reference of a profile on a dataset, and what it says of runs."""

    def __init__(self, settings: Settings, dataset: Dataset) -> None:
        folder, profile = settings.reference, settings.profile
        self._ranges = load_ranges(folder, profile, dataset.slug)
        self._rows = load_rows(rows_path(folder, profile, dataset.slug))
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
    command: str,
) -> Results:
    """Judge runs against ranges and set them beside the published figures.

    Args:
        settings: of the command.
        selection: that was asked for.
        found: its runs.
        second: those of second looks.
        command: the command line that repeats this.
    """
    dataset = selection.dataset
    bench, notices = _last_bench(settings, dataset)
    as_published = settings.profile == "published" and dataset.name == "mnist"
    grouped = by_name(found[task] for task in selection.tasks if task in found)
    runs = [run for group in grouped.values() for run in group]
    referee = Judge(settings, dataset)
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
        for row in compare(task.experiment, found[task].run, as_published)
    ]
    return Results(
        profile=settings.profile,
        dataset=dataset,
        experiments=tuple(
            experiment for experiment in selection.experiments if experiment.name in grouped
        ),
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
        created=_now().isoformat(timespec="seconds"),
        notices=notices,
        bench=bench,
    )


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
    if not claims:
        return found
    known = results.dataset.name in ("mnist", "digits")
    judged = reference.claims(results.dataset if known else load_dataset("digits"))
    chosen = (one for one in judged if not set(names).isdisjoint(one.claim.experiments()))
    return replace(found, claims=tuple(chosen))


def _own_seed(settings: Settings, results: Results) -> OwnSeed:
    """The training from the document's own seed: of this build, else of the store."""
    as_published = results.profile == "published" and results.dataset.name == "mnist"
    ours = {(run.experiment, run.seed): run for run in results.runs} if as_published else {}
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
        return None, (str(error),)


def _environment(settings: Settings, runs: Sequence[Run]) -> dict[str, str]:
    """Ours, and the devices that JAX had in the workers, which only they could ask."""
    devices = {run.environment.get("jax device", "") for run in runs} - {""}
    return {
        **describe_environment(settings.threads, settings.backend),
        **({"jax device": ", ".join(sorted(devices))} if devices else {}),
    }


def _now() -> datetime:
    """The moment of the build, or SOURCE_DATE_EPOCH for one that must repeat byte for byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)


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
