"""The digits that a model misread: the most confident first, the nearest misses, in one image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistreport.messages import Message
from mnistreport.report.formats import percent
from mnistreport.report.galleries import sprite
from mnistreport.report.logits import Outputs, logarithms, outputs

#: Digits that are shown at first, the nearest misses, and the most of all together. What is left
#: goes to the most confident of each cell of the confusion matrix that has none, then to others.
FIRST_ERRORS = 24
NEAREST = 9
MOST_ERRORS = 48

#: The least probability of the right answer of a near miss, as a share of the wrong one's.
NEAR = 0.1


@dataclass(frozen=True)
class Error:
    """A misread digit.

    Attributes:
        place: in the sprite.
        image: which of the test images.
        caption: what it is and was read as.
        shares: the probability of the wrong answer, for a near miss with the right one's.
        cell: the true digit and the one it was read as.
        logs: the natural logarithms of its ten probabilities.
        more: whether it is shown only on demand.
    """

    place: int
    image: int
    caption: Message
    shares: str
    cell: str
    logs: str
    more: bool = False


@dataclass(frozen=True)
class Misread:
    """What was misread; `sprite` is a data: URI with 28x28 pixels for each place.

    `first` are the outputs for the first of the `confident`.
    """

    sprite: str
    confident: tuple[Error, ...]
    near: tuple[Error, ...]
    first: Outputs

    @property
    def shown(self) -> int:
        """How many of the most confident are shown at first."""
        return sum(not error.more for error in self.confident)


def misread(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], probabilities: NDArray[np.float32]
) -> Misread | None:
    """The misread digits; None without any.

    Args:
        images: the test images, (n, 28, 28).
        labels: theirs, (n,).
        probabilities: theirs, (n, 10).
    """
    read = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(read != labels)
    if not len(wrong):
        return None
    said, right = probabilities[wrong, read[wrong]], probabilities[wrong, labels[wrong]]
    # in stable orders: equal ones stay in that of the images
    confident = [int(index) for index in wrong[np.argsort(-said, kind="stable")]]
    share = right / said
    ordered = [place for place in np.argsort(-share, kind="stable") if share[place] >= NEAR]
    near = [int(wrong[place]) for place in ordered[:NEAREST]]
    chosen = _chosen(confident, near, [(labels[index], read[index]) for index in confident])
    places = {index: place for place, index in enumerate(chosen)}

    def error(index: int, shares: str, more: bool = False) -> Error:
        true, answer = int(labels[index]), int(read[index])
        return Error(
            places[index],
            index,
            Message("true {true}, read as {read}", true=true, read=answer),
            shares,
            f"{true}{answer}",
            " ".join(logarithms(probabilities[index])),
            more,
        )

    def told(index: int, digit: int) -> str:
        return percent(float(probabilities[index, digit]), 0)

    return Misread(
        sprite=sprite(images[chosen]),
        confident=tuple(
            error(index, told(index, read[index]), place >= FIRST_ERRORS)
            for index, place in places.items()
        ),
        near=tuple(
            error(index, f"{told(index, read[index])} : {told(index, labels[index])}")
            for index in near
        ),
        first=outputs(probabilities[chosen[0]], int(labels[chosen[0]])),
    )


def _chosen(confident: list[int], near: list[int], cells: list[tuple[int, int]]) -> list[int]:
    """Which errors are kept, the first ones first; `cells` are those of the confident ones."""
    seen = set(cells[:FIRST_ERRORS])
    unseen: list[int] = []
    for index, cell in list(zip(confident, cells, strict=True))[FIRST_ERRORS:]:
        if cell not in seen:
            unseen.append(index)
        seen.add(cell)
    ordered = [*confident[:FIRST_ERRORS], *near, *unseen, *confident]
    return list(dict.fromkeys(ordered))[:MOST_ERRORS]
