"""What published figures were, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from mnistreport.fidelity.figures import Figure
from mnistreport.messages import Message


def in_plain_words(figures: Iterable[Figure]) -> list[Message]:
    """What published binary accuracies really were, a sentence each; none where there are none."""
    binary = [figure for figure in figures if "binary" in figure.metric]
    if not binary:
        return []
    told = [
        Message(
            "A binary accuracy judges each of the ten outputs alone, at a threshold of one half: "
            "an image that is read wrongly still has about eight of the ten right."
        )
    ]
    for figure in binary:
        published = f"{figure.published:.1%}"
        if figure.categorical is None:
            told.append(
                Message(
                    "{name}: {published} was published; how many images it reads, its accuracy as "
                    "a reader understands it, no calibration seed has told yet.",
                    name=figure.experiment,
                    published=published,
                )
            )
        else:
            told.append(
                Message(
                    "{name}: {published} was published; {n} calibration {n:seed|seeds} read "
                    "{share} of the images on average, which is its accuracy as a reader "
                    "understands it.",
                    name=figure.experiment,
                    published=published,
                    n=figure.seeds,
                    share=f"{figure.categorical:.2%}",
                )
            )
    return told
