"""Archives are read whole or refused in one line, and nothing in them is run."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnistreport.data.npz import NAMES, read_npz
from mnistreport.errors import DataError
from tests.unit.data.samples import tiny, write_npz

ARRAYS = tiny()


def npy(array: np.ndarray, version: tuple[int, int] = (1, 0)) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version)
    return buffer.getvalue()


def with_member(path: Path, data: bytes) -> Path:
    """An archive whose x_train is `data`."""
    write_npz(path, ARRAYS, x_train=None)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", data)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_back(tmp_path: Path, save: Callable[..., None]) -> None:
    """Compressed or not, the four arrays are the ones written."""
    save(tmp_path / "a.npz", **dict(zip(NAMES, ARRAYS, strict=True)))
    for found, written in zip(read_npz(tmp_path / "a.npz"), ARRAYS, strict=True):
        np.testing.assert_array_equal(found, written)
        assert found.dtype == np.uint8


def test_other_layouts_come_back(tmp_path: Path) -> None:
    """Images in Fortran's order and labels of another integer type mean the same."""
    images, labels = np.asfortranarray(ARRAYS[0]), ARRAYS[1].astype(">i8")
    found = read_npz(write_npz(tmp_path / "a.npz", ARRAYS, x_train=images, y_train=labels))
    np.testing.assert_array_equal(found[0], ARRAYS[0])
    np.testing.assert_array_equal(found[1], ARRAYS[1])
    assert found[0].flags.c_contiguous
    assert found[1].dtype == np.uint8


class Trap:
    """Whoever unpickles it writes a file."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("sprung"),)


def test_pickles_are_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickled array is an error, and nothing of it is executed."""
    monkeypatch.chdir(tmp_path)
    trap = np.array([Trap()], dtype=object)
    with pytest.raises(DataError, match="y_test is pickled, which is refused"):
        read_npz(write_npz(tmp_path / "a.npz", ARRAYS, y_test=trap))
    assert not Path("sprung").exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"x_train": None, "y_test": None}, "lacks the arrays x_train, y_test"),
        ({"x_train": ARRAYS[0].astype(np.float32)}, r"x_train is float32 \(20, 28, 28\)"),
        ({"x_test": ARRAYS[2].reshape(5, 784)}, r"x_test is uint8 \(5, 784\)"),
        ({"x_test": ARRAYS[2][:0]}, "x_test promises 0 items"),
        ({"x_test": np.uint8(3)}, r"x_test is uint8 \(\)"),
        ({"y_train": ARRAYS[1].astype(np.float64)}, r"y_train is float64 \(20,\), expected int"),
        ({"y_train": ARRAYS[1].reshape(20, 1)}, r"y_train is uint8 \(20, 1\)"),
        ({"y_test": np.array([0, 1, 2, 3, -1])}, "label -1 at position 4"),
        ({"y_test": np.array([0, 1, 2, 3, 266])}, "label 266 at position 4"),
    ],
)
def test_arrays_that_do_not_fit_are_told(
    tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    """A wrong type, shape or label is told with the array's name, what came and what fits."""
    with pytest.raises(DataError, match=told) as caught:
        read_npz(write_npz(tmp_path / "a.npz", ARRAYS, **changed))
    assert caught.value.mend


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no array of NumPy's"),
        (b"not an array at all", "no array of NumPy's"),
        (npy(ARRAYS[0])[:40], "no array of NumPy's"),
        (npy(ARRAYS[0], (2, 0)), r"its format is \(2, 0\)"),
        (npy(ARRAYS[0]).replace(b"'shape'", b"'shade'"), "no array of NumPy's"),
        (npy(ARRAYS[0]).replace(b"(20, 28, 28)", b"((((((((((("), "no array of NumPy's"),
        (npy(ARRAYS[0]).replace(b"(20, 28, 28)", b"(-2, 28, 28)"), "promises -2 items"),
        (npy(ARRAYS[0])[:-1], "truncated: 15679 of 15680 bytes"),
        (npy(ARRAYS[0]) + b"\0", "bytes after its end: its header promises 15680"),
    ],
)
def test_damaged_members_are_told(tmp_path: Path, data: bytes, told: str) -> None:
    """An array that is none, or not the length its header promises, is told by name."""
    with pytest.raises(DataError, match=told) as caught:
        read_npz(with_member(tmp_path / "a.npz", data))
    assert "x_train" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_memory_follows_the_archive_not_its_header(tmp_path: Path) -> None:
    """An array whose header promises a gibibyte allocates no more than is there."""
    huge = npy(ARRAYS[0]).replace(b"(20, 28, 28), }     ", b"(1300000, 28, 28), }")
    with_member(tmp_path / "a.npz", huge)
    tracemalloc.start()
    with pytest.raises(DataError, match="truncated: 15680 of 1019200000 bytes"):
        read_npz(tmp_path / "a.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.999])
def test_truncated_archives_are_told(tmp_path: Path, keep: float) -> None:
    """An archive that lost its end is no whole one."""
    path = write_npz(tmp_path / "a.npz", ARRAYS)
    data = path.read_bytes()
    path.write_bytes(data[: keep if isinstance(keep, int) else int(len(data) * keep)])
    with pytest.raises(DataError, match="is no whole npz file"):
        read_npz(path)


def test_an_encrypted_archive_is_told(tmp_path: Path) -> None:
    """An archive that asks for a password is refused in one line."""
    path = write_npz(tmp_path / "a.npz", ARRAYS)
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="encrypted"):
        read_npz(path)


def test_any_flipped_byte_is_a_dataset_or_an_error(tmp_path: Path) -> None:
    """Damage at random places never ends in anything but arrays of the shape or a DataError."""
    path = tmp_path / "a.npz"
    np.savez_compressed(path, **dict(zip(NAMES, ARRAYS, strict=True)))  # type: ignore[arg-type]  # NumPy's stubs take one for allow_pickle
    data = path.read_bytes()
    draw = np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(data)
        # the directory at the end and the first member's head: where most meaning lies
        place = int(draw.choice([draw.integers(200), len(data) - 1 - draw.integers(400)]))
        damaged[place] ^= int(draw.integers(1, 256))
        path.write_bytes(damaged)
        try:
            assert read_npz(path)[0].shape[1:] == (28, 28)
        except DataError as error:
            assert "\n" not in str(error)
