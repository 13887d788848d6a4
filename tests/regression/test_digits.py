"""The quick profile on the embedded digits, all 32 trainings, against their calibrated ranges."""

from __future__ import annotations

from typing import Any

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.run import GATED
from tests.regression.checks import assert_inside

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
    assert_inside(document, name)
