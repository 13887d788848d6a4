"""Files of MNIST's shape are read whole and right, or refused with one clear line."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnistreport.data.formats import find_arrays, read_arrays, read_idx
from mnistreport.errors import DataError

RANDOM = np.random.default_rng(5)
IMAGES = RANDOM.integers(0, 256, (12, 28, 28)).astype(np.uint8)
LABELS = np.arange(12, dtype=np.uint8) % 10


def idx_images(images: np.ndarray = IMAGES) -> bytes:
    """Images as an idx file."""
    return struct.pack(">IIII", 0x803, *images.shape) + images.tobytes()


def idx_labels(labels: np.ndarray = LABELS) -> bytes:
    """Labels as an idx file."""
    return struct.pack(">II", 0x801, len(labels)) + labels.tobytes()


def write_four(folder: Path, pack: Callable[[bytes], bytes] = bytes, suffix: str = "") -> None:
    """The four idx files of a set, the same images for training and testing."""
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte{suffix}").write_bytes(pack(idx_images()))
        (folder / f"{part}-labels-idx1-ubyte{suffix}").write_bytes(pack(idx_labels()))


def read_folder(folder: Path) -> tuple[np.ndarray, ...]:
    """Everything in a folder."""
    paths = find_arrays(folder)
    assert paths is not None
    return read_arrays(paths)


def npz(**changes: object) -> bytes:
    """A set as an npz, with changes."""
    arrays = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES, "y_test": LABELS}
    buffer = io.BytesIO()
    kept = {name: value for name, value in {**arrays, **changes}.items() if value is not None}
    np.savez(buffer, **kept)  # type: ignore[arg-type]  # arrays and what stands in for them
    return buffer.getvalue()


@pytest.mark.parametrize(("pack", "suffix"), [(bytes, ""), (gzip.compress, ".gz")])
def test_idx_files_are_read(tmp_path: Path, pack: Callable[[bytes], bytes], suffix: str) -> None:
    """Plain and gzipped files give the arrays that were packed."""
    write_four(tmp_path, pack, suffix)
    x_train, y_train, x_test, y_test = read_folder(tmp_path)
    np.testing.assert_array_equal(x_train, IMAGES)
    np.testing.assert_array_equal(y_test, LABELS)
    assert x_test.shape == (12, 28, 28)
    assert y_train.dtype == np.uint8


def test_an_npz_is_read(tmp_path: Path) -> None:
    """Keras' archive format gives the same arrays."""
    (tmp_path / "mnist.npz").write_bytes(npz())
    x_train, _, _, y_test = read_folder(tmp_path)
    np.testing.assert_array_equal(x_train, IMAGES)
    np.testing.assert_array_equal(y_test, LABELS)


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    """No files is not an error by itself."""
    assert find_arrays(tmp_path) is None


def test_three_of_four_files_are_named(tmp_path: Path) -> None:
    """The message says which one is missing."""
    write_four(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="not t10k-labels"):
        find_arrays(tmp_path)


BAD_IMAGES = [
    (b"", "truncated"),
    (idx_images()[:10], "truncated"),
    (idx_images()[:-1], "truncated"),
    (idx_images() + b"x", "after its end"),
    (idx_labels() + bytes(100), "magic number 0x00000801"),
    (struct.pack(">IIII", 0x803, 3, 14, 14) + bytes(588), "14x14"),
    (struct.pack(">IIII", 0x803, 2**32 - 1, 28, 28), "promises 4294967295"),
    (struct.pack(">IIII", 0x803, 0, 28, 28), "promises 0"),
]


@pytest.mark.parametrize(("data", "message"), BAD_IMAGES)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_bad_images_are_refused(tmp_path: Path, data: bytes, message: str, suffix: str) -> None:
    """Each fault has its own sentence, which names the file."""
    path = tmp_path / f"train-images-idx3-ubyte{suffix}"
    path.write_bytes(gzip.compress(data, mtime=0) if suffix else data)
    with pytest.raises(DataError, match=message) as error:
        read_idx(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_labels_above_nine_are_refused(tmp_path: Path) -> None:
    """The message says which label, and where."""
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(idx_labels(np.array([0, 1, 10], dtype=np.uint8)))
    with pytest.raises(DataError, match="label 10 at position 2"):
        read_idx(path)


def test_counts_must_agree(tmp_path: Path) -> None:
    """Twelve images with eleven labels are no set."""
    write_four(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_labels(LABELS[:-1]))
    with pytest.raises(DataError, match="12 training images, but 11"):
        read_folder(tmp_path)


@pytest.mark.parametrize("size", [0, 1, 20, 200])
def test_damaged_gzip_is_refused(tmp_path: Path, size: int) -> None:
    """A gzip file cut short is no whole file."""
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx_images())[:size])
    with pytest.raises(DataError, match=r"gzip|truncated"):
        read_idx(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (npz(y_test=None), "lacks the arrays y_test"),
        (npz(x_train=IMAGES.astype(np.float32)), r"x_train is float32"),
        (npz(x_test=IMAGES[:, :14]), r"x_test is uint8 \(12, 14, 28\)"),
        (npz(y_train=LABELS[:-1]), "12 training images, but 11"),
        (npz(y_train=LABELS + 5), "outside 0..9"),
        (npz(y_train=np.array([object()] * 12)), "refused"),
        (b"PK\x03\x04 no archive", "no whole npz"),
        (npz()[:-40], "no whole npz"),
    ],
)
def test_bad_archives_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    """Missing, pickled, misshapen or damaged arrays each have their sentence."""
    (tmp_path / "any.npz").write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        read_folder(tmp_path)
    assert "\n" not in str(error.value)


def test_two_archives_are_ambiguous(tmp_path: Path) -> None:
    """Nothing is guessed."""
    for name in ("a.npz", "b.npz"):
        (tmp_path / name).write_bytes(npz())
    with pytest.raises(DataError, match="2 npz files"):
        find_arrays(tmp_path)
