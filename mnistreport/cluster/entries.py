"""Functions that unpickle wherever Dask is, and look for this package only when called.

A function of a module is pickled by its name. A Dask scheduler or worker without that module
cannot read the message that brings it, and a worker closes its connection and ends. A function
made within a function is pickled by value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def train_there() -> Callable[..., bytes]:
    """`mnistreport.cluster.worker.train_here`."""

    def train(*arguments: Any) -> bytes:
        try:
            from mnistreport.cluster.worker import train_here
        except ImportError as error:
            from distributed import get_worker

            raise ImportError(
                f"worker {get_worker().address} has not this mnistreport ({error})"
            ) from None
        return train_here(*arguments)

    return train


def differences_there() -> Callable[[dict[str, str]], list[str]]:
    """`mnistreport.task.differences`."""

    def differences(promised: dict[str, str]) -> list[str]:
        try:
            import mnistreport.cluster.worker  # noqa: F401
            from mnistreport.task import differences
        except ImportError as error:
            return [f"not this mnistreport ({error})"]
        return differences(promised)

    return differences


def end_there() -> Callable[..., Any]:
    """`mnistreport.cluster.worker.end_build`."""

    async def end_build(build: str, dask_worker: Any) -> None:
        from mnistreport.cluster.worker import end_build

        await end_build(build, dask_worker)

    return end_build
