"""The idx format of the original MNIST page, plain or gzipped.

Big-endian: magic 0x00000803 for images and 0x00000801 for labels, then the sizes, then bytes.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from mnistreport.data.content import (
    AGAIN,
    LIMIT,
    Bytes,
    Readable,
    check_labels,
    read_promised,
    readable,
)
from mnistreport.errors import DataError

_IMAGES, _LABELS = 0x00000803, 0x00000801
_GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path) -> Bytes:
    """One idx file: images (n, 28, 28) or labels (n,) of 0..9, as its name says, uint8.

    Whether it is gzipped is seen from its first bytes: browsers and servers unpack a file and
    leave its name.

    Raises:
        DataError: unreadable, truncated, too long, wrong magic number or sizes, labels above 9.
    """
    images = "images" in path.name
    try:
        with readable(path), path.open("rb") as file:
            if file.peek(2)[:2] != _GZIP_MAGIC:
                return _parse(file, str(path), images)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _parse(unpacked, str(path), images)
    except (EOFError, zlib.error) as error:
        raise DataError(f"{path} is no whole gzip file: {error}", AGAIN) from None


def _parse(file: Readable, where: str, images: bool) -> Bytes:
    size = _promised(file, where, images)
    array = np.frombuffer(read_promised(file, size, where), dtype=np.uint8)
    return array.reshape(-1, 28, 28) if images else check_labels(array, where)


def _promised(file: Readable, where: str, images: bool) -> int:
    """How many bytes the header says follow it."""
    length = 16 if images else 8
    head = file.read(length)
    if len(head) < length:
        raise DataError(
            f"{where} is truncated: {len(head)} bytes, its header alone has {length}", AGAIN
        )
    magic, count, *sides = struct.unpack(f">{length // 4}I", head)
    wanted = _IMAGES if images else _LABELS
    if magic != wanted:
        raise DataError(
            f"{where} begins with magic number {magic:#010x}, expected {wanted:#010x}",
            f"This is no idx file of {'images' if images else 'labels'}.",
        )
    if images and sides != [28, 28]:
        raise DataError(
            f"{where} holds images of {sides[0]}x{sides[1]} pixels, expected 28x28",
            "Only datasets of MNIST's shape fit.",
        )
    size: int = count * (28 * 28 if images else 1)
    if not 0 < size <= LIMIT:
        raise DataError(f"{where} promises {count} items, expected 1 to {LIMIT // 784}", AGAIN)
    return size


def idx_bytes(array: Bytes) -> bytes:
    """The idx file, not gzipped, of images (n, 28, 28) or labels (n,)."""
    magic = _IMAGES if array.ndim == 3 else _LABELS
    return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.tobytes()
