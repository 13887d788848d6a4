"""What a bench makes of its timings, and how it prints them."""

from __future__ import annotations

import pytest

from mnistreport import speed
from mnistreport.bench import text
from mnistreport.bench.timer import cut, timing_of
from tests.unit.records import bench, experiment, numpy_experiment


def test_a_keras_training_is_cut_to_epochs() -> None:
    """Never to more than it has."""
    assert cut(experiment(epochs=20), 3).epochs == 3
    assert cut(experiment(epochs=2), 3).epochs == 2


def test_a_numpy_training_is_cut_to_evaluations() -> None:
    """Three of them are at iterations 0, 10 and 20."""
    whole = numpy_experiment(iterations=100, evaluate_every=10)
    assert cut(whole, 3).iterations == 21
    assert cut(numpy_experiment(iterations=15, evaluate_every=10), 3).iterations == 15


def test_what_was_not_trained_goes_at_the_pace_of_the_later_epochs() -> None:
    """7 s for three epochs of 3, 1 and 2 s, 17 more at 1.5 s: 32.5 s."""
    whole = experiment(epochs=20)
    timing = timing_of(whole, cut(whole, 3), [(7.0, [3.0, 1.0, 2.0])])
    assert (timing.steady, timing.whole, timing.abreast) == (1.5, 7 + 17 * 1.5, 1)


def test_numpys_pace_is_that_between_two_evaluations() -> None:
    """21 of 100 iterations in 4 s; 79 more are 7.9 intervals of 1 s."""
    whole = numpy_experiment(iterations=100, evaluate_every=10)
    timing = timing_of(whole, cut(whole, 3), [(4.0, [0.5, 1.0, 1.0])])
    assert timing.whole == pytest.approx(4 + 7.9)


def test_trainings_abreast_are_averaged() -> None:
    """Two that went on together, at 1 and 2 s an epoch."""
    whole = experiment(epochs=4)
    timed = [(4.0, [2.0, 1.0]), (6.0, [2.0, 2.0])]
    timing = timing_of(whole, cut(whole, 2), timed)
    assert (timing.steady, timing.whole, timing.abreast) == (1.5, 5 + 2 * 1.5, 2)


def test_an_only_epoch_is_its_own_pace() -> None:
    """There is no later one."""
    whole = experiment(epochs=1)
    assert timing_of(whole, cut(whole, 3), [(2.0, [1.5])]).steady == 1.5


def test_the_table_has_experiments_families_and_the_suite() -> None:
    """In this order, with times over the limit and speed-ups."""
    lines = text.table(bench())
    names = [line.split()[0] for line in lines[3:] if line.strip()]
    assert names == ["GFLOP", "small/adam", "small/sgd", "numpy/sgd", "small", "numpy", "suite"]
    assert lines[4].split() == ["small/adam", "200", "1.00", "1.50", "1.50", "3.00", "2.00"]
    assert "float32 numpy 100, tensorflow 200" in lines[0]


def test_changes_are_in_percent_of_the_times_over_the_limit() -> None:
    """Nothing changed is +0%."""
    lines = text.changes(speed.compare(bench(), bench()))
    assert lines[1].split() == ["small/adam", "1.50", "1.50", "+0%", "2.00", "2.00"]
