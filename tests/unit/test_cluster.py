"""What a build asks of a cluster and makes of its answers, without any cluster."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed.protocol.pickle import dumps
from distributed.scheduler import KilledWorker

from mnistreport.cluster import dask_pool, parse_resources
from mnistreport.cluster.connection import places
from mnistreport.cluster.entries import differences_there, end_there, train_there
from mnistreport.cluster.parcel import pack, unpack
from mnistreport.cluster.pool import DaskPool
from mnistreport.cluster.trainer import Order, _fulfil
from mnistreport.cluster.worker import UnfitWorker
from mnistreport.data import load_dataset, open_shared
from mnistreport.errors import ClusterError, UsageError
from mnistreport.pool import Outcome
from mnistreport.store import Store
from mnistreport.task import Task, differences, made_with
from tests.unit.records import run, task


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ((), {}),
        (("GPU=1",), {"GPU": 1.0}),
        (("GPU=1,MEMORY=2e9", "DISK=0.5"), {"GPU": 1.0, "MEMORY": 2e9, "DISK": 0.5}),
    ],
)
def test_resources_are_written_as_for_dask(texts: tuple[str, ...], found: object) -> None:
    """NAME=AMOUNT, repeated or separated by commas."""
    assert parse_resources(texts) == found


@pytest.mark.parametrize("text", ["GPU", "GPU=", "GPU=many", "=1", "GPU=0", "GPU=-1", "GPU=nan"])
def test_other_resources_are_refused(text: str) -> None:
    """With what came, and an example."""
    with pytest.raises(UsageError, match=r"--resources took .* Write it as GPU=1"):
        parse_resources([text])


def test_without_dask_the_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra's name is in it."""
    monkeypatch.setattr("mnistreport.cluster.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'mnistreport\[dask\]'"):
        dask_pool("tcp://x:1", {}, [], load_dataset("digits"), Store(Path()))


@pytest.mark.parametrize(
    ("worker", "asked", "count"),
    [
        ({"status": "running", "nthreads": 4}, {}, 4),
        ({"status": "running", "nthreads": 4}, {"GPU": 1}, 0),
        ({"status": "running", "nthreads": 4, "resources": {"GPU": 2}}, {"GPU": 1}, 2),
        ({"status": "running", "nthreads": 1, "resources": {"GPU": 2}}, {"GPU": 1}, 1),
        ({"status": "running", "nthreads": 4, "resources": {"GPU": 1}}, {"GPU": 2}, 0),
        ({"status": "paused", "nthreads": 4}, {}, 0),
    ],
)
def test_a_worker_has_as_many_places_as_threads_and_resources(
    worker: dict[str, Any], asked: dict[str, float], count: int
) -> None:
    """The scarcest of them counts."""
    assert places(worker, asked) == count


def test_a_dataset_comes_out_of_its_parcel_as_it_went_in(tmp_path: Path) -> None:
    """Every array and every word, and the parcel is gone."""
    dataset = replace(load_dataset("digits"), notice="instead of “mnist”")
    pack(dataset, tmp_path / "parcel.npz")
    found = open_shared(unpack(tmp_path / "parcel.npz", tmp_path / "there"))
    for name in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(found, name), getattr(dataset, name))
    assert (found.name, found.origin, found.notice) == (
        dataset.name,
        dataset.origin,
        dataset.notice,
    )
    assert not (tmp_path / "parcel.npz").exists()


@pytest.mark.parametrize("entry", [train_there, differences_there, end_there])
def test_what_is_sent_to_a_worker_needs_no_module_of_ours(
    entry: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that cannot be unpickled ends a worker's connection."""
    sent, by_name = dumps(entry()), dumps(entry)
    for name in [name for name in sys.modules if name.startswith("mnistreport")]:
        monkeypatch.setitem(sys.modules, name, None)
    assert callable(pickle.loads(sent))
    with pytest.raises(ImportError):
        pickle.loads(by_name)


def test_differences_name_package_and_both_versions() -> None:
    """Of the frameworks that the tasks rest on, this package and its engine."""
    promised = made_with([task()])
    assert set(promised) == {"tensorflow", "keras", "numpy", "mnistreport", "mnistreport's engine"}
    assert differences(promised) == []
    (line,) = differences({**promised, "numpy": "0.1"})
    assert line == f"numpy {np.__version__} where this build has 0.1"


def test_a_trainer_refuses_what_it_cannot_give() -> None:
    """Other versions before the task is even unpickled, and a key that comes out otherwise."""
    one = task()
    answer = _fulfil(Order(b"no pickle", one.key, {"numpy": "0.1"}, 1, "tensorflow"), None)  # type: ignore[arg-type]
    assert answer[0] == "unfit"
    assert "where this build has 0.1" in str(answer[1])
    order = Order(pickle.dumps(one), "0" * 32, made_with([one]), 1, "tensorflow")
    assert _fulfil(order, None)[0] == "unfit"  # type: ignore[arg-type]


class _Client:
    """The part of a Dask client that gives out trainings."""

    def __init__(self, nthreads: int) -> None:
        self.status = "running"
        self.workers = {"tcp://a:1": {"status": "running", "nthreads": nthreads}}
        self.given: list[tuple[Any, Any]] = []

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": self.workers}

    def submit(self, function: Any, *arguments: Any, **options: Any) -> Any:
        future = _DaskFuture()
        self.given.append((options, future))
        return future


class _DaskFuture(Future[bytes]):
    def add_done_callback(self, function: Any) -> None:
        self.ended = lambda: function(self)


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DaskPool:
    """A pool that thinks it is connected to one worker with two threads."""
    made = DaskPool("tcp://s:1", {}, [task()], load_dataset("digits"), Store(tmp_path))
    made._client = _Client(2)  # type: ignore[assignment]
    return made


def _end(pool: DaskPool, number: int, result: Any) -> None:
    _, future = pool._client.given[number]  # type: ignore[attr-defined]
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
    future.ended()


def test_the_cluster_is_given_as_much_as_it_has_places_for(pool: DaskPool) -> None:
    """In the order of submission; one that ends makes room for one, and its run is stored."""
    tasks = [task(seed=seed) for seed in range(4)]
    promises = [pool.submit(one, None) for one in tasks]
    pool.attend()
    given = pool._client.given  # type: ignore[attr-defined]
    assert [options["key"][1] for options, _ in given] == [one.label for one in tasks[:2]]
    _end(pool, 0, pickle.dumps(Outcome(run(seed=0), None)))
    assert promises[0].result(0).run.seed == 0
    assert pool._store.load(tasks[0]) is not None
    pool.attend()
    assert [options["key"][1] for options, _ in given] == [one.label for one in tasks[:3]]


def test_an_unfit_worker_ends_the_batch(pool: DaskPool) -> None:
    """With its name; another training's error does not."""
    tasks: list[Task] = [task(seed=seed) for seed in range(2)]
    unfit, failed = (pool.submit(one, None) for one in tasks)
    pool.attend()
    _end(pool, 0, UnfitWorker("worker tcp://a:1 has numpy 1"))
    _end(pool, 1, ValueError("nothing of the kind"))
    assert isinstance(unfit.exception(0), ClusterError)
    assert isinstance(failed.exception(0), ValueError)


def test_a_lost_scheduler_ends_the_batch(pool: DaskPool) -> None:
    """The error names what trained."""
    pool.submit(task(seed=7), None)
    pool.attend()
    pool._client.status = "connecting"
    with pytest.raises(ClusterError, match=r"was lost with .*\(seed 7\) under way; what had"):
        pool.attend()


def test_a_lack_of_workers_is_told_once(pool: DaskPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, and again when it happens again."""
    clock = [100.0]
    monkeypatch.setattr("mnistreport.cluster.pool.time.monotonic", lambda: clock[0])
    client: Any = pool._client
    workers, told = dict(client.workers), []
    for there in (False, True, False):
        client.workers = workers if there else {}
        for _ in range(10):
            clock[0] += 1.0
            told.append(list(pool.attend()))
    lines = [line for lines in told for line in lines]
    assert len(lines) == 2
    assert lines[0].startswith("the cluster has no worker; waiting")


def test_a_training_whose_workers_died_says_how_often(pool: DaskPool) -> None:
    """And where the last one was."""

    class Worker:
        address = "tcp://a:1"

    line = pool.explain(KilledWorker("key", Worker(), 3), None)  # type: ignore[arg-type]
    assert line == "its Dask worker died 4 times, at last tcp://a:1"
