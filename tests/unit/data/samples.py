"""A tiny dataset of MNIST's shape, and files that hold it."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np

from mnistreport.data.content import Arrays
from mnistreport.data.formats import IDX_STEMS, idx_name
from mnistreport.data.npz import NAMES


def tiny(seed: int = 0) -> Arrays:
    """20 training and 5 test images of noise."""
    draw = np.random.default_rng(seed)

    def part(count: int) -> tuple[Any, Any]:
        images = draw.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        return images, np.arange(count, dtype=np.uint8) % 10

    return *part(20), *part(5)


def idx_file(array: np.ndarray[Any, Any]) -> bytes:
    """The idx format, written independently of the package."""
    magic = 0x00000803 if array.ndim == 3 else 0x00000801
    header = b"".join(struct.pack(">I", number) for number in (magic, *array.shape))
    return header + array.tobytes()


def write_idx(folder: Path, arrays: Arrays, packed: bool = False, separator: str = "-") -> Path:
    """Four idx files."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, array in zip(IDX_STEMS, arrays, strict=True):
        name = idx_name(stem).replace("-idx", f"{separator}idx")
        data = idx_file(array)
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(data, compresslevel=1, mtime=0) if packed else data)
    return folder


def write_npz(path: Path, arrays: Arrays, **changed: Any) -> Path:
    """An npz with the four arrays; `changed` replaces some, None leaves one out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    named = {**dict(zip(NAMES, arrays, strict=True)), **changed}
    np.savez(path, **{name: array for name, array in named.items() if array is not None})
    return path
