"""Trainings timed in turn: ours in the pool that builds use, the documents' own in one process."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pebble import ProcessPool

from mnistreport.bench import child
from mnistreport.cost import training_flops
from mnistreport.environment import openblas_kernels
from mnistreport.errors import TrainingError
from mnistreport.experiment import Experiment
from mnistreport.speed import Timing
from mnistreport.store import Store
from mnistreport.task import Task
from mnistreport.workers import LocalPool, explain

#: Variables of every process beside the pool. Whatever the user set for threads stays.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}


@dataclass(frozen=True)
class Timings:
    """Ours and plain by experiment; `wall` where the suite was trained whole.

    `start` is in seconds, `memory` (the largest resident set of a worker) in bytes.
    """

    ours: dict[str, Timing]
    plain: dict[str, Timing]
    start: float
    wall: float | None
    memory: int


def measure_peak() -> dict[str, dict[str, float]]:
    """Precision -> library -> floating-point operations a second of all cores."""
    kernels = openblas_kernels()
    with _process({"OPENBLAS_CORETYPE": kernels} if kernels else {}) as pool:
        found: dict[str, dict[str, float]] = _result(pool.schedule(child.peak))
        return found


def time_sampled(
    tasks: Sequence[Task],
    workers: int,
    folder: Path,
    dataset: Path,
    epochs: int,
    with_plain: bool,
    say: Callable[[str], None],
) -> Timings:
    """Time the first epochs of each training, ours and plain in turn.

    Ours go `workers` at a time, each from its own seed, so that the machine is as busy as in a
    build.

    Args:
        tasks: one an experiment.
        workers: of the pool.
        folder: for what the pool stores.
        dataset: that `mnistreport.data.share` wrote.
        epochs: to train, or evaluations of NumPy's; the first is left out of the pace.
        with_plain: time plain too.
        say: told of each experiment.
    """
    ours: dict[str, Timing] = {}
    plain: dict[str, Timing] = {}
    with _process({}) as beside:
        start: float = _result(beside.schedule(child.start))
        with LocalPool(workers, 1, Store(folder), dataset) as pool:
            for number, task in enumerate(tasks, 1):
                name, part = task.experiment.name, cut(task.experiment, epochs)
                say(f"{number} of {len(tasks)}: {name}")
                futures = [
                    pool.submit(replace(task, experiment=part, seed=seed), None)
                    for seed in range(workers)
                ]
                runs = [_result(future).run for future in futures]
                ours[name] = timing_of(
                    task.experiment, part, [(r.seconds, r.epoch_seconds) for r in runs]
                )
                if with_plain:
                    timed = _result(beside.schedule(child.plain, args=(part, dataset)))
                    plain[name] = timing_of(task.experiment, part, [timed])
        memory = _largest_child()
    return Timings(ours, plain, start, None, memory)


def time_whole(
    tasks: Sequence[Task],
    workers: int,
    folder: Path,
    dataset: Path,
    with_plain: bool,
    say: Callable[[str], None],
) -> Timings:
    """Train the suite whole as a build does; then, with plain, one after the other.

    Arguments as for `time_sampled`.
    """
    longest_first = sorted(tasks, key=lambda t: training_flops(t.experiment), reverse=True)
    ours: dict[str, Timing] = {}
    plain: dict[str, Timing] = {}
    with _process({}) as beside:
        start: float = _result(beside.schedule(child.start))
        say(f"training {len(tasks)} experiments whole")
        began = time.perf_counter()
        with LocalPool(workers, 1, Store(folder), dataset) as pool:
            futures = {task: pool.submit(task, None) for task in longest_first}
            runs = {task: _result(future).run for task, future in futures.items()}
            wall = time.perf_counter() - began
        memory = _largest_child()
        for task in tasks:
            name, run = task.experiment.name, runs[task]
            timed = [(run.seconds, run.epoch_seconds)]
            ours[name] = replace(
                timing_of(task.experiment, task.experiment, timed), abreast=workers
            )
            if with_plain:
                say(f"plain: {name}")
                timed = [_result(beside.schedule(child.plain, args=(task.experiment, dataset)))]
                plain[name] = timing_of(task.experiment, task.experiment, timed)
    return Timings(ours, plain, start, wall, memory)


def cut(experiment: Experiment, epochs: int) -> Experiment:
    """The experiment with at most so many epochs, or evaluations of the NumPy engine."""
    if experiment.engine == "numpy":
        # evaluations come at iterations 0, evaluate_every, ...
        iterations = (experiment.evaluate_every or 1) * (epochs - 1) + 1
        return experiment.model_copy(
            update={"iterations": min(iterations, experiment.iterations or 0)}
        )
    return experiment.model_copy(update={"epochs": min(epochs, experiment.epochs or 0)})


def timing_of(
    experiment: Experiment, part: Experiment, timed: Sequence[tuple[float, Sequence[float]]]
) -> Timing:
    """What trainings that went on at the same time come to.

    Args:
        experiment: the whole of it.
        part: what of it was trained.
        timed: (seconds in all, seconds of each epoch) of each.
    """
    paces = [statistics.median(epochs[1:] or epochs) for _, epochs in timed]
    pace = statistics.fmean(paces)
    if experiment.engine == "numpy":
        left = (experiment.iterations or 0) - (part.iterations or 0)
        missing = left / (experiment.evaluate_every or 1)
    else:
        missing = float((experiment.epochs or 0) - (part.epochs or 0))
    whole = statistics.fmean(seconds for seconds, _ in timed) + missing * pace
    return Timing(steady=pace, whole=whole, abreast=len(timed))


@contextlib.contextmanager
def _process(environment: dict[str, str]) -> Iterator[ProcessPool]:
    """One process with an environment of its own, killed where an error ends the block."""
    pool = ProcessPool(
        max_workers=1,
        initializer=child.begin,
        initargs=[{**_QUIET, **environment}],
        context=multiprocessing.get_context("spawn"),
    )
    try:
        yield pool
        pool.close()
    except BaseException:
        pool.stop()
        raise
    finally:
        pool.join()


def _result(future: Future[Any]) -> Any:
    error = future.exception()
    if error is not None:
        raise TrainingError(f"a training could not be timed: {explain(error, None)}")
    return future.result()


def _largest_child() -> int:
    """Bytes of the largest resident set among the processes that have ended."""
    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024
