"""The missing seeds of a calibration, many in one program: groups of tasks to runs, on JAX."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

from mnistreport.batch import POLL, Listener
from mnistreport.cost import training_flops
from mnistreport.keras_backend import jax_accelerators
from mnistreport.run import Run
from mnistreport.store import Store
from mnistreport.task import Task
from mnistreport.workers import LocalPool, explain

#: Replicas in one program on the CPU, if nobody says how many: a command that is interrupted loses
#: the groups it is at, and with one thread larger ones would save no more than compilation.
_ON_CPU = 8

Group = tuple[Task, ...]


def make_groups(tasks: Sequence[Task], size: int) -> list[Group]:
    """The seeds of each experiment in groups, the longest training first.

    Args:
        tasks: of the keras engine, on JAX.
        size: replicas in one program; 0 for all seeds of an experiment on a GPU, 8 on the CPU.
    """
    seeds: dict[str, list[Task]] = {}
    for task in tasks:
        seeds.setdefault(task.experiment.name, []).append(task)
    most = size or (len(tasks) if jax_accelerators() else _ON_CPU)
    groups = [
        tuple(own[start : start + most])
        for own in seeds.values()
        for start in range(0, len(own), most)
    ]
    groups.sort(key=_flops, reverse=True)
    return groups


def _flops(group: Group) -> float:
    return len(group) * training_flops(group[0].experiment)


def train_groups(
    groups: Sequence[Group],
    store: Store,
    dataset: Path,
    listener: Listener,
    *,
    workers: int,
    threads: int,
    timeout: float | None,
) -> None:
    """Train groups of replicas; the listener hears of every run, and nothing is stored.

    A replica equals the single run of its seed only to rounding, so it is no answer to its task.

    Args:
        groups: of `make_groups`.
        store: the pool's; stays as it is.
        dataset: folder of the shared images.
        listener: told of what happens.
        workers: programs at once; on a GPU, one.
        threads: arithmetic threads of each.
        timeout: seconds for one seed, or None: a group has that many times its seeds.
    """
    listener.planned(0, [task for group in groups for task in group])
    if not groups:
        return
    at_once = 1 if jax_accelerators() else min(workers, len(groups))
    backend = groups[0][0].backend
    with LocalPool(at_once, threads, store, dataset, backend=backend) as pool:
        limits = {group: timeout and timeout * len(group) for group in groups}
        futures = {pool.submit_replicas(group, limits[group]): group for group in groups}
        waiting = set(futures)
        while waiting:
            ended, waiting = wait(waiting, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in ended:
                group = futures[future]
                for task, run in zip(group, _runs(future, group, limits[group]), strict=True):
                    listener.finished(task, run)
            progress = {futures[future]: pool.progress(futures[future][0]) for future in waiting}
            listener.running(
                {task: found for group, found in progress.items() if found for task in group}
            )


def _runs(future: Future[list[Run]], group: Group, limit: float | None) -> list[Run]:
    error = future.exception()
    if error is None:
        return future.result()
    from mnistreport.training.train import failed

    return [failed(task, explain(error, limit)) for task in group]
