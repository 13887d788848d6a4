"""Tasks to runs: the store first, then workers, longest training first."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mnistreport.cost import training_flops
from mnistreport.run import Run
from mnistreport.store import Store, StoredRun
from mnistreport.task import Task
from mnistreport.workers import LocalPool, Outcome, Progress, explain

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
    dataset: Path,
    listener: Listener,
    *,
    workers: int,
    threads: int,
    timeout: float | None,
) -> dict[Task, StoredRun]:
    """Train what a plan lacks and return all its runs; a failed training is a run with an error.

    Args:
        plan: of `make_plan`.
        store: where workers keep their results.
        dataset: folder of the shared images.
        listener: told of what happens.
        workers: trainings at once.
        threads: arithmetic threads of each.
        timeout: seconds for one training, or None.
    """
    listener.planned(len(plan.stored), plan.to_train)
    found = dict(plan.stored)
    left = list(plan.to_train)
    while left:
        backend = left[0].backend
        with LocalPool(min(workers, len(left)), threads, store, dataset, backend=backend) as pool:
            done = _drain(pool, left, store, listener, timeout)
        found.update(done)
        if not done:
            raise RuntimeError("the pool of worker processes broke before any training ended")
        left = [task for task in left if task not in done]
    return found


def _drain(
    pool: LocalPool,
    tasks: Sequence[Task],
    store: Store,
    listener: Listener,
    timeout: float | None,
) -> dict[Task, StoredRun]:
    """Run tasks in a pool until all ended, or the pool broke and the rest is still to do."""
    futures = {pool.submit(task, timeout): task for task in tasks}
    done: dict[Task, StoredRun] = {}
    waiting: set[Future[Outcome]] = set(futures)
    while waiting:
        ended, waiting = wait(waiting, timeout=POLL, return_when=FIRST_COMPLETED)
        for future in ended:
            task = futures[future]
            if isinstance(future.exception(), BrokenProcessPool):
                continue
            done[task] = _collect(future, task, store, listener, timeout)
            listener.finished(task, done[task].run)
        progress = {futures[future]: pool.progress(futures[future]) for future in waiting}
        listener.running({task: found for task, found in progress.items() if found is not None})
    return done


def _collect(
    future: Future[Outcome],
    task: Task,
    store: Store,
    listener: Listener,
    timeout: float | None,
) -> StoredRun:
    error = future.exception()
    if error is None:
        outcome = future.result()
        if outcome.not_stored:
            listener.warn(f"{task.label} could not be stored: {outcome.not_stored}")
        return StoredRun(outcome.run, outcome.probabilities)
    from mnistreport.training.train import failed

    run = failed(task, explain(error, timeout))
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
