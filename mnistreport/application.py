"""The commands' work on a selection: train it, look it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from mnistreport.batch import Listener, Plan, make_plan, train_missing
from mnistreport.conformance import Conformance, kept_conformance, running
from mnistreport.data import share
from mnistreport.errors import NothingSelected
from mnistreport.event_folders import check_writable, has_event_files
from mnistreport.judging import Judge
from mnistreport.pool import Pool
from mnistreport.replicas import make_groups, train_groups
from mnistreport.selection import Say, Selection, Settings, second_selection
from mnistreport.store import Store, StoredRun
from mnistreport.task import Task
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
    settings: Settings, selection: Selection, found: Mapping[Task, StoredRun], judge: Judge
) -> Selection | None:
    """The trainings of the experiments whose first look is outside; None where there is none.

    Args:
        settings: of the command.
        selection: of the first look.
        found: its runs.
        judge: of their profile and dataset.
    """
    if not settings.second_look:
        return None
    again = judge.again(found[task] for task in selection.tasks if task in found)
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
    settings: Settings,
    selection: Selection,
    found: Mapping[Task, StoredRun],
    judge: Judge,
    say: Say,
) -> dict[Task, StoredRun]:
    """What the store has of the second looks that a selection needs."""
    again = second_looks(settings, selection, found, judge)
    return _stored(settings, again, say) if again else {}


def _stored(settings: Settings, selection: Selection, say: Say) -> dict[Task, StoredRun]:
    store = Store(settings.store, say)
    return {task: run for task in selection.tasks if (run := store.load(task)) is not None}
