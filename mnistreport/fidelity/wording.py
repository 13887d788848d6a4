"""What published figures were, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from mnistreport.fidelity.figures import Figure


def in_plain_words(figures: Iterable[Figure]) -> list[str]:
    """What published binary accuracies really were, a sentence each; none where there are none."""
    binary = [figure for figure in figures if "binary" in figure.metric]
    if not binary:
        return []
    told = [
        "A binary accuracy judges each of the ten outputs alone, at a threshold of one half: an "
        "image that is read wrongly still has about eight of the ten right."
    ]
    for figure in binary:
        ours = "how many images it reads, no calibration seed has told yet"
        if figure.categorical is not None:
            seeds = f"{figure.seeds} calibration seed{'s' if figure.seeds > 1 else ''}"
            ours = f"{seeds} read {figure.categorical:.2%} of the images on average"
        told.append(
            f"{figure.experiment}: {figure.published:.1%} was published; {ours}"
            ", which is its accuracy as a reader understands it."
        )
    return told
