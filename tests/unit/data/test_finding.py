"""A folder's files are found by their names, and whole sets alone are taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnistreport.data.formats import find_arrays, read_arrays
from mnistreport.errors import DataError
from tests.unit.data.samples import tiny, write_idx, write_npz

ARRAYS = tiny()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("separator", ["-", "."])
def test_four_idx_files_are_found(tmp_path: Path, separator: str, packed: bool) -> None:
    """Either spelling of the names, packed or not, gives the four arrays in order."""
    write_idx(tmp_path, ARRAYS, packed, separator)
    paths = find_arrays(tmp_path)
    assert paths
    for found, written in zip(read_arrays(paths), ARRAYS, strict=True):
        np.testing.assert_array_equal(found, written)


def test_an_npz_is_found(tmp_path: Path) -> None:
    """The only npz of a folder is taken, whatever its name."""
    path = write_npz(tmp_path / "fashion.npz", ARRAYS)
    assert find_arrays(tmp_path) == [path]


def test_mnist_npz_is_preferred(tmp_path: Path) -> None:
    """Of several archives, mnist.npz is taken."""
    write_npz(tmp_path / "a.npz", ARRAYS)
    path = write_npz(tmp_path / "mnist.npz", ARRAYS)
    assert find_arrays(tmp_path) == [path]


def test_several_archives_are_told(tmp_path: Path) -> None:
    """Which of several archives is meant is not guessed."""
    write_npz(tmp_path / "a.npz", ARRAYS)
    write_npz(tmp_path / "b.npz", ARRAYS)
    with pytest.raises(DataError, match=r"2 npz files and none is named mnist\.npz"):
        find_arrays(tmp_path)


def test_a_part_of_the_four_is_told(tmp_path: Path) -> None:
    """The files that are missing beside others are named."""
    write_idx(tmp_path, ARRAYS)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    (tmp_path / "train-images-idx3-ubyte").unlink()
    with pytest.raises(DataError, match="but not train-images, t10k-labels"):
        find_arrays(tmp_path)


def test_an_archive_completes_a_part(tmp_path: Path) -> None:
    """An npz is taken where the four idx files are not whole."""
    write_idx(tmp_path, ARRAYS)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    path = write_npz(tmp_path / "mnist.npz", ARRAYS)
    assert find_arrays(tmp_path) == [path]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    """A folder that is empty, holds other things, or is not there has no dataset."""
    (tmp_path / "mnist.npz").mkdir()
    (tmp_path / "notes.txt").touch()
    assert find_arrays(tmp_path) is None
    assert find_arrays(tmp_path / "nowhere") is None


def test_a_folder_that_may_not_be_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without permission is an error and not an empty one."""

    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)  # root may list anything
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        find_arrays(tmp_path)


@pytest.mark.parametrize("part", ["training", "test"])
def test_images_without_labels_are_told(tmp_path: Path, part: str) -> None:
    """Images and labels that differ in number do not belong together."""
    x_train, y_train, x_test, y_test = ARRAYS
    cut = (x_train, y_train, x_test, y_test[:-1])
    if part == "training":
        cut = (x_train, y_train[:-1], x_test, y_test)
    write_idx(tmp_path, cut)
    with pytest.raises(DataError, match=f"{part} images, but"):
        read_arrays(find_arrays(tmp_path) or [])
