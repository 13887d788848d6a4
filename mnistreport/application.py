"""The commands' work on a selection: train it, look it up, judge it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from mnistreport.batch import Listener, Plan, make_plan, train_missing
from mnistreport.conformance import Conformance, kept_conformance, running
from mnistreport.data import share
from mnistreport.dataset import Dataset
from mnistreport.environment import describe_environment
from mnistreport.errors import ExitCode, NothingSelected, ReferenceFileError
from mnistreport.pool import Pool
from mnistreport.published import load_published
from mnistreport.reference import load_ranges
from mnistreport.replicas import make_groups, train_groups
from mnistreport.results import Results
from mnistreport.run import Run
from mnistreport.selection import Say, Selection, Settings
from mnistreport.speed import Bench, stored_path
from mnistreport.speed import load as load_bench
from mnistreport.store import Store, StoredRun
from mnistreport.task import Task
from mnistreport.verdict import Comparison, Judgement, Verdict, compare, judge
from mnistreport.workers import LocalPool


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
        min(settings.jobs, trainings), settings.threads, store, shared, backend=settings.backend
    )


def conformance_beside(
    settings: Settings, selection: Selection, wanted: bool, stack: ExitStack, say: Say
) -> Callable[[], Conformance | None]:
    """Examine Keras' rules while other work goes on, where the store does not know the outcome.

    Args:
        settings: of the command.
        selection: left alone where none of it trains with Keras on TensorFlow.
        wanted: whether to examine them at all.
        stack: ends the examination where the work fails.
        say: told when it begins.

    Returns:
        What waits for the outcome; None where there is none.
    """
    with_keras = any(experiment.engine == "keras" for experiment in selection.experiments)
    if not (wanted and with_keras and settings.backend == "tensorflow"):
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


def stored_selection(settings: Settings, selection: Selection, say: Say) -> dict[Task, StoredRun]:
    """What the store has of a selection, failed trainings included.

    Raises:
        NothingSelected: it has nothing.
    """
    store = Store(settings.store, say)
    found = {task: run for task in selection.tasks if (run := store.load(task)) is not None}
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


def judge_runs(
    settings: Settings,
    selection: Selection,
    found: Mapping[Task, StoredRun],
    command: str,
) -> Results:
    """Judge runs against ranges and set them beside the published figures."""
    dataset = selection.dataset
    bench, notices = _last_bench(settings, dataset)
    ranges = load_ranges(settings.reference, settings.profile, dataset.slug)
    as_published = settings.profile == "published" and dataset.name == "mnist"
    runs: list[Run] = []
    verdicts: list[Verdict] = []
    comparisons: list[Comparison] = []
    for task in selection.tasks:
        if task in found:
            run = found[task].run
            runs.append(run)
            verdicts.extend(judge(run, ranges))
            comparisons.extend(compare(task.experiment, run, as_published))
    return Results(
        profile=settings.profile,
        dataset=dataset,
        experiments=tuple(
            experiment
            for experiment in selection.experiments
            if any(run.experiment == experiment.name for run in runs)
        ),
        runs=tuple(runs),
        verdicts=tuple(verdicts),
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


def _last_bench(settings: Settings, dataset: Dataset) -> tuple[Bench | None, tuple[str, ...]]:
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


def exit_code(results: Results, fail_on: str) -> ExitCode:
    """What a build's verdicts come to; a training that failed outweighs a range that was missed.

    Args:
        results: of the build.
        fail_on: the least verdict that counts: "fail", "warn", or "never".
    """
    found = {verdict.verdict for verdict in results.verdicts}
    if Judgement.ERROR in found:
        return ExitCode.TRAINING_FAILED
    if results.conformance is not None and not results.conformance.agrees:
        found = found | {Judgement.FAIL}
    counted = {
        "fail": {Judgement.FAIL},
        "warn": {Judgement.FAIL, Judgement.WARN},
        "never": set(),
    }[fail_on]
    return ExitCode.OUTSIDE_REFERENCE if found & counted else ExitCode.PASS
