"""Two builds, compared as far as they can be. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mnistreport.calibration import Row
from mnistreport.comparison.builds import Build
from mnistreport.comparison.changes import (
    Change,
    RecipeChange,
    environment_changes,
    recipe_changes,
)
from mnistreport.comparison.findings import Finding, find
from mnistreport.comparison.groups import Group, make_groups
from mnistreport.comparison.pairs import Outcome, Pair, make_pairs, worst
from mnistreport.messages import Message


@dataclass(frozen=True)
class BuildComparison:
    """What became of a build.

    Attributes:
        before: the build that is compared with.
        after: the build that is judged.
        environment: what differs in versions, processor, threads, commit.
        recipes: what differs in how experiments were trained.
        pairs: each experiment that could be compared, in the order of the build before.
        findings: what moved, the worst first.
        groups: what the compared experiments have in common.
        left_out: experiments that could not be compared, each with the reason.
    """

    before: Build
    after: Build
    environment: tuple[Change, ...]
    recipes: tuple[RecipeChange, ...]
    pairs: tuple[Pair, ...]
    findings: tuple[Finding, ...]
    groups: tuple[Group, ...]
    left_out: tuple[tuple[str, Message], ...]

    @property
    def outcome(self) -> Outcome:
        """The worst finding's; without one "identical" where every pair is, else within noise."""
        if not self.findings and self.pairs:
            return worst(pair.outcome for pair in self.pairs)
        return worst(finding.outcome for finding in self.findings)


def compare_builds(before: Build, after: Build, rows: Iterable[Row]) -> BuildComparison:
    """Compare what two builds have in common.

    Args:
        before: the build that is compared with.
        after: the build that is judged.
        rows: of the calibration: what retraining alone does.
    """
    names = list(dict.fromkeys((*before.experiments, *after.experiments)))
    left_out = {name: why for name in names if (why := _unlike(before, after, name)) is not None}
    both = [name for name in names if name not in left_out]
    pairs, noises = make_pairs(before, after, both, rows)
    groups = make_groups(both, before.entries)
    return BuildComparison(
        before=before,
        after=after,
        environment=environment_changes(before.environment, after.environment),
        recipes=recipe_changes(before.entries, after.entries, both),
        pairs=tuple(pairs),
        findings=tuple(find(pairs, groups, noises)),
        groups=tuple(groups),
        left_out=tuple(left_out.items()),
    )


def _unlike(before: Build, after: Build, name: str) -> Message | None:
    """Why an experiment cannot be compared; None where it can."""
    if before.dataset_sha256 != after.dataset_sha256:
        return Message("the datasets differ")
    seeds = set(before.seeds(name)), set(after.seeds(name))
    if not all(seeds):
        return Message("only before") if seeds[0] else Message("only after")
    if not seeds[0] & seeds[1]:
        return Message("no seed in common")
    images = {
        build.readings[name, seed].images
        for build in (before, after)
        for seed in seeds[0] & seeds[1]
    } - {None}
    return Message("not the same test images") if len(images) > 1 else None
