"""The pool of worker processes, on NumPy trainings that take a moment."""

from __future__ import annotations

from pathlib import Path

from mnistreport.data import load_dataset, share
from mnistreport.store import Store
from mnistreport.task import Task
from mnistreport.workers import LocalPool
from tests.unit.records import numpy_experiment


def test_workers_give_way_to_fresh_ones(tmp_path: Path) -> None:
    """One training a worker: every task is served, with the results of a worker that serves all."""
    digits = load_dataset("digits")
    folder = share(digits, tmp_path / "datasets")
    entry = numpy_experiment(train=200, test=100)
    tasks = [Task(entry, "published", seed, "digits", digits.sha256, 1) for seed in range(4)]
    prints = []
    for serves in (1, 4):
        store = Store(tmp_path / f"store-{serves}")
        with LocalPool(2, 1, store, folder, serves) as pool:
            futures = [pool.submit(task, None) for task in tasks]
            prints.append([future.result(timeout=120).run.fingerprint for future in futures])
        assert all(store.load(task) for task in tasks)
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 4
