"""A shift of all experiments is seen, and that of one experiment or of one seed is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mnistreport.calibration import Row, derive_ranges, row_of, samples_of
from mnistreport.drift import Drift, find_drift, null_drifts
from mnistreport.experiment import Experiment
from tests.unit.records import experiment, run

DATASET = "ab" * 8
NAMES = [f"small/e{number}" for number in range(16)]


def experiments() -> list[Experiment]:
    """Sixteen alike but for their names."""
    return [experiment(name=name) for name in NAMES]


def losses(seed: int, common: float) -> dict[str, float]:
    """The test loss of each experiment; a share of what a seed does is common to all."""
    random = np.random.default_rng(seed)
    shared = random.normal()
    own = random.normal(size=len(NAMES))
    logs = common * shared + np.sqrt(1 - common**2) * own
    return {name: float(np.exp(0.1 * v - 2)) for name, v in zip(NAMES, logs, strict=True)}


def rows(common: float, seeds: int = 30) -> list[Row]:
    """A calibration."""
    return [
        row_of(run(experiment=name, seed=seed, metrics={"test_loss": loss}))
        for seed in range(seeds)
        for name, loss in losses(seed, common).items()
    ]


def drift_of(seed: int, common: float, change: Callable[[str, float], float]) -> Drift:
    """The drift of one fresh seed, its losses changed."""
    known = rows(common)
    ranges = {(r.experiment, r.metric): r for r in derive_ranges(known, experiments(), DATASET)}
    runs = {
        name: [run(experiment=name, metrics={"test_loss": change(name, loss)})]
        for name, loss in losses(seed, common).items()
    }
    (found,) = find_drift(runs, ranges, samples_of(known, experiments(), DATASET))
    return found


@pytest.mark.parametrize("common", [0.0, 0.5])
def test_a_small_shift_of_all_is_a_drift(common: float) -> None:
    """By two standard deviations each; with seeds that move together it must be larger."""
    shift = 2 if common == 0 else 5
    found = drift_of(1000, common, lambda name, loss: loss * np.exp(0.1 * shift))
    assert not found.inside
    assert found.above >= 14
    assert str(found.reason).startswith(f"test loss is higher in {found.above} of 16 experiments")
    lower = drift_of(1000, common, lambda name, loss: loss * np.exp(-0.1 * shift))
    assert "is lower in" in str(lower.reason)


def test_one_experiment_far_off_is_no_drift() -> None:
    """That is its own check's to say."""
    found = drift_of(1000, 0.0, lambda name, loss: loss * (2 if name == NAMES[0] else 1))
    assert found.inside
    assert found.reason == ""


def test_seeds_that_move_all_experiments_widen_the_limit() -> None:
    """What is common to a seed is measured, not assumed away: 200 fresh seeds, no alarm."""
    assert drift_of(1000, 0.5, lambda name, loss: loss).limit > 6
    assert drift_of(1000, 0.0, lambda name, loss: loss).limit < 6
    known = rows(0.5)
    samples = samples_of(known, experiments(), DATASET)
    ranges = {(r.experiment, r.metric): r for r in derive_ranges(known, experiments(), DATASET)}
    alarms = 0
    for seed in range(1000, 1200):
        runs = {
            name: [run(experiment=name, metrics={"test_loss": loss})]
            for name, loss in losses(seed, 0.5).items()
        }
        alarms += sum(not drift.inside for drift in find_drift(runs, ranges, samples))
    assert alarms == 0


def test_the_null_has_the_spread_of_independent_seeds() -> None:
    """About 1 where experiments have nothing in common, about 2 where a quarter is."""
    for common, expected in ((0.0, 1.0), (0.5, np.sqrt(1 + 0.25 * 15))):
        null = null_drifts(samples_of(rows(common, 200), experiments(), DATASET))
        assert len(null) == 200
        assert np.std(null) == pytest.approx(expected, rel=0.15)


def test_few_experiments_or_few_common_seeds_have_no_drift() -> None:
    """Four experiments are no suite; nine seeds say little."""
    known = rows(0.0)
    ranges = {(r.experiment, r.metric): r for r in derive_ranges(known, experiments(), DATASET)}
    runs = {n: [run(experiment=n, metrics={"test_loss": v})] for n, v in losses(9, 0).items()}
    samples = samples_of(known, experiments(), DATASET)
    assert find_drift({n: runs[n] for n in NAMES[:4]}, ranges, samples) == ()
    apart = [r for r in known if r.seed >= 11 or r.experiment != NAMES[0]]
    apart += [
        row_of(run(experiment=NAMES[0], seed=seed, metrics={"test_loss": 0.1 + seed / 1000}))
        for seed in range(100, 110)
    ]
    few = [r for r in apart if not (r.experiment == NAMES[0] and r.seed in range(20, 30))]
    assert find_drift(runs, ranges, samples_of(few, experiments(), DATASET)) == ()
