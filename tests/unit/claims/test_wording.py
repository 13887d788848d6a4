"""What was found of a claim, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mnistreport.claims.wording import effect
from tests.unit.claims.test_judge import ABOVE, judged
from tests.unit.evidence import around


@pytest.mark.parametrize(
    ("low", "told"),
    [
        (-0.00123, "\N{MINUS SIGN}0.12 pp"),
        (-0.00003, "\N{MINUS SIGN}0.003 pp"),
        (4e-7, "+0.00004 pp"),
        (0.0, "0 pp"),
    ],
)
def test_an_end_beside_zero_does_not_look_like_it(low: float, told: str) -> None:
    """Whether an interval reaches 0 is what decides a claim."""
    (part,) = judged(ABOVE, a=around(0.97, 0.001), b=around(0.9, 0.001)).parts
    assert f"(95% CI {told} to " in str(effect(replace(part, low=low)))
