"""What runs in a Dask worker: it hands each training to a process of its own, and waits."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker
from distributed.utils import sync
from pebble import ProcessExpired

from mnistreport.cluster.parcel import unpack
from mnistreport.cluster.trainer import Order
from mnistreport.pool import TrainingFailed
from mnistreport.workers import TRAININGS_A_WORKER, explain, worker_environment


class UnfitWorker(Exception):
    """A worker that cannot give what a task's key promises; the text says why, in one line."""


def parcel_name(build: str) -> str:
    """The file in a worker's folder that a build's dataset arrives in."""
    return f"{build}.npz"


def train_here(build: str, order: bytes, timeout: float | None) -> bytes:
    """Train in a child of this worker; the task that Dask runs.

    Args:
        build: names the build, and all that it leaves on a worker.
        order: a pickled `Order`.
        timeout: seconds it may take; None for no limit.

    Returns:
        A pickled `Outcome`.

    Raises:
        TrainingFailed: it crashed, was killed or took too long.
        UnfitWorker: it must not be trained here.
    """
    worker = get_worker()
    trainings = _trainings(worker, build)
    return trainings.train(worker.get_current_task(), pickle.loads(order), timeout)  # noqa: S301


async def end_build(build: str, dask_worker: Worker) -> None:
    """Stop what a build still trains on this worker and remove all that it left."""
    if build in dask_worker.plugins:
        await dask_worker.plugin_remove(name=build)
    Path(dask_worker.local_directory, parcel_name(build)).unlink(missing_ok=True)


_first = threading.Lock()


def _trainings(worker: Worker, build: str) -> Trainings:
    """The build's own plugin of this worker, made for its first training here.

    It is not registered with the scheduler: a worker without this package could not load it,
    and would not start.
    """
    with _first:
        if build not in worker.plugins:
            sync(worker.loop, worker.plugin_add, plugin=Trainings(build), name=build)
        plugin = worker.plugins[build]
    assert isinstance(plugin, Trainings)  # noqa: S101  (nobody else uses the name)
    return plugin


class Trainings(WorkerPlugin):
    """The processes that train for one build on one worker, and the dataset that they share.

    Args:
        build: as in `train_here`.
    """

    def __init__(self, build: str) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._unpacking = threading.Lock()
        self._idle: list[_Trainer] = []
        self._busy: dict[Any, _Trainer] = {}
        self._dataset = ""

    def setup(self, worker: Worker) -> None:
        """Remember the worker."""
        self._worker = worker
        self._folder = Path(worker.local_directory, self._build)

    def teardown(self, worker: Worker) -> None:
        """Kill the processes and delete the dataset."""
        with self._lock:
            trainers = [*self._idle, *self._busy.values()]
            self._idle.clear()
        for trainer in trainers:
            trainer.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def transition(self, key: Any, start: str, finish: str, **kwargs: Any) -> None:
        """Stop a training that nobody wants any more; Dask itself would let it run on."""
        if start == "executing" and finish == "released":
            with self._lock:
                if key in self._busy:
                    self._busy[key].kill()

    def train(self, key: Any, order: Order, timeout: float | None) -> bytes:
        """As `train_here`, for the order itself, under Dask's key of the task."""
        dataset = self._unpacked()
        with self._lock:
            trainer = self._idle.pop() if self._idle else _Trainer(order, self._folder)
            self._busy[key] = trainer
        try:
            return trainer.train(replace(order, dataset=dataset), timeout, self._tell(order))
        except UnfitWorker as error:
            raise UnfitWorker(f"worker {self._worker.address} has {error}") from None
        finally:
            with self._lock:
                del self._busy[key]
                if trainer.serves_on:
                    self._idle.append(trainer)
                else:
                    trainer.kill()

    def _unpacked(self) -> str:
        # a lock of its own: the worker's event loop waits for the other one
        with self._unpacking:
            if not self._dataset:
                parcel = Path(self._worker.local_directory, parcel_name(self._build))
                self._dataset = str(unpack(parcel, self._folder))
            return self._dataset

    def _tell(self, order: Order) -> Callable[[object], None]:
        return lambda progress: self._worker.log_event(self._build, [order.key, progress])


class _Trainer:
    """A process of `mnistreport.cluster.trainer`; it dies with this one, however this one dies.

    Args:
        order: the first of those that it will be given; all of a build have its settings.
        scratch: a folder that lasts as long as the build.
    """

    def __init__(self, order: Order, scratch: Path) -> None:
        changes = worker_environment(order.threads, str(scratch), order.backend)
        kept = {name: value for name, value in os.environ.items() if name not in changes}
        # it finds the packages that this process finds, and none in the folder it starts in
        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        added = {name: value for name, value in changes.items() if value is not None}
        self._line, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mnistreport.cluster.trainer", str(theirs.fileno())],
                env=kept | path | added,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._left = TRAININGS_A_WORKER

    @property
    def serves_on(self) -> bool:
        """Whether it lives and should be given another training."""
        return self._left > 0 and self._process.poll() is None

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()

    def train(self, order: Order, timeout: float | None, told: Callable[[object], None]) -> bytes:
        """As `train_here`; `told` is given `Progress`' three fields as the training goes on."""
        end = None if timeout is None else time.monotonic() + timeout
        self._left -= 1
        try:
            self._line.send(order)
            while True:
                if not self._line.poll(None if end is None else max(end - time.monotonic(), 0)):
                    self.kill()
                    raise TrainingFailed(explain(TimeoutError(), timeout))
                kind, value = self._line.recv()
                if kind == "outcome":
                    return bytes(value)
                if kind == "unfit":
                    raise UnfitWorker(value)
                if kind == "failed":
                    raise TrainingFailed(value)
                told(value)
        except (EOFError, OSError):
            code = self._process.wait()
            raise TrainingFailed(explain(ProcessExpired("", code=code), None)) from None
