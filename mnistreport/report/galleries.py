"""Galleries of digits, one image each: the digits side by side in one greyscale PNG."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistreport.messages import Message, Text

#: Digits in the picture of the dataset.
SAMPLES = 64


@dataclass(frozen=True)
class Digit:
    """One digit of a gallery: where it is in the image, and what is said of it."""

    place: int
    name: Message
    caption: Text


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
