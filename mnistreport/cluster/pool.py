"""A pool whose trainings go on in the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import pickle
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from distributed.diagnostics.plugin import UploadFile
from distributed.scheduler import KilledWorker

from mnistreport.cluster.connection import connect, places, silence
from mnistreport.cluster.entries import differences_there, end_there, train_there
from mnistreport.cluster.parcel import pack
from mnistreport.cluster.trainer import Order
from mnistreport.cluster.worker import UnfitWorker, parcel_name
from mnistreport.cost import training_flops
from mnistreport.dataset import Dataset
from mnistreport.errors import ClusterError
from mnistreport.pool import Outcome, Progress, TrainingFailed
from mnistreport.store import Store
from mnistreport.task import Task, made_with
from mnistreport.workers import explain

#: Seconds between two looks at what the cluster has, and until a lack of workers is worth a line.
_LOOK_EVERY = 1.0
_LACK_AFTER = 5.0


class DaskPool:
    """Trainings in a cluster's workers, as many at once as these have threads and resources.

    The scheduler is given no more than that: what waits, waits here, so that the longest comes
    first whichever worker is free, a worker that joins has work at once, and Dask, which counts a
    dead worker against every task it had been given, counts it against those that ran on it.

    Args:
        address: of the scheduler.
        resources: what each training asks of a worker.
        tasks: all that will be submitted.
        dataset: sent to each worker once.
        store: where this process keeps what comes back.
    """

    def __init__(
        self,
        address: str,
        resources: Mapping[str, float],
        tasks: Sequence[Task],
        dataset: Dataset,
        store: Store,
    ) -> None:
        self._address = address
        self._resources = dict(resources)
        self._promised = made_with(tasks)
        self._dataset = dataset
        self._store = store
        self._build = f"mnistreport-{dataset.sha256[:8]}-{uuid.uuid4().hex[:8]}"
        self._waiting: deque[tuple[Task, float | None, Future[Outcome]]] = deque()
        self._running: dict[Task, Any] = {}
        self._progress: dict[str, Progress] = {}
        self._stack = contextlib.ExitStack()
        self._places = 0
        self._next_look = 0.0
        self._lack_since: float | None = None
        self._lack_told = False

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.enter_context(silence())
            self._client = connect(self._address)
            stack.callback(self._leave)
            try:
                self._client.subscribe_topic(self._build, self._hear)
                self._refuse_unfit()
                self._send_dataset()
            except OSError:
                raise self._lost() from None
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def submit(self, task: Task, timeout: float | None) -> Future[Outcome]:
        """As `Pool.submit`."""
        promise: Future[Outcome] = Future()
        self._waiting.append((task, timeout, promise))
        return promise

    def progress(self, task: Task) -> Progress | None:
        """How far a training is, as its worker last said."""
        return self._progress.get(task.key)

    def explain(self, error: BaseException, timeout: float | None) -> str:
        """Why a training failed, in one line."""
        if isinstance(error, KilledWorker):
            times, last = error.allowed_failures + 1, error.last_worker.address
            if times == 1:
                return f"its Dask worker died once, at {last}"
            return f"its Dask worker died {times} times, at last {last}"
        return explain(error, timeout)

    def attend(self) -> Sequence[str]:
        """Give free workers something to train; say where no worker can."""
        if self._client.status != "running":
            raise self._lost()
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _LOOK_EVERY
            workers = self._workers()
            self._places = sum(places(worker, self._resources) for worker in workers.values())
            self._notice_lack(now)
        while self._waiting and len(self._running) < self._places:
            self._start(*self._waiting.popleft())
        if self._lack_since is None or self._lack_told or now - self._lack_since < _LACK_AFTER:
            return ()
        self._lack_told = True
        return (self._lack(),)

    # --- the cluster's side ---------------------------------------------------------------

    def _workers(self) -> dict[str, Any]:
        return dict(self._client.scheduler_info(n_workers=-1).get("workers", {}))

    def _notice_lack(self, now: float) -> None:
        if self._places:
            self._lack_since, self._lack_told = None, False
        elif self._lack_since is None:
            self._lack_since = now

    def _lack(self) -> str:
        if not self._resources:
            return f"the cluster has no worker; waiting (`dask worker {self._address}` starts one)"
        asked = ",".join(f"{name}={amount:g}" for name, amount in self._resources.items())
        return (
            f"no worker of the cluster has {asked}; waiting "
            f"(`dask worker {self._address} --resources {asked}` starts one)"
        )

    def _refuse_unfit(self) -> None:
        """A build must not begin where it cannot end; workers that join later check themselves."""
        fit = [name for name, worker in self._workers().items() if places(worker, self._resources)]
        if not fit:
            return
        told = self._client.run(differences_there(), self._promised, workers=fit, on_error="return")
        # a worker that has gone since answers with an error
        unfit = {name: found for name, found in told.items() if found and isinstance(found, list)}
        if unfit:
            faults = [f"worker {name} has {'; '.join(found)}" for name, found in unfit.items()]
            raise _unfit(". ".join(faults[:3]))

    def _send_dataset(self) -> None:
        """As a plugin Dask gives it to each worker once, be it there now or join later."""
        with TemporaryDirectory(prefix="mnistreport-") as folder:
            path = Path(folder, parcel_name(self._build))
            pack(self._dataset, path)
            parcel = UploadFile(str(path), load=False)
        self._client.register_plugin(parcel, name=self._build + "-data")

    def _start(self, task: Task, timeout: float | None, promise: Future[Outcome]) -> None:
        told = Order(pickle.dumps(task), task.key, self._promised, task.threads, task.backend)
        future = self._client.submit(
            train_there(),
            self._build,
            pickle.dumps(told),
            timeout,
            key=("mnistreport-train", task.label, self._build),
            priority=training_flops(task.experiment),
            resources=self._resources or None,
        )
        self._running[task] = future
        future.add_done_callback(partial(self._ended, task, promise))

    def _ended(self, task: Task, promise: Future[Outcome], future: Any) -> None:
        """A training ended; called in a thread of Dask's."""
        try:
            outcome = self._keep(task, pickle.loads(future.result()))  # noqa: S301  (our trainer's)
        except Exception as error:
            meaning = self._meaning(error)
            if not isinstance(meaning, ClusterError):
                del self._running[task]
            promise.set_exception(meaning)
        else:
            # first: whoever waits for the promise gives the free place its next training
            del self._running[task]
            promise.set_result(outcome)

    def _meaning(self, error: Exception) -> Exception:
        if isinstance(error, UnfitWorker | ImportError):
            return _unfit(str(error))
        if not isinstance(error, CancelledError):
            return error
        if self._client.status != "running":
            return self._lost()
        return TrainingFailed("it was cancelled on the cluster")

    def _keep(self, task: Task, outcome: Outcome) -> Outcome:
        try:
            self._store.save(task, outcome.run, outcome.probabilities)
        except OSError as error:
            return Outcome(outcome.run, outcome.probabilities, str(error.strerror or error))
        return outcome

    def _hear(self, event: tuple[float, Any]) -> None:
        key, (done, total, accuracy) = event[1]
        self._progress[key] = Progress(done, total, accuracy)

    def _lost(self) -> ClusterError:
        labels = [task.label for task in list(self._running)]
        under_way = f"{len(labels)} trainings" if len(labels) > 4 else ", ".join(labels)
        return ClusterError(
            f"the Dask scheduler {self._address} was lost"
            f"{under_way and f' with {under_way} under way'}; what had finished is in the store",
            "The same command goes on from there, with or without --scheduler.",
        )

    def _leave(self) -> None:
        """Leave nothing behind on the cluster, if it is still there."""
        client = self._client
        if client.status == "running":
            with contextlib.suppress(OSError, ValueError, CancelledError):
                client.cancel(list(self._running.values()))
                client.run(end_there(), self._build, on_error="ignore")
                client.unregister_worker_plugin(self._build + "-data")
        with contextlib.suppress(OSError):
            client.close(timeout=5)


def _unfit(faults: str) -> ClusterError:
    return ClusterError(
        faults,
        "Install the same versions there, or keep trainings off such workers with --resources.",
    )
