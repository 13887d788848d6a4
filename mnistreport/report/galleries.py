"""Galleries of digits, one image each: the digits side by side in one greyscale PNG."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistreport.messages import Message, Text
from mnistreport.report.formats import percent

#: Digits that an error gallery shows at first, and the most that it holds. Beyond the first ones
#: come the most confident of each cell of the confusion matrix that has none, then the others.
FIRST_ERRORS = 24
MOST_ERRORS = 48

#: Digits in the picture of the dataset.
SAMPLES = 64


@dataclass(frozen=True)
class Digit:
    """One digit of a gallery: where it is in the image, and what is said of it.

    `cell` is the true digit and the one it was read as, `more` whether it is shown only on demand.
    """

    place: int
    name: Message
    caption: Text
    detail: str = ""
    cell: str = ""
    more: bool = False


@dataclass(frozen=True)
class Gallery:
    """Digits in one PNG, `sprite`, a data: URI of 28x28 pixels each, side by side."""

    sprite: str
    digits: tuple[Digit, ...]


def sprite(images: NDArray[np.uint8]) -> str:
    """Images (n, 28, 28) side by side, as the data: URI of an 8-bit greyscale PNG."""
    row = np.concatenate(list(images), axis=1)
    written = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(row)).save(written, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode("ascii")


def sample_gallery(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Gallery:
    """The first digits of a set with their labels."""
    chosen = images[:SAMPLES]
    digits = tuple(
        Digit(place, Message("training image {n}", n=place), str(int(label)))
        for place, label in enumerate(labels[:SAMPLES])
    )
    return Gallery(sprite(chosen), digits)


def error_gallery(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], probabilities: NDArray[np.float32]
) -> Gallery | None:
    """The misread digits, the most confident first, then others on demand; None without any.

    Args:
        images: the test images, (n, 28, 28).
        labels: theirs, (n,).
        probabilities: theirs, (n, 10).
    """
    read = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(read != labels)
    if not len(wrong):
        return None
    sure = probabilities[wrong, read[wrong]]
    # a stable order: equal confidences stay in the order of the images
    ordered = wrong[np.argsort(-sure, kind="stable")]
    seen = {(labels[index], read[index]) for index in ordered[:FIRST_ERRORS]}
    unseen: list[int] = []
    others: list[int] = []
    for index in ordered[FIRST_ERRORS:]:
        cell = labels[index], read[index]
        (others if cell in seen else unseen).append(index)
        seen.add(cell)
    chosen = np.array([*ordered[:FIRST_ERRORS], *unseen, *others][:MOST_ERRORS])
    digits = tuple(
        Digit(
            place,
            Message("test image {n}", n=index),
            Message("true {true}, read as {read}", true=labels[index], read=read[index]),
            percent(float(probabilities[index, read[index]]), 0),
            cell=f"{labels[index]}{read[index]}",
            more=place >= FIRST_ERRORS,
        )
        for place, index in enumerate(chosen)
    )
    return Gallery(sprite(images[chosen]), digits)
