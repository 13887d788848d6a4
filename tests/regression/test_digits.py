"""The quick profile on the embedded digits, all 32 trainings, against their calibrated ranges."""

from __future__ import annotations

from typing import Any

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.run import GATED

NAMES = list(load_catalog())


def test_all_experiments_together_have_not_drifted(document: dict[str, Any]) -> None:
    """Of each metric that decides."""
    assert {drift["metric"] for drift in document["drift"]} == GATED
    assert [drift["reason"] for drift in document["drift"] if not drift["inside"]] == []


def test_all_trainings_ended_well(document: dict[str, Any]) -> None:
    """32 runs, none diverged, none in error."""
    assert [run["experiment"] for run in document["runs"]] == NAMES
    assert {run["status"] for run in document["runs"]} == {"ok"}


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_is_inside_its_range(document: dict[str, Any], name: str) -> None:
    """Each that decides, with a range that was made for this recipe; the others only tell."""
    verdicts = [v for v in document["verdicts"] if v["experiment"] == name and v["gated"]]
    assert {v["metric"] for v in verdicts} == GATED
    wrong = [v for v in verdicts if v["verdict"] not in ("pass", "warn")]
    assert not wrong, [f"{v['metric']}: {v['verdict']}: {v['reason']}" for v in wrong]
