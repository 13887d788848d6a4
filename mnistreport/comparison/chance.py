"""How likely chance alone is: the paired test on images. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Paired:
    """The same test images, read by both builds.

    `gained` images were read right more often after than before, `lost` less often; with one seed
    these are McNemar's discordant pairs. `p` is the exact two-sided binomial's, `adjusted` Holm's
    over all experiments.
    """

    gained: int
    lost: int
    p: float
    adjusted: float = 1.0


def paired(before: Sequence[Mapping[int, int]], after: Sequence[Mapping[int, int]]) -> Paired:
    """McNemar's exact test on what was misread before and after, seed by seed.

    Several seeds read the same images, so that an image counts once, by the sign of its sum.

    Args:
        before: for each seed, image number to digit read, of the misread images.
        after: the same of the other build.
    """
    net: dict[int, int] = {}
    for sign, build in ((1, before), (-1, after)):
        for misread in build:
            for image in misread:
                net[image] = net.get(image, 0) + sign
    gained = sum(value > 0 for value in net.values())
    lost = sum(value < 0 for value in net.values())
    return Paired(gained, lost, sign_test(gained, lost))


def sign_test(gained: int, lost: int) -> float:
    """The exact two-sided p of a coin that fell so unevenly; 1 where it was not thrown."""
    # scipy.special: scipy.stats takes a second to import
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(gained, lost), gained + lost, 0.5)))
