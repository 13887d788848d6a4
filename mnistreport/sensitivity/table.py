"""The table of faults as rows of text, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mnistreport.sensitivity.assess import CAUGHT, Sensitivity
from mnistreport.sensitivity.detect import FaultFound, Share

HEADER = (
    *("fault", "experiments", "conformance", "single run", "two looks", "drift"),
    *("all layers", "first witness"),
)


def lines(found: Sensitivity) -> list[tuple[str, ...]]:
    """The header, and one line a fault."""
    return [HEADER, *(_line(one) for one in found.found)]


def _line(one: FaultFound) -> tuple[str, ...]:
    return (
        one.fault.title,
        str(len(one.changed)),
        _conformance(one),
        percent(one.single),
        percent(one.looks),
        percent(one.drifted),
        percent(one.together, interval=True),
        one.witness.replace("_", " "),
    )


def _conformance(one: FaultFound) -> str:
    if one.ruling is None:
        return "-"
    return one.ruling.rule or "no"


def percent(share: Share, interval: bool = False) -> str:
    """A share for people, with the 95% interval of Wilson where it is asked for."""
    if not share.of:
        return "-"
    if not interval:
        return f"{share.value:.0%}"
    low, high = share.interval()
    return f"{share.value:.0%} ({low:.0%} to {high:.0%})"


def summary(found: Sensitivity) -> Iterator[str]:
    """What the table comes to, in sentences."""
    faults, caught = found.faults, found.caught
    if faults:
        yield (
            f"{len(caught)} of {len(faults)} faults are noticed in at least {CAUGHT:.0%} of seeds "
            f"({len(caught) / len(faults):.0%})"
        )
    controls = [one for one in found.found if one.fault.control]
    if controls:
        looks = _sum([one.looks for one in controls])
        yield (
            f"controls, which must not be noticed: {looks.noticed} of {looks.of} checks failed, "
            f"{sum(one.conformance for one in controls)} of {len(controls)} in conformance"
        )
    for one, name, share in found.blind_spots:
        told = f"{share.noticed} of {share.of} seeds"
        yield f"blind spot: {one.fault.title}, in {name}: noticed in {told}"
    for one, name in found.without_effect:
        yield f"no effect: {one.fault.title}, in {name}: the training gives the same"


def _sum(shares: Sequence[Share]) -> Share:
    return Share(sum(one.noticed for one in shares), sum(one.of for one in shares))


def markdown(found: Sensitivity) -> str:
    """The table for a README."""
    header, *rows = lines(found)
    ruled = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(cell for cell in row)} |" for row in ruled) + "\n"


def to_json(found: Sensitivity) -> dict[str, Any]:
    """Everything, as plain values."""
    return {
        "profile": found.profile,
        "dataset": found.dataset,
        "faults": [
            {
                "name": one.fault.name,
                "title": one.fault.title,
                "kind": one.fault.kind,
                "conformance": None
                if one.ruling is None
                else {
                    "noticed": one.conformance,
                    "rule": one.ruling.rule,
                    "cause": one.ruling.cause,
                    "versions": one.ruling.versions,
                },
                "single_run": _share(one.single),
                "two_looks": _share(one.looks),
                "drift": _share(one.drifted),
                "all_layers": _share(one.together),
                "first_witness": one.witness,
                "experiments": {
                    entry.experiment: {
                        "changed": entry in one.changed,
                        "single_run": [seed for seed, flag in entry.single.items() if flag],
                        "two_looks": [seed for seed, flag in entry.looks.items() if flag],
                        "seeds": list(entry.looks),
                        "witness": sorted({name for name in entry.witness.values() if name}),
                    }
                    for entry in one.detections
                },
            }
            for one in found.found
        ],
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval()
    return {"noticed": share.noticed, "of": share.of, "wilson_95": [low, high]}
