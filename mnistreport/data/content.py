"""What any file of a dataset must hold, and how it is read: nothing that it says is believed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mnistreport.errors import DataError

Bytes = NDArray[np.uint8]
#: x_train, y_train, x_test, y_test.
Arrays = tuple[Bytes, Bytes, Bytes, Bytes]

#: Bytes of one array. No dataset of this shape is larger; what promises more is damaged.
LIMIT = 1 << 30
_CHUNK = 1 << 20
AGAIN = "Fetch or copy it again."


class Readable(Protocol):
    """A file, a member of an archive, or what a gzip file unpacks to."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


def read_promised(file: Readable, size: int, where: str) -> bytes:
    """The rest of a file, whose header promised `size` bytes.

    It is read in parts, since one call would allocate what the header says, not what is there;
    and one byte beyond, so that a longer file is noticed but never unpacked whole.

    Raises:
        DataError: there is more or less.
    """
    parts = []
    left = size + 1
    while left and (part := file.read(min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    came = size + 1 - left
    if came < size:
        raise DataError(f"{where} is truncated: {came} of {size} bytes after its header", AGAIN)
    if came > size:
        raise DataError(f"{where} has bytes after its end: its header promises {size}", AGAIN)
    return b"".join(parts)


def check_labels(labels: NDArray[np.integer], where: str) -> Bytes:
    """Labels (n,) of any integer type as uint8.

    Raises:
        DataError: one is outside 0..9.
    """
    outside = (labels < 0) | (labels > 9)
    if outside.any():
        position = int(np.argmax(outside))
        raise DataError(
            f"{where}: label {labels[position]} at position {position} is outside 0..9",
            "Only datasets of ten classes fit.",
        )
    return labels.astype(np.uint8, copy=False)


def check_counts(arrays: Arrays, where: str) -> None:
    """Every image needs its label.

    Raises:
        DataError: there are more of the ones than of the others.
    """
    x_train, y_train, x_test, y_test = arrays
    for part, images, labels in (("training", x_train, y_train), ("test", x_test, y_test)):
        if len(images) != len(labels):
            raise DataError(
                f"{where}: {len(images)} {part} images, but {len(labels)} {part} labels",
                "The files do not belong together.",
            )


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """What the operating system refuses becomes a DataError that names the file.

    Raises:
        DataError: an OSError within.
    """
    try:
        yield
    except OSError as error:
        mend = "Check its permissions." if isinstance(error, PermissionError) else AGAIN
        reason = error.strerror or str(error)
        raise DataError(f"{error.filename or path} cannot be read: {reason}", mend) from None


def printable(text: str) -> str:
    """A file's name may hold line ends, and bytes that no encoding writes into a report."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
