"""Runs are judged against the ranges that were made for them, and only those."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mnistreport.reference import Range
from mnistreport.statistics import Interval
from mnistreport.verdict import (
    Judgement,
    Verdict,
    _against,
    adjust,
    judge,
    needs_second_look,
    worst,
)
from tests.unit.records import experiment, run


def range_for(metric: str = "test_accuracy", gated: bool = True, **changes: Any) -> Range:
    """A range around .95: about .937 to .960 at a first look."""
    values: dict[str, Any] = {
        "experiment": "small/adam",
        "metric": metric,
        "gated": gated,
        "n": 20,
        "mean": 0.95,
        "sd": 0.004,
        "low": 0.0,
        "high": 0.0,
        "scale": "logit",
        "centre": math.log(0.95 / 0.05),
        "spread": 0.08,
        "images": 3000,
        "second_alpha": 1e-3,
        "widening": 1.0,
        "recipe": experiment().recipe(),
        "dataset": "ab" * 8,
    }
    return Range(**{**values, **changes})


def verdict_of(*values: float, fresh: tuple[float, ...] = (), **changes: Any) -> Verdict:
    """The verdict on runs with these test accuracies, and those of a second look."""
    ranges = {("small/adam", "test_accuracy"): range_for(**changes)}
    runs = [run(seed=seed, metrics={"test_accuracy": v}) for seed, v in enumerate(values)]
    second = [run(seed=100 + i, metrics={"test_accuracy": v}) for i, v in enumerate(fresh)]
    (found,) = judge(runs, ranges, second, checks=160)
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.95, "pass"),
        (0.938, "pass"),
        (0.934, "warn"),
        (0.963, "warn"),
        (0.9, "fail"),
        (0.98, "fail"),
    ],
)
def test_a_value_is_judged_on_both_sides(value: float, expected: str) -> None:
    """Too good is as suspicious as too bad; what a first look cannot decide alone it warns of."""
    found = verdict_of(value)
    assert found.verdict == expected
    assert needs_second_look([found]) == (expected != "pass")
    assert ("no second look was taken" in str(found.reason)) == (expected != "pass")


@pytest.mark.parametrize(
    ("fresh", "expected", "told"),
    [
        ((0.95, 0.951, 0.949, 0.95), "pass", "mean 95.00% is inside"),
        ((0.93, 0.932, 0.929, 0.931), "fail", "mean 93.05% is below"),
        ((0.97, 0.972, 0.969, 0.971), "fail", "mean 97.05% is above"),
    ],
)
def test_the_mean_of_fresh_seeds_decides(
    fresh: tuple[float, ...], expected: str, told: str
) -> None:
    """Whatever the first look was; and both looks are told."""
    for first in (0.934, 0.8):
        found = verdict_of(first, fresh=fresh)
        assert found.verdict == expected
        assert f"first look: {first:.2%} is below" in str(found.reason)
        assert told in str(found.reason)
        assert found.second is not None
        assert found.second.seeds == (100, 101, 102, 103)
        assert not needs_second_look([found])


def test_fresh_seeds_do_not_touch_a_first_look_that_passed() -> None:
    """They were trained for another metric."""
    found = verdict_of(0.95, fresh=(0.5, 0.5, 0.5, 0.5))
    assert (found.verdict, found.second, found.reason) == ("pass", None, "")


def test_of_several_seeds_the_mean_is_judged() -> None:
    """Nine of them are expected nearer to the centre than one."""
    assert verdict_of(0.941).verdict == "pass"
    found = verdict_of(*[0.941] * 9)
    assert found.seeds == tuple(range(9))
    assert found.outside
    assert verdict_of(0.93, 0.97, 0.95).verdict == "pass"


def test_a_widened_second_look_lets_more_pass() -> None:
    """Heavy tails are allowed for where the budget asks for it."""
    fresh = (0.941, 0.941, 0.941, 0.941)
    assert verdict_of(0.9, fresh=fresh).verdict == "fail"
    assert verdict_of(0.9, fresh=fresh, widening=3.0).verdict == "pass"


def test_a_metric_that_is_not_gated_only_warns() -> None:
    """However far off it is; and only where fresh seeds do not say that it was chance."""
    found = verdict_of(0.5, gated=False)
    assert found.verdict == Judgement.WARN
    assert needs_second_look([found])
    confirmed = verdict_of(0.5, fresh=(0.93, 0.932, 0.929, 0.931), gated=False)
    assert confirmed.verdict == Judgement.WARN
    assert str(confirmed.reason).endswith("; this metric can only warn")
    chance = verdict_of(0.5, fresh=(0.95, 0.951, 0.949, 0.95), gated=False)
    assert chance.verdict == Judgement.PASS
    assert not needs_second_look([confirmed, chance])


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.9, "90.00% is below 92.00% to 96.93%"),
        (0.9199999, "91.99999% is below 92.00000% to 96.93000%"),
        (0.97, "97.00% is above 92.00% to 96.93%"),
        (0.92, "92.00% is inside 92.00% to 96.93%"),
    ],
)
def test_a_value_never_looks_like_the_end_of_its_range(value: float, told: str) -> None:
    """Percent for accuracies, and as many digits as tell them apart."""
    assert str(_against(value, Interval(0.92, 0.9693), "logit")) == told


def test_losses_are_told_to_four_digits() -> None:
    """More where it takes more."""
    told = _against(0.117168, Interval(0.0230696, 0.115533), "log")
    assert str(told) == "0.1172 is above 0.02307 to 0.1155"
    assert str(_against(3.00002, Interval(1, 3.00001), "log")) == "3.00002 is above 1 to 3.00001"


def test_a_range_of_another_recipe_or_dataset_judges_nothing() -> None:
    """A stale range is no reference, not a false alarm."""
    assert verdict_of(0.5, recipe="0" * 16).verdict == Judgement.NO_REFERENCE
    assert verdict_of(0.5, dataset="0" * 16).verdict == Judgement.NO_REFERENCE


def test_every_metric_gets_a_verdict() -> None:
    """Metrics without a range say so."""
    found = judge([run()], {("small/adam", "test_accuracy"): range_for()})
    assert [(v.metric, v.verdict) for v in found] == [
        ("test_accuracy", Judgement.PASS),
        ("test_loss", Judgement.NO_REFERENCE),
    ]


def test_a_training_that_failed_is_an_error_and_one_that_diverged_fails() -> None:
    """With their reasons, whatever ranges there are; the other seeds are judged all the same."""
    runs = [
        run(status="error", reason="killed"),
        run(status="diverged", reason="NaN in epoch 2", seed=1),
        run(seed=2),
    ]
    found = judge(runs, {("small/adam", "test_accuracy"): range_for()})
    told = [(v.metric, v.verdict, v.reason, v.seeds) for v in found[:3]]
    assert told == [
        ("training", Judgement.ERROR, "killed", (0,)),
        ("training", Judgement.FAIL, "NaN in epoch 2", (1,)),
        ("test_accuracy", Judgement.PASS, "", (2,)),
    ]


def test_a_second_look_that_diverges_fails() -> None:
    """A training that sometimes diverges is no pass."""
    second = [run(seed=s, status="diverged", reason="NaN") for s in range(100, 104)]
    found = judge([run()], {("small/adam", "test_accuracy"): range_for()}, second)
    assert (found[0].verdict, found[0].reason) == (Judgement.FAIL, "second look: NaN")


def test_p_values_are_adjusted_for_all_gated_checks() -> None:
    """Those of other metrics do not count."""
    ranges = {
        ("small/adam", "test_accuracy"): range_for(),
        ("small/adam", "train_accuracy"): range_for("train_accuracy", gated=False),
    }
    metrics = {"test_accuracy": 0.94, "train_accuracy": 0.95}
    found = adjust([v for s in (0, 1) for v in judge([run(seed=s, metrics=metrics)], ranges)])
    gated = [v for v in found if v.gated]
    assert [v.adjusted for v in gated] == pytest.approx([2 * (v.p or 0) for v in gated])
    assert [v.adjusted for v in found if not v.gated] == [None, None]


def test_the_worst_of_some_verdicts() -> None:
    """Error beats fail beats warn; a pass outweighs a metric without reference."""
    passed, unknown = judge([run()], {("small/adam", "test_accuracy"): range_for()})
    (failed,) = judge([run(status="diverged", reason="NaN")], {})
    assert worst([passed, unknown]) == Judgement.PASS
    assert worst([unknown]) == Judgement.NO_REFERENCE
    assert worst([passed, failed, unknown]) == Judgement.FAIL
    assert worst([]) == Judgement.NO_REFERENCE
