"""A process that trains for a Dask worker: `python -m mnistreport.cluster.trainer FD`.

It is started, not forked or spawned by multiprocessing: Dask's workers are daemons of their
nannies, which may have no such children, and the frameworks find the same empty process here as
they do in a local build. It knows nothing of Dask.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

from mnistreport.keras_backend import Backend
from mnistreport.pool import Outcome
from mnistreport.task import Task, differences
from mnistreport.training_process import perform
from mnistreport.workers import explain

#: Seconds between two messages about one training.
_TELL_EVERY = 0.25

Answer = tuple[Literal["progress", "outcome", "failed", "unfit"], object]


@dataclass(frozen=True)
class Order:
    """A training to be done, in a form that other versions of this package can read.

    `task` is a pickled `Task`, `key` its key and `promised` the versions behind it, as whoever
    wants the result has them. `threads` and `backend` are what the process that trains is started
    for, and `dataset` is the folder that `mnistreport.data.share` wrote.
    """

    task: bytes
    key: str
    promised: dict[str, str]
    threads: int
    backend: Backend
    dataset: str = ""


def main() -> None:
    """Train what comes, one after the other, until the other end of the pipe is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker decides what an interrupt means
    line: Connection[Answer, Order] = Connection(int(sys.argv[1]))
    orders: SimpleQueue[Order] = SimpleQueue()
    threading.Thread(target=_listen, args=(line, orders), daemon=True).start()
    while True:
        line.send(_fulfil(orders.get(), line))


def _listen(line: Connection[Answer, Order], orders: SimpleQueue[Order]) -> None:
    """A trainer whose worker was killed would train on for nobody, beside the next one's."""
    while True:
        try:
            orders.put(line.recv())
        except (EOFError, OSError):
            os._exit(1)


def _fulfil(order: Order, line: Connection[Answer, Order]) -> Answer:
    faults = differences(order.promised)
    if faults:
        return "unfit", "; ".join(faults)
    try:
        task: Task = pickle.loads(order.task)  # noqa: S301  (from the user's own build)
        # a copy computes its key anew, from what is installed here
        if replace(task).key != order.key:
            return "unfit", "its mnistreport is of the same version and not the same"
        run, probabilities = perform(task, Path(order.dataset), _Teller(line))
    except Exception as error:
        return "failed", explain(error, None)
    return "outcome", pickle.dumps(Outcome(run, probabilities))


class _Teller:
    """Tells the worker how far a training is, not more often than anybody looks."""

    def __init__(self, line: Connection[Answer, Order]) -> None:
        self._line = line
        self._next = 0.0

    def __call__(self, done: int, total: int, accuracy: float) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _TELL_EVERY
            self._line.send(("progress", (done, total, accuracy)))


if __name__ == "__main__":
    main()
