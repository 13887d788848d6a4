"""Worker processes: spawned, importing TensorFlow once, serving many trainings each."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from mnistreport.environment import openblas_kernels
from mnistreport.keras_backend import Backend, worker_settings
from mnistreport.messages import Message
from mnistreport.pool import Outcome, Progress, TrainingFailed
from mnistreport.run import Run
from mnistreport.store import Store
from mnistreport.task import Task
from mnistreport.training_process import begin_process, record_stored, work, work_together

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
        tensorboard: the folder for TensorBoard's event files, None for none.
    """

    def __init__(
        self,
        workers: int,
        threads: int,
        store: Store,
        dataset: Path,
        serves: int = TRAININGS_A_WORKER,
        backend: Backend = "tensorflow",
        tensorboard: Path | None = None,
    ) -> None:
        self._store = store.root
        self._dataset = dataset
        self._tensorboard = tensorboard
        self._scratch = TemporaryDirectory(prefix="mnistreport-")
        self._environment = worker_environment(threads, self._scratch.name, backend)
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=serves,
            initializer=begin_process,
            initargs=(self._scratch.name,),
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
        progress = self._progress_path(task)
        arguments = (task, self._store, self._dataset, progress, self._tensorboard)
        # the first task starts the pool's threads, and these start every worker
        with _interrupts_blocked():
            future: Future[Outcome] = self._pool.schedule(work, args=arguments, timeout=timeout)
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
                work_together, args=arguments, timeout=timeout
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


def write_event_files(runs: Mapping[Task, Run], folder: Path) -> str:
    """Write TensorBoard's event files of stored runs, in a process that may import TensorFlow.

    Args:
        runs: what is stored; those whose own event files are there are left alone.
        folder: the one that TensorBoard is pointed at.

    Returns:
        Why it could not be done, in one line; empty where it was.
    """
    context = multiprocessing.get_context("spawn")
    with (
        TemporaryDirectory(prefix="mnistreport-") as scratch,
        _environment(worker_environment(1, scratch)),
        ProcessPool(
            max_workers=1, initializer=begin_process, initargs=(scratch,), context=context
        ) as pool,
    ):
        with _interrupts_blocked():
            future: Future[str] = pool.schedule(record_stored, args=(dict(runs), folder))
        try:
            return future.result()
        except Exception as error:
            return explain(error, None)


def explain(error: BaseException, timeout: float | None) -> str:
    """Why a training failed, in one line."""
    if isinstance(error, TimeoutError):
        limit = f"{timeout:g}"
        return str(Message("took longer than the limit of {limit} s and was stopped", limit=limit))
    if isinstance(error, ProcessExpired):
        code = error.exitcode
        if code < 0:
            return str(Message("its worker process ended by signal {n}", n=-code))
        return str(Message("its worker process ended with exit code {n}", n=code))
    text = " ".join(str(error).split())
    if isinstance(error, TrainingFailed):
        return text
    return f"{type(error).__name__}: {text[:500]}" if text else type(error).__name__


def worker_environment(
    threads: int, scratch: str, backend: Backend = "tensorflow"
) -> dict[str, str | None]:
    """What a worker's arithmetic depends on, set or (None) unset, whatever the user's shell says.

    None of it is part of a stored run's key, so none of it may differ between two builds.

    Args:
        threads: arithmetic threads of one training.
        scratch: a folder that lasts as long as the worker, for what it leaves behind.
        backend: of Keras.
    """
    count = str(threads)
    return {
        # of itself TensorFlow takes oneDNN's operations on some processors and its own on others
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "TF_XLA_FLAGS": None,
        # the C library's allocator: what Dask's nanny sets gives each freed array back to the
        # system at once, which makes NumPy's trainings three times slower
        **dict.fromkeys(name for name in os.environ if name.startswith("MALLOC_")),
        "OPENBLAS_CORETYPE": openblas_kernels(),
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        **worker_settings(backend, threads, scratch),
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
        "PYTHONHASHSEED": "0",
        # AutoGraph writes modules that it deletes at the end of Python, which a worker that is
        # stopped does not reach
        "TMPDIR": scratch,
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
