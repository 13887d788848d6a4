"""What moved, in words: who, which metric, how far, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from mnistreport.comparison import Finding, Group, Movement, Outcome
from mnistreport.comparison.findings import TRAINING
from mnistreport.messages import Message, Text, listing, signed
from mnistreport.report.formats import difference, metric_name
from mnistreport.report.marks import Mark, outcome_mark


@dataclass(frozen=True)
class FindingText:
    """A finding as a sentence, and the experiments in it; none where the subject names it."""

    mark: Mark
    subject: Text
    told: tuple[Message, ...]
    members: Text


def finding_text(finding: Finding) -> FindingText:
    """A finding in words."""
    return FindingText(
        mark=outcome_mark(finding.outcome),
        subject=subject(finding),
        told=tuple(_movement(finding, movement) for movement in finding.movements),
        members="" if finding.trait is None else listing(finding.members, 8),
    )


def subject(finding: Finding) -> Text:
    """Who moved: "all 4 experiments with the optimizer keras.Adam", or an experiment's name."""
    if finding.trait is None:
        return finding.members[0]
    counted = {"n": len(finding.members), "total": finding.group}
    if finding.trait:
        if counted["n"] < counted["total"]:
            return Message("{n} of the {total} experiments {trait}", trait=finding.trait, **counted)
        if counted["n"] == 2:
            return Message("both experiments {trait}", trait=finding.trait)
        return Message("all {n} experiments {trait}", trait=finding.trait, n=counted["n"])
    if counted["n"] < counted["total"]:
        return Message("{n} of the {total} experiments", **counted)
    return Message("both experiments") if counted["n"] == 2 else _all(counted["n"])


def _all(number: int) -> Message:
    return Message("all {n} experiments", n=number)


def whole(group: Group) -> Message:
    """A whole group, as short as a list of groups wants it."""
    number = len(group.members)
    if not group.trait:
        return Message("both experiments") if number == 2 else _all(number)
    if number == 2:
        return Message("both {trait}", trait=group.trait)
    return Message("all {n} {trait}", n=number, trait=group.trait)


def _movement(finding: Finding, movement: Movement) -> Message:
    words, number = _way(movement), len(finding.members)
    if movement.metric == TRAINING:
        return words
    if finding.drift:
        return Message(
            "{words}, in {n} of {total}: none beyond noise alone, all together {sds} SDs",
            words=words,
            n=movement.agree,
            total=number,
            sds=f"{abs(movement.deviate or 0.0):.1f}",
        )
    if finding.outcome is Outcome.UNDECIDED:
        return Message("{words}, by the paired test on the images alone", words=words)
    if movement.alone == 0:
        return Message("{words}, not beyond noise by itself", words=words)
    if movement.alone < number:
        told = {"words": words, "n": movement.alone, "total": number}
        return Message("{words}, beyond noise in {n} of {total} alone", **told)
    return words


def _way(movement: Movement) -> Message:
    if movement.metric == TRAINING:
        if movement.sign < 0:
            return Message("training failed in the build after alone")
        return Message("training failed in the build before alone")
    sizes = dict.fromkeys(_size(movement.metric, s) for s in (movement.least, movement.most))
    size: Text = next(iter(sizes))
    if len(sizes) == 2:
        least, most = sizes
        size = Message("{low} to {high}", low=least, high=most)
    told = {"metric": metric_name(movement.metric), "size": size}
    if movement.sign > 0:
        return Message("{metric} higher: {size}", **told)
    return Message("{metric} lower: {size}", **told)


def _size(metric: str, change: float) -> Text:
    if metric.endswith("accuracy"):
        return difference(metric, change)
    if change >= 1:
        return Message("{n} times as high", n=f"{change + 1:.2g}")
    return signed(100 * change, ".0f" if abs(change) >= 0.1 else ".2g") + "%"
