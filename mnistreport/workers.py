"""Worker processes: spawned, importing TensorFlow once, serving many trainings each."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pebble import ProcessExpired, ProcessPool

from mnistreport.dataset import Dataset
from mnistreport.environment import openblas_kernels
from mnistreport.keras_backend import Backend, worker_settings
from mnistreport.pool import Outcome, Progress, TrainingFailed
from mnistreport.run import Run
from mnistreport.store import Store
from mnistreport.task import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mnistreport.training.trained import Told

#: Trainings after which a worker is replaced. TensorFlow keeps the inner graph of every compiled
#: training step, 10 to 20 MB a training: over hundreds of them that is gigabytes.
TRAININGS_A_WORKER = 16


class LocalPool:
    """A pool of processes on this machine.

    Args:
        workers: how many trainings go on at once.
        threads: arithmetic threads of each.
        store: where workers keep what they finish.
        dataset: the folder that `mnistreport.data.share` wrote.
        serves: trainings after which a worker gives way to a fresh one.
        backend: that Keras has in the workers; tasks name it too.
    """

    def __init__(
        self,
        workers: int,
        threads: int,
        store: Store,
        dataset: Path,
        serves: int = TRAININGS_A_WORKER,
        backend: Backend = "tensorflow",
    ) -> None:
        self._store = store.root
        self._dataset = dataset
        self._scratch = TemporaryDirectory(prefix="mnistreport-")
        self._environment = worker_environment(threads, backend, self._scratch.name)
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=serves,
            initializer=_start_worker,
            context=multiprocessing.get_context("spawn"),
        )
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        # a spawned process takes its environment from ours at the moment it starts, and one that
        # was killed is started anew: so the setting stays for as long as the pool does
        self._stack.enter_context(_environment(self._environment))
        self._stack.enter_context(self._scratch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._pool.close()
        else:
            self._pool.stop()
        self._pool.join()
        self._stack.close()

    def submit(self, task: Task, timeout: float | None) -> Future[Outcome]:
        """Schedule a training; the future fails as `explain` explains.

        Args:
            task: what to train.
            timeout: seconds after which its worker is killed; None for no limit.
        """
        arguments = (task, self._store, self._dataset, self._progress_path(task))
        # the first task starts the pool's threads, and these start every worker
        with _interrupts_blocked():
            future: Future[Outcome] = self._pool.schedule(_work, args=arguments, timeout=timeout)
        return future

    def submit_replicas(self, tasks: Sequence[Task], timeout: float | None) -> Future[list[Run]]:
        """Schedule the seeds of one experiment as one program, whose runs are kept nowhere.

        Args:
            tasks: alike but for their seeds.
            timeout: seconds after which their worker is killed; None for no limit.
        """
        arguments = (tuple(tasks), self._dataset, self._progress_path(tasks[0]))
        with _interrupts_blocked():
            future: Future[list[Run]] = self._pool.schedule(
                _work_together, args=arguments, timeout=timeout
            )
        return future

    def progress(self, task: Task) -> Progress | None:
        """How far a training is; None where it has not begun."""
        try:
            return Progress(*json.loads(self._progress_path(task).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def explain(self, error: BaseException, timeout: float | None) -> str:
        """Why a training failed, in one line."""
        return explain(error, timeout)

    def attend(self) -> Sequence[str]:
        """Nothing: pebble looks after its own processes."""
        return ()

    def _progress_path(self, task: Task) -> Path:
        return Path(self._scratch.name) / task.key


def explain(error: BaseException, timeout: float | None) -> str:
    """Why a training failed, in one line."""
    if isinstance(error, TimeoutError):
        return f"took longer than the limit of {timeout:g} s and was stopped"
    if isinstance(error, ProcessExpired):
        code = error.exitcode
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"its worker process ended {how}"
    text = " ".join(str(error).split())
    if isinstance(error, TrainingFailed):
        return text
    return f"{type(error).__name__}: {text[:500]}" if text else type(error).__name__


def worker_environment(
    threads: int, backend: Backend = "tensorflow", scratch: str = ""
) -> dict[str, str | None]:
    """What a worker's arithmetic depends on, set or (None) unset, whatever the user's shell says.

    None of it is part of a stored run's key, so none of it may differ between two builds.
    """
    count = str(threads)
    return {
        **dict.fromkeys(("TF_ENABLE_ONEDNN_OPTS", "TF_XLA_FLAGS")),
        "OPENBLAS_CORETYPE": openblas_kernels(),
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        **worker_settings(backend, threads, scratch),
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
        "PYTHONHASHSEED": "0",
    }


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Threads and processes started meanwhile never see Ctrl-C, which reaches the whole group.

    What becomes of workers is the main thread's decision; one that is interrupted while it starts
    up would die with a traceback, and be replaced while the pool is being stopped.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _environment(changes: dict[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    _set_environment(changes)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


# --- in the worker -----------------------------------------------------------------------


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where signals could not be blocked
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    """A worker whose parent was killed would train on for nobody, beside the next build's."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(task: Task, store: Path, dataset: Path, progress: Path) -> Outcome:
    run, probabilities = perform(task, dataset, _teller(progress))
    not_stored = ""
    try:
        Store(store).save(task, run, probabilities)
    except OSError as error:
        not_stored = str(error.strerror or error)
    return Outcome(run, probabilities, not_stored)


def _work_together(tasks: Sequence[Task], dataset: Path, progress: Path) -> list[Run]:
    told = _teller(progress)
    _begin(tasks[0], told)
    from mnistreport.training.train import train_together

    return train_together(tasks, _dataset(dataset), told)


def _teller(progress: Path) -> Told:
    """Says in a file how far a training is."""

    def told(done: int, total: int, accuracy: float) -> None:
        partial = progress.with_suffix(".partial")
        # a full disk may cost the display, not the training
        with contextlib.suppress(OSError):
            partial.write_text(json.dumps([done, total, accuracy]))
            partial.replace(progress)

    return told


def perform(task: Task, dataset: Path, told: Told) -> tuple[Run, NDArray[np.float32] | None]:
    """Train a task in this process, which serves no other purpose.

    Args:
        task: what to train.
        dataset: the folder that `mnistreport.data.share` wrote.
        told: called as the training begins and as it goes on.
    """
    _begin(task, told)
    from mnistreport.training.train import train

    return train(task, _dataset(dataset), told)


def _begin(task: Task, told: Told) -> None:
    """Import the engine of a task, which takes seconds in a new process."""
    told(0, task.experiment.epochs or task.experiment.iterations or 0, float("nan"))
    with _quiet_stderr():
        from mnistreport.training.train import engine_for

        engine_for(task)


@lru_cache(maxsize=1)
def _dataset(folder: Path) -> Dataset:
    from mnistreport.data import open_shared

    return open_shared(folder)


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """TensorFlow greets on the file descriptor itself, before any setting of its own is read."""
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "3":
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
