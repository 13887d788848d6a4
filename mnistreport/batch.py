"""Tasks to runs: the store first, then workers, longest training first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol

from mnistreport.cost import training_flops
from mnistreport.errors import ClusterError
from mnistreport.pool import Outcome, Pool, Progress
from mnistreport.run import Run
from mnistreport.store import Store, StoredRun
from mnistreport.task import Task

#: How often running trainings are asked how far they are, in seconds.
POLL = 0.25


class Listener(Protocol):
    """Told of everything that happens in a batch, in the main thread."""

    def planned(self, stored: int, to_train: Sequence[Task]) -> None:
        """Before the first training."""

    def running(self, progress: Mapping[Task, Progress]) -> None:
        """A few times a second."""

    def finished(self, task: Task, run: Run) -> None:
        """A training ended, however it did."""

    def warn(self, line: str) -> None:
        """Something the user should know, and no reason to stop."""


@dataclass(frozen=True)
class Plan:
    """What is in the store already, and what is to be trained, longest first."""

    stored: dict[Task, StoredRun]
    to_train: list[Task]


def make_plan(tasks: Sequence[Task], store: Store, again: bool = False) -> Plan:
    """Look every task up; a stored error counts as not trained.

    Args:
        tasks: what is wanted.
        store: where finished runs are.
        again: train everything, whatever is stored.
    """
    stored: dict[Task, StoredRun] = {}
    for task in tasks:
        found = None if again else store.load(task)
        if found is not None and found.run.status != "error":
            stored[task] = found
    missing = [task for task in tasks if task not in stored]
    missing.sort(key=lambda task: training_flops(task.experiment), reverse=True)
    return Plan(stored, missing)


def train_missing(
    plan: Plan,
    store: Store,
    listener: Listener,
    make_pool: Callable[[int], Pool],
    timeout: float | None,
) -> dict[Task, StoredRun]:
    """Train what a plan lacks and return all its runs; a failed training is a run with an error.

    Args:
        plan: of `make_plan`.
        store: where the pool keeps its results.
        listener: told of what happens.
        make_pool: a pool for so many trainings; called again where one broke.
        timeout: seconds for one training, or None.

    Raises:
        ClusterError: the cluster is lost, or cannot give what the tasks' keys promise.
    """
    listener.planned(len(plan.stored), plan.to_train)
    found = dict(plan.stored)
    left = list(plan.to_train)
    while left:
        with make_pool(len(left)) as pool:
            done = _drain(pool, left, store, listener, timeout)
        found.update(done)
        if not done:
            raise RuntimeError("the pool of worker processes broke before any training ended")
        left = [task for task in left if task not in done]
    return found


def _drain(
    pool: Pool,
    tasks: Sequence[Task],
    store: Store,
    listener: Listener,
    timeout: float | None,
) -> dict[Task, StoredRun]:
    """Run tasks in a pool until all ended, or the pool broke and the rest is still to do."""
    futures = {pool.submit(task, timeout): task for task in tasks}
    done: dict[Task, StoredRun] = {}
    unrecorded: dict[str, str] = {}
    waiting: set[Future[Outcome]] = set(futures)
    while waiting:
        for line in pool.attend():
            listener.warn(line)
        ended, waiting = wait(waiting, timeout=POLL, return_when=FIRST_COMPLETED)
        for future in ended:
            task = futures[future]
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                continue
            if isinstance(error, ClusterError):
                raise error
            if error is None:
                done[task] = _succeeded(future.result(), task, listener, unrecorded)
            else:
                done[task] = _failed(task, pool.explain(error, timeout), store, listener)
            listener.finished(task, done[task].run)
        progress = {futures[future]: pool.progress(futures[future]) for future in waiting}
        listener.running({task: found for task, found in progress.items() if found is not None})
    if unrecorded:
        (label, reason), others = next(iter(unrecorded.items())), len(unrecorded) - 1
        told = f"{label} and {others} more trainings" if others else label
        listener.warn(
            f"TensorBoard's event files of {told} could not be written: {reason}; "
            "the results are not affected"
        )
    return done


def _succeeded(
    outcome: Outcome, task: Task, listener: Listener, unrecorded: dict[str, str]
) -> StoredRun:
    if outcome.not_stored:
        listener.warn(f"{task.label} could not be stored: {outcome.not_stored}")
    if outcome.not_recorded:
        unrecorded[task.label] = outcome.not_recorded
    return StoredRun(outcome.run, outcome.probabilities)


def _failed(task: Task, reason: str, store: Store, listener: Listener) -> StoredRun:
    from mnistreport.training.train import failed

    run = failed(task, reason)
    try:
        store.save(task, run, None)
    except OSError as refused:
        listener.warn(f"{task.label} could not be stored: {refused.strerror or refused}")
    return StoredRun(run, None)


class Remaining:
    """An estimate of the time left, from the arithmetic done so far in this batch."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._cost = {task: training_flops(task.experiment) for task in tasks}
        self._began = time.monotonic()
        self._done = 0.0

    def finished(self, task: Task) -> None:
        """A task of the batch ended."""
        self._done += self._cost.get(task, 0.0)

    def seconds(self, running: Mapping[Task, Progress]) -> float | None:
        """Seconds left; None while nothing has been done to judge from."""
        under_way = sum(
            self._cost[task] * progress.done / progress.total
            for task, progress in running.items()
            if progress.total and task in self._cost
        )
        done = self._done + under_way
        if done <= 0:
            return None
        left = max(sum(self._cost.values()) - done, 0.0)
        return (time.monotonic() - self._began) * left / done
