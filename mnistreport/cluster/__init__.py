"""Trainings on an existing Dask cluster. Nothing outside this package knows Dask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mnistreport.errors import UsageError

if TYPE_CHECKING:
    from mnistreport.dataset import Dataset
    from mnistreport.pool import Pool
    from mnistreport.store import Store
    from mnistreport.task import Task


def dask_pool(
    address: str,
    resources: Mapping[str, float],
    tasks: Sequence[Task],
    dataset: Dataset,
    store: Store,
) -> Pool:
    """A pool whose trainings go on in a cluster's workers.

    Args:
        address: of the scheduler, such as tcp://10.0.0.1:8786.
        resources: what each training asks of a worker, by name.
        tasks: all that will be submitted.
        dataset: sent to each worker once.
        store: where this process keeps what comes back.

    Raises:
        UsageError: Dask is not installed.
    """
    if find_spec("distributed") is None:
        raise UsageError(
            "--scheduler needs Dask, which is not installed",
            "`pip install 'mnistreport[dask]'` installs it, here and where the workers run.",
        )
    from mnistreport.cluster.pool import DaskPool

    return DaskPool(address, resources, tasks, dataset, store)


def parse_resources(texts: Sequence[str]) -> dict[str, float]:
    """Resources from "GPU=1" or "GPU=1,MEMORY=2e9", as `dask worker --resources` takes them.

    Raises:
        UsageError: it is no such thing, or an amount is not above 0.
    """
    found: dict[str, float] = {}
    for part in ",".join(texts).replace(" ", ",").split(","):
        if not part:
            continue
        name, _, amount = part.partition("=")
        try:
            found[name] = float(amount)
        except ValueError:
            found[name] = 0.0
        if not name or not 0 < found[name] < float("inf"):
            raise UsageError(f"--resources took {part!r}", "Write it as GPU=1, an amount above 0.")
    return found
