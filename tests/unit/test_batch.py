"""Plans, costs and the words of failures, without any worker process."""

from __future__ import annotations

from pathlib import Path

import pytest
from pebble import ProcessExpired

from mnistreport.batch import Remaining, make_plan
from mnistreport.pool import Progress, TrainingFailed
from mnistreport.progress import duration
from mnistreport.store import Store
from mnistreport.workers import explain
from tests.unit.records import run, task


def test_the_longest_training_comes_first(tmp_path: Path) -> None:
    """So that no core idles at the end."""
    short, long = task(epochs=1), task(epochs=50)
    assert make_plan([short, long], Store(tmp_path)).to_train == [long, short]


def test_stored_runs_are_not_trained_again_and_errors_are(tmp_path: Path) -> None:
    """A crash may have been the machine's; a result is a result, diverged or not."""
    store = Store(tmp_path)
    tasks = [task(seed=seed) for seed in range(3)]
    for one, status in zip(tasks, ("ok", "diverged", "error"), strict=True):
        store.save(one, run(seed=one.seed, status=status), None)
    plan = make_plan(tasks, store)
    assert list(plan.stored) == tasks[:2]
    assert plan.to_train == tasks[2:]
    assert make_plan(tasks, store, again=True).to_train == tasks


def test_the_time_left_follows_the_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half the work in ten seconds leaves about ten seconds."""
    clock = [100.0]
    monkeypatch.setattr("mnistreport.batch.time.monotonic", lambda: clock[0])
    first, second = task(seed=0), task(seed=1)
    remaining = Remaining([first, second])
    assert remaining.seconds({}) is None
    clock[0] = 110.0
    remaining.finished(first)
    assert remaining.seconds({}) == pytest.approx(10)
    assert remaining.seconds({second: Progress(10, 20, 0.9)}) == pytest.approx(10 / 3)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (TimeoutError(), "took longer than the limit of 5 s and was stopped"),
        (ProcessExpired("x", code=-9), "its worker process ended by signal 9"),
        (ProcessExpired("x", code=1), "its worker process ended with exit code 1"),
        (ValueError("two\nlines"), "ValueError: two lines"),
        (MemoryError(), "MemoryError"),
        (TrainingFailed("its host went away"), "its host went away"),
    ],
)
def test_a_failure_is_one_line(error: BaseException, line: str) -> None:
    """Whatever a training died of."""
    assert explain(error, 5.0) == line


@pytest.mark.parametrize(
    ("seconds", "text"), [(8.44, "8.4 s"), (65, "1 min 05 s"), (3720, "1 h 02 min")]
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    """Seconds, minutes, hours."""
    assert duration(seconds) == text
