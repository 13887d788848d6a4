"""A dataset of handwritten digits (or anything of MNIST's shape), as the engines take it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: sha256 over the four arrays' bytes of the real MNIST, in the order of `content_sha256`.
MNIST_SHA256 = "25c98f992c005963b7428e1f38418b233c9b286cc403519287eb8063f0bcfe07"


@dataclass(frozen=True)
class Dataset:
    """Images (n, 28, 28) uint8 of 0..255 and labels (n,) uint8 of 0..9, for training and testing.

    `name` is "mnist", "digits" or the folder's name; `origin` says where the bytes came from;
    `notice` is one line for the reader where this is not the dataset that was hoped for, else "".
    """

    name: str
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]
    sha256: str
    origin: str
    notice: str = ""

    @property
    def title(self) -> str:
        """The name as people write it."""
        return title_of(self.name)

    @property
    def sizes(self) -> tuple[int, int]:
        """(training images, test images)."""
        return len(self.x_train), len(self.x_test)

    @property
    def slug(self) -> str:
        """The name as part of a file's name."""
        return re.sub(r"[^A-Za-z0-9_.-]+", "-", self.name).strip(".-") or "dataset"


def title_of(name: str) -> str:
    """A dataset's name as people write it: its own, but for MNIST."""
    return "MNIST" if name == "mnist" else name


def content_sha256(*arrays: NDArray[np.uint8]) -> str:
    """The sha256 of the arrays' bytes one after the other, each preceded by its shape."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr(array.shape).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
