"""Published figures and claims, judged, as plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mnistreport.claims import JudgedClaim
from mnistreport.fidelity import PublishedFigures
from mnistreport.outputs.plain import plain_values


def figures_values(item: PublishedFigures) -> dict[str, Any]:
    """The figures of an experiment, each in its metric's own unit."""
    values: dict[str, Any] = plain_values(asdict(item))
    for told, curve in zip(values["curves"], item.curves, strict=True):
        told["share_inside"] = curve.share_inside
    return values


def claim_values(judged: JudgedClaim) -> dict[str, Any]:
    """A claim with its finding and evidence; effects in the measure's own unit."""
    values: dict[str, Any] = plain_values(
        {
            **judged.claim.model_dump(mode="json", exclude={"comparisons"}),
            "finding": judged.finding,
            "evidence": [
                {
                    **part.comparison.model_dump(mode="json", exclude={"right", "others"}),
                    "right": part.right,
                    "seeds": part.seeds,
                    "effect": part.effect,
                    "ci_low": part.low,
                    "ci_high": part.high,
                    "finding": part.finding,
                    "reason": part.reason,
                    "images": part.images,
                }
                for part in judged.parts
            ],
        }
    )
    return values
