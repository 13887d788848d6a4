"""A process that trains: it begins, trains what it is given, and dies with its parent."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mnistreport.dataset import Dataset
from mnistreport.pool import Outcome
from mnistreport.run import Run
from mnistreport.store import Store
from mnistreport.task import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mnistreport.training.event_files import EventFiles
    from mnistreport.training.trained import Recorder, Told


def begin_process(scratch: str) -> None:
    """Set up a process of a pool on this machine.

    Args:
        scratch: the pool's folder, which nobody else removes where the pool's process was killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where signals could not be blocked
    threading.Thread(target=_die_with_parent, args=(scratch,), daemon=True).start()


def _die_with_parent(scratch: str) -> None:
    """A worker whose parent was killed would train on for nobody, beside the next build's."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        shutil.rmtree(scratch, ignore_errors=True)
        os._exit(1)


def work(
    task: Task, store: Path, dataset: Path, progress: Path, tensorboard: Path | None = None
) -> Outcome:
    """Train a task, keep its run in the store at `store`, and say in a file how far it is.

    Args:
        task: what to train.
        store: the folder of the store.
        dataset: the folder that `mnistreport.data.share` wrote.
        progress: the file.
        tensorboard: the folder for TensorBoard's event files, None for none.
    """
    told = _teller(progress)
    not_recorded = ""
    if tensorboard is None:
        run, probabilities = perform(task, dataset, told)
    else:
        _begin(task, told)
        with _event_files(tensorboard, task) as files:
            run, probabilities = perform(task, dataset, told, files)
        not_recorded = files.failure
    not_stored = ""
    try:
        Store(store).save(task, run, probabilities)
    except OSError as error:
        not_stored = str(error.strerror or error)
    return Outcome(run, probabilities, not_stored, not_recorded)


def _event_files(folder: Path, task: Task) -> EventFiles:
    with _quiet_stderr():
        from mnistreport.training.event_files import EventFiles

        return EventFiles(folder, task)


def record_stored(runs: Mapping[Task, Run], folder: Path) -> str:
    """Write TensorBoard's event files of stored runs; returns why it could not be done."""
    with _quiet_stderr():
        from mnistreport.training.event_files import write_stored
    return write_stored(folder, runs)


def work_together(tasks: Sequence[Task], dataset: Path, progress: Path) -> list[Run]:
    """Train replicas, which no store keeps; the progress is that of all of them."""
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


def perform(
    task: Task, dataset: Path, told: Told, recorder: Recorder | None = None
) -> tuple[Run, NDArray[np.float32] | None]:
    """Train a task in this process, which serves no other purpose.

    Args:
        task: what to train.
        dataset: the folder that `mnistreport.data.share` wrote.
        told: called as the training begins and as it goes on.
        recorder: takes down the figures of each batch and epoch.
    """
    _begin(task, told)
    from mnistreport.training.train import train

    return train(task, _dataset(dataset), told, recorder)


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
