"""Runs survive JSON, and their fingerprint covers what was measured and nothing else."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from mnistreport.run import Run
from tests.unit.records import run


def test_json_and_back_is_the_same_run() -> None:
    """Every field comes back as it was, floats to the last bit."""
    original = run(metrics={"test_accuracy": 0.1 + 0.2})
    assert Run.from_json(json.loads(json.dumps(original.to_json()))) == original


def test_values_that_are_no_numbers_are_null_in_json() -> None:
    """The JSON is strict; the record reads them back as NaN."""
    diverged = run(status="diverged", history={"loss": [2.3, math.nan, math.inf]})
    text = json.dumps(diverged.to_json(), allow_nan=False)
    back = Run.from_json(json.loads(text))
    assert math.isnan(back.history["loss"][1])
    assert math.isnan(back.history["loss"][2])


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": {"test_accuracy": math.nextafter(0.95, 1), "test_loss": 0.2}},
        {"history": {"loss": [1.0, 0.4]}},
        {"weight_norms": {"dense": 3.1}},
        {"probabilities_sha256": "ff"},
        {"seed": 1},
    ],
)
def test_the_fingerprint_sees_every_measurement(change: dict[str, Any]) -> None:
    """One bit of one metric is enough."""
    assert run(**change).fingerprint != run().fingerprint


def test_the_fingerprint_does_not_see_time_or_place() -> None:
    """Seconds, dates and versions differ between machines that trained the same."""
    other = run(seconds=9.0, epoch_seconds=[4.0], finished="2030", environment={"numpy": "3"})
    assert other.fingerprint == run().fingerprint


def test_a_record_whose_figures_were_changed_is_refused() -> None:
    """The fingerprint in the JSON must fit it."""
    record = run().to_json()
    record["metrics"]["test_accuracy"] = 0.99
    with pytest.raises(ValueError, match="fingerprint"):
        Run.from_json(record)
