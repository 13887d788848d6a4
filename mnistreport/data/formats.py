"""Files of MNIST's shape: four idx files, plain or gzipped, or one npz. Nothing is believed.

The idx format is described at the original MNIST page: big-endian, magic 0x00000803 for images
and 0x00000801 for labels, then the sizes, then unsigned bytes.
"""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnistreport.errors import DataError

Bytes = NDArray[np.uint8]
#: x_train, y_train, x_test, y_test.
Arrays = tuple[Bytes, Bytes, Bytes, Bytes]

IDX_STEMS = ("train-images", "train-labels", "t10k-images", "t10k-labels")
_NPZ_NAMES = ("x_train", "y_train", "x_test", "y_test")
_IMAGES, _LABELS = 0x00000803, 0x00000801
#: No dataset of this shape is larger; a header or an archive that promises more is damaged.
_LIMIT = 1 << 30


def find_arrays(folder: Path) -> list[Path] | None:
    """The four idx files of a folder in the order of `IDX_STEMS`, or its one npz, or None.

    Raises:
        DataError: the folder holds some of the four, or several npz files and no mnist.npz.
    """
    found = [next(_candidates(folder, stem), None) for stem in IDX_STEMS]
    if all(found):
        return [path for path in found if path]
    archives = sorted(folder.glob("*.npz"))
    if archives:
        named = [path for path in archives if path.name == "mnist.npz"] or archives
        if len(named) > 1:
            raise DataError(
                f"{folder} holds {len(named)} npz files and none is named mnist.npz",
                "Leave one of them there.",
            )
        return named
    if any(found):
        missing = [stem for stem, path in zip(IDX_STEMS, found, strict=True) if not path]
        raise DataError(
            f"{folder} holds some of the four idx files, but not {', '.join(missing)}",
            "Put all four there, as NAME-idx3-ubyte or NAME-idx1-ubyte, with or without .gz.",
        )
    return None


def _candidates(folder: Path, stem: str) -> Iterator[Path]:
    rank = "idx3" if stem.endswith("images") else "idx1"
    for separator in "-.":
        for suffix in ("", ".gz"):
            path = folder / f"{stem}{separator}{rank}-ubyte{suffix}"
            if path.is_file():
                yield path


def read_arrays(paths: list[Path]) -> Arrays:
    """The four arrays of files that `find_arrays` named: images (n, 28, 28), labels (n,), uint8.

    Raises:
        DataError: a file is damaged, or is not of MNIST's shape.
    """
    try:
        arrays = _read_npz(paths[0]) if len(paths) == 1 else _read_four(paths)
    except OSError as error:
        raise DataError(f"{error.filename or paths[0]} cannot be read: {error.strerror}") from None
    x_train, y_train, x_test, y_test = arrays
    where = str(paths[0] if len(paths) == 1 else paths[0].parent)
    for part, images, labels in (("training", x_train, y_train), ("test", x_test, y_test)):
        if len(images) != len(labels):
            raise DataError(
                f"{where}: {len(images)} {part} images, but {len(labels)} {part} labels"
            )
    return arrays


def _read_four(paths: list[Path]) -> Arrays:
    x_train, y_train, x_test, y_test = (read_idx(path) for path in paths)
    return x_train, y_train, x_test, y_test


def read_idx(path: Path) -> Bytes:
    """One idx file: images (n, 28, 28) or labels (n,) of 0..9, as its name says, uint8.

    Raises:
        DataError: truncated, too long, wrong magic number, wrong sizes, labels above 9.
        OSError: the file cannot be opened.
    """
    images = "images" in path.name
    header = 16 if images else 8
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            return _parse_idx(file, path, images, header)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is no whole gzip file: {error}", "Fetch it again.") from None


def _parse_idx(file: BinaryIO | gzip.GzipFile, path: Path, images: bool, header: int) -> Bytes:
    head = file.read(header)
    if len(head) < header:
        raise DataError(f"{path} is truncated: {len(head)} bytes, its header alone has {header}")
    magic, count, *sides = struct.unpack(f">{header // 4}I", head)
    wanted = _IMAGES if images else _LABELS
    if magic != wanted:
        raise DataError(f"{path} begins with magic number {magic:#010x}, expected {wanted:#010x}")
    if images and sides != [28, 28]:
        raise DataError(f"{path} holds images of {sides[0]}x{sides[1]} pixels, expected 28x28")
    size = count * (784 if images else 1)
    if not 0 < size <= _LIMIT:
        raise DataError(f"{path} promises {count} items, which no file of this shape holds")
    # one byte more than promised, so that a longer file is noticed and never read whole
    data = file.read(size + 1)
    if len(data) != size:
        state = "is truncated" if len(data) < size else "has bytes after its end"
        came = f"at least {len(data)}" if len(data) > size else str(len(data))
        raise DataError(f"{path} {state}: its header promises {size} bytes, came {came}")
    array = np.frombuffer(data, dtype=np.uint8)
    return array.reshape(-1, 28, 28) if images else _checked_labels(array, str(path))


def _checked_labels(labels: Bytes, where: str) -> Bytes:
    if labels.max() > 9:
        position = int(np.argmax(labels > 9))
        raise DataError(f"{where}: label {labels[position]} at position {position} is outside 0..9")
    return labels


def _read_npz(path: Path) -> Arrays:
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {item.filename: item.file_size for item in archive.infolist()}
        if sum(sizes.values()) > _LIMIT:
            raise DataError(
                f"{path} unpacks to {sum(sizes.values())} bytes, more than any such set"
            )
        missing = [name for name in _NPZ_NAMES if f"{name}.npy" not in sizes]
        if missing:
            raise DataError(f"{path} lacks the arrays {', '.join(missing)}")
        with np.load(path, allow_pickle=False) as archive:
            arrays = [_checked(archive[name], name, path) for name in _NPZ_NAMES]
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
        raise DataError(f"{path} is no whole npz file: {error}", "Fetch it again.") from None
    except ValueError as error:
        # numpy's word for a pickled array, and for a header that is none
        raise DataError(f"{path} holds an array that is refused: {error}") from None
    return arrays[0], arrays[1], arrays[2], arrays[3]


def _checked(array: NDArray[np.generic], name: str, path: Path) -> Bytes:
    shape = (None, 28, 28) if name.startswith("x") else (None,)
    fits = array.ndim == len(shape) and array.shape[1:] == shape[1:] and len(array) > 0
    if array.dtype != np.uint8 or not fits:
        expected = "(n, 28, 28)" if name.startswith("x") else "(n,)"
        raise DataError(f"{path}: {name} is {array.dtype} {array.shape}, expected uint8 {expected}")
    checked = np.ascontiguousarray(array).view(np.uint8)
    return checked if name.startswith("x") else _checked_labels(checked, f"{path}: {name}")
