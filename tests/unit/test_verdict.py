"""Runs are judged against the ranges that were made for them, and only those."""

from __future__ import annotations

from typing import Any

import pytest

from mnistreport.reference import Range
from mnistreport.verdict import Judgement, compare, judge, worst
from tests.unit.records import experiment, numpy_experiment, run


def range_for(**changes: Any) -> Range:
    """A range of test accuracy that .95 passes."""
    values: dict[str, Any] = {
        "experiment": "small/adam",
        "metric": "test_accuracy",
        "n": 20,
        "mean": 0.95,
        "sd": 0.005,
        "low": 0.92,
        "high": 0.97,
        "warn_low": 0.94,
        "warn_high": 0.96,
        "scale": "logit",
        "recipe": experiment().recipe(),
        "dataset": "ab" * 8,
        "method": "",
    }
    return Range(**{**values, **changes})


def verdict_of(value: float, **changes: Any) -> Judgement:
    """The judgement of a run with that test accuracy."""
    ranges = {("small/adam", "test_accuracy"): range_for(**changes)}
    (found,) = judge(run(metrics={"test_accuracy": value}), ranges)
    return found.verdict


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.95, "pass"),
        (0.94, "pass"),
        (0.9399, "warn"),
        (0.965, "warn"),
        (0.9199, "fail"),
        (0.98, "fail"),
    ],
)
def test_a_value_is_judged_on_both_sides(value: float, expected: str) -> None:
    """Too good is as suspicious as too bad."""
    assert verdict_of(value) == expected


def test_a_range_of_another_recipe_or_dataset_judges_nothing() -> None:
    """A stale range is no reference, not a false alarm."""
    assert verdict_of(0.5, recipe="0" * 16) == Judgement.NO_REFERENCE
    assert verdict_of(0.5, dataset="0" * 16) == Judgement.NO_REFERENCE


def test_every_metric_gets_a_verdict() -> None:
    """Metrics without a range say so."""
    found = judge(run(), {("small/adam", "test_accuracy"): range_for()})
    assert [(v.metric, v.verdict) for v in found] == [
        ("test_accuracy", Judgement.PASS),
        ("test_loss", Judgement.NO_REFERENCE),
    ]


def test_a_training_that_failed_is_an_error_and_one_that_diverged_fails() -> None:
    """With their reasons, whatever ranges there are."""
    (error,) = judge(run(status="error", reason="killed"), {})
    (diverged,) = judge(run(status="diverged", reason="NaN in epoch 2"), {})
    assert (error.verdict, error.reason) == (Judgement.ERROR, "killed")
    assert (diverged.verdict, diverged.reason) == (Judgement.FAIL, "NaN in epoch 2")


def test_the_worst_of_some_verdicts() -> None:
    """Error beats fail beats warn; a pass outweighs a metric without reference."""
    passed, unknown = judge(run(), {("small/adam", "test_accuracy"): range_for()})
    (failed,) = judge(run(status="diverged", reason="NaN"), {})
    assert worst([passed, unknown]) == Judgement.PASS
    assert worst([unknown]) == Judgement.NO_REFERENCE
    assert worst([passed, failed, unknown]) == Judgement.FAIL
    assert worst([]) == Judgement.NO_REFERENCE


def test_published_figures_stand_beside_ours() -> None:
    """The difference is ours minus theirs; an error has no value."""
    entry = experiment(published={"test_accuracy": 0.9, "parameters": 7000})
    rows = {row.metric: row for row in compare(entry, run(parameters=7850), comparable=True)}
    assert rows["test_accuracy"].difference == pytest.approx(0.05)
    assert rows["parameters"].difference == 850
    (row, _) = compare(entry, run(status="error", reason="x"), comparable=True)
    assert row.value is None


def test_document_d_is_compared_at_its_last_table_row() -> None:
    """It published its accuracies at iteration 9600, and trained on to 10000."""
    entry = numpy_experiment(published={"test_accuracy": 0.9})
    history = {"iteration": [0.0, 10.0], "train_accuracy": [0.1, 0.8], "test_accuracy": [0.1, 0.9]}
    (row,) = compare(entry, run(history=history), comparable=True)
    assert row.difference == 0
