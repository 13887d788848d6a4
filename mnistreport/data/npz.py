"""NumPy's archive with x_train, y_train, x_test, y_test, as Keras keeps MNIST.

`numpy.load` allocates what an array's header says; here the header is compared first with what
the archive holds. Pickled arrays are refused: unpickling runs code.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import IO

import numpy as np
from numpy.lib import format as npy

from mnistreport.data.content import (
    AGAIN,
    LIMIT,
    Arrays,
    Bytes,
    check_labels,
    read_promised,
    readable,
)
from mnistreport.errors import DataError

NAMES = ("x_train", "y_train", "x_test", "y_test")
#: What zipfile raises on a damaged, encrypted or exotic archive.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
#: What NumPy's reader of headers, which are Python literals, raises on one that is none.
_NO_HEADER = (ValueError, TypeError, SyntaxError, TokenError, MemoryError, RecursionError)


def read_npz(path: Path) -> Arrays:
    """The four arrays: images (n, 28, 28) uint8, labels (n,) of any integer type as uint8.

    Raises:
        DataError: unreadable, damaged, pickled, arrays missing, of another type or shape.
    """
    try:
        with readable(path), zipfile.ZipFile(path) as archive:
            missing = {f"{name}.npy" for name in NAMES} - set(archive.namelist())
            if missing:
                lacks = ", ".join(sorted(name.removesuffix(".npy") for name in missing))
                raise DataError(f"{path} lacks the arrays {lacks}", f"All of {NAMES} are needed.")
            x_train, y_train, x_test, y_test = (_member(archive, path, name) for name in NAMES)
    except _DAMAGE as error:
        raise DataError(f"{path} is no whole npz file: {error}", AGAIN) from None
    return x_train, y_train, x_test, y_test


def _member(archive: zipfile.ZipFile, path: Path, name: str) -> Bytes:
    where = f"{path}: {name}"
    with archive.open(f"{name}.npy") as member:
        shape, fortran, dtype = _header(member, where)
        _check_header(shape, dtype, where, images=name.startswith("x"))
        data = read_promised(member, int(np.prod(shape)) * dtype.itemsize, where)
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return np.ascontiguousarray(array) if name.startswith("x") else check_labels(array, where)


def _header(member: IO[bytes], where: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """The shape, whether the order is Fortran's, and the type."""
    try:
        version = npy.read_magic(member)
        # later versions are for headers over 64 KiB and names in Unicode
        if version != (1, 0):
            raise ValueError(f"its format is {version}, expected (1, 0)")
        return npy.read_array_header_1_0(member)
    except _NO_HEADER as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"{where} is no array of NumPy's: {reason}", AGAIN) from None


def _check_header(
    shape: tuple[int, ...], dtype: np.dtype[np.generic], where: str, images: bool
) -> None:
    if dtype.hasobject:
        raise DataError(f"{where} is pickled, which is refused", "Save it as uint8.")
    of_type = dtype == np.uint8 if images else np.issubdtype(dtype, np.integer)
    count, *sides = shape or (0,)
    if not of_type or sides != ([28, 28] if images else []):
        wanted = "uint8 (n, 28, 28)" if images else "integers (n,)"
        raise DataError(
            f"{where} is {dtype} {shape}, expected {wanted}", "Only datasets of MNIST's shape fit."
        )
    if not 0 < count <= LIMIT // 784:
        raise DataError(f"{where} promises {count} items, expected 1 to {LIMIT // 784}", AGAIN)
