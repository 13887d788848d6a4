"""The files of a dataset in a folder: four idx files, plain or gzipped, or one npz."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mnistreport.data.content import Arrays, check_counts, readable
from mnistreport.data.idx import read_idx
from mnistreport.data.npz import read_npz
from mnistreport.errors import DataError

__all__ = ["IDX_STEMS", "find_arrays", "idx_name", "read_arrays", "read_idx"]

IDX_STEMS = ("train-images", "train-labels", "t10k-images", "t10k-labels")


def idx_name(stem: str) -> str:
    """The original page's name of an idx file, not gzipped."""
    return f"{stem}-idx{3 if stem.endswith('images') else 1}-ubyte"


def find_arrays(folder: Path) -> list[Path] | None:
    """The four idx files of a folder in the order of `IDX_STEMS`, or its one npz, or None.

    Raises:
        DataError: the folder is unreadable, or holds some of the four, or several npz files and
            no mnist.npz.
    """
    with readable(folder):
        if not folder.is_dir():
            return None
        # glob and is_file alone would take a folder that must not be listed for an empty one
        names = {path.name for path in folder.iterdir() if path.is_file()}
    found = [next(_candidates(stem, names), None) for stem in IDX_STEMS]
    if all(found):
        return [folder / name for name in found if name]
    archives = sorted(name for name in names if name.endswith(".npz"))
    if "mnist.npz" in archives or len(archives) == 1:
        return [folder / ("mnist.npz" if "mnist.npz" in archives else archives[0])]
    if archives:
        raise DataError(
            f"{folder} holds {len(archives)} npz files and none is named mnist.npz",
            "Leave one of them there.",
        )
    if any(found):
        missing = [stem for stem, name in zip(IDX_STEMS, found, strict=True) if not name]
        raise DataError(
            f"{folder} holds some of the four idx files, but not {', '.join(missing)}",
            "Put all four there, as NAME-idx3-ubyte or NAME-idx1-ubyte, with or without .gz.",
        )
    return None


def _candidates(stem: str, names: set[str]) -> Iterator[str]:
    # what `fetch_mnist` writes comes first: a damaged file beside it must not hide it
    plain = idx_name(stem)
    for name in (plain, plain.replace("-idx", ".idx")):
        for suffix in (".gz", ""):
            if name + suffix in names:
                yield name + suffix


def read_arrays(paths: list[Path]) -> Arrays:
    """The four arrays of files that `find_arrays` named: images (n, 28, 28), labels (n,), uint8.

    Raises:
        DataError: a file is unreadable or damaged, or is not of MNIST's shape.
    """
    if len(paths) == 1:
        arrays = read_npz(paths[0])
    else:
        x_train, y_train, x_test, y_test = (read_idx(path) for path in paths)
        arrays = x_train, y_train, x_test, y_test
    check_counts(arrays, str(paths[0] if len(paths) == 1 else paths[0].parent))
    return arrays
