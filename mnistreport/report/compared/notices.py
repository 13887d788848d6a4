"""What a reader of a comparison should know before trusting it."""

from __future__ import annotations

from collections.abc import Iterator

from mnistreport.comparison import BuildComparison, Outcome
from mnistreport.messages import Message, listing


def notices(found: BuildComparison) -> Iterator[Message]:
    """Other data, profiles or recipes; noise that is not known, or another seed's."""
    before, after = found.before, found.after
    if before.dataset_sha256 != after.dataset_sha256:
        yield Message(
            "The datasets differ: {before} ({sha_before}) before, {after} ({sha_after}) after. "
            "Only the environment is compared.",
            before=before.dataset,
            sha_before=before.dataset_sha256[:16],
            after=after.dataset,
            sha_after=after.dataset_sha256[:16],
        )
    if before.profile != after.profile:
        yield Message(
            "The profiles differ: {before} before, {after} after. "
            "What moved may come from that alone.",
            before=before.profile,
            after=after.profile,
        )
    if found.recipes:
        names = list(dict.fromkeys(n for recipe in found.recipes for n in recipe.experiments))
        yield Message(
            "Trained by another recipe after: {names}. "
            "What moved there may come from that alone; the noise is that of the recipe before.",
            names=listing(names, 6),
        )
    yield from _of_noise(found)


def _of_noise(found: BuildComparison) -> Iterator[Message]:
    unknown = [
        pair.experiment
        for pair in found.pairs
        if any(s.source == "unknown" for s in pair.shifts)
        and pair.outcome not in (Outcome.IDENTICAL, Outcome.ROUNDING)
    ]
    if unknown:
        yield Message(
            "No seed noise is known of {names}: no calibration of the recipe, and one seed. Only "
            "McNemar's test is available there, which tells two models apart and not an upgrade "
            "from another seed. Train both builds with `--seeds 0..4`.",
            names=listing(unknown),
        )
    seeded = [
        pair.experiment
        for pair in found.pairs
        if pair.outcome is Outcome.SAME and pair.apart_by_seed
    ]
    if seeded:
        yield Message(
            "McNemar's test alone would tell {names} apart: another seed of the same recipe can "
            "move the accuracy there as far.",
            names=listing(seeded, 6),
        )
    seeds = {pair.experiment: pair.seeds for pair in found.pairs}
    alone = [
        finding.members[0]
        for finding in found.findings
        if finding.outcome is Outcome.WORSE
        and not finding.drift
        and finding.trait is None
        and len(seeds[finding.members[0]]) == 1
    ]
    if alone:
        yield Message(
            "{names}: one seed, alone. Train both builds with `--seeds 0..4` to see whether that "
            "seed was unlucky.",
            names=listing(alone),
        )
