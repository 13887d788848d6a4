"""The way to a scheduler, and what it tells of its workers."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import distributed
from distributed.comm.addressing import resolve_address

from mnistreport.errors import UsageError

#: Seconds to reach a scheduler.
_PATIENCE = 10.0


def places(worker: Mapping[str, Any], resources: Mapping[str, float]) -> int:
    """How many trainings go on at once in a worker.

    Args:
        worker: what the scheduler tells of it: status, nthreads, resources.
        resources: what each training asks.
    """
    if worker["status"] != "running":
        return 0
    has = worker.get("resources") or {}
    fits: Iterable[int] = (int(has.get(name, 0) // amount) for name, amount in resources.items())
    return min([int(worker["nthreads"]), *fits])


def connect(address: str) -> distributed.Client:
    """A client of the scheduler at an address.

    Raises:
        UsageError: there is none.
    """
    try:
        # a client that fails on these leaves a traceback behind
        resolve_address(address)
        return distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(
            f"the Dask scheduler {address} cannot be reached: {reason[:200]}",
            "`dask scheduler` prints its address as it starts.",
        ) from None


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Dask logs tracebacks of what is said here in one line."""
    names = [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]
    loggers = [logging.getLogger(name) for name in (*names, "asyncio", "tornado")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
