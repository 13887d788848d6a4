"""The installed Keras keeps every rule; the examination that `check` makes beside the trainings."""

from __future__ import annotations

from typing import Any

import pytest

from mnistreport.conformance.suite import rules


@pytest.mark.parametrize("rule", list(rules()))
def test_the_installed_keras_keeps_the_rule(document: dict[str, Any], rule: str) -> None:
    """Within rounding of the oracle, at every step."""
    (finding,) = (f for f in document["conformance"]["findings"] if f["rule"] == rule)
    assert finding["deviation"] is None, finding
