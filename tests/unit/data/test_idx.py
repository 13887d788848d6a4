"""Idx files are read whole or refused in one line."""

from __future__ import annotations

import contextlib
import gzip
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnistreport.data.idx import idx_bytes, read_idx
from mnistreport.errors import DataError, ExitCode
from tests.unit.data.samples import idx_file, tiny

IMAGES, LABELS, _, _ = tiny()
PLAIN = idx_file(IMAGES)
PLAIN_LABELS = idx_file(LABELS)
PACKED = gzip.compress(PLAIN, mtime=0)


def header(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_images_come_back(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    """Packed or not, and whatever the name says of it, the images are the ones written."""
    (tmp_path / name).write_bytes(pack(PLAIN))
    np.testing.assert_array_equal(read_idx(tmp_path / name), IMAGES)


def test_labels_come_back(tmp_path: Path) -> None:
    """Labels are the ones written, as uint8."""
    (tmp_path / "labels").write_bytes(PLAIN_LABELS)
    found = read_idx(tmp_path / "labels")
    np.testing.assert_array_equal(found, LABELS)
    assert found.dtype == np.uint8


@pytest.mark.parametrize("array", [IMAGES, LABELS], ids=["images", "labels"])
def test_files_are_written_as_the_format_says(array: np.ndarray) -> None:
    """Our writer agrees with an independent one."""
    assert idx_bytes(array) == idx_file(array)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "truncated: 0 bytes"),
        (PLAIN[:15], "truncated: 15 bytes"),
        (PLAIN[:-1], "truncated: 15679 of 15680 bytes"),
        (PLAIN + b"\0", "bytes after its end: its header promises 15680"),
        (PLAIN_LABELS + b"\0" * 9, "0x00000801, expected 0x00000803"),
        (header(0x00000D03, 20, 28, 28) + bytes(15680), "0x00000d03, expected 0x00000803"),
        (header(0x803, 5, 56, 56) + bytes(15680), "56x56 pixels, expected 28x28"),
        (header(0x803, 0, 28, 28), "promises 0 items"),
        (header(0x803, 2**32 - 1, 28, 28) + bytes(784), "promises 4294967295 items"),
        (PACKED[:-20], "no whole gzip file"),
        (PACKED[:-8] + b"\0" * 8, "CRC check failed"),
        (PACKED[:40] + b"\xff" * 40 + PACKED[80:], "CRC check failed"),
        (PACKED[:10] + b"\xff" * 40, "no whole gzip file"),
        (PACKED + b"more", "Not a gzipped file"),
        (gzip.compress(PLAIN + b"\0", mtime=0), "bytes after its end: its header promises 15680"),
        (gzip.compress(PLAIN[:-1], mtime=0), "truncated: 15679 of 15680 bytes"),
        (b"\x1f\x8b", "gzip"),
    ],
)
def test_damage_is_told(tmp_path: Path, data: bytes, told: str) -> None:
    """Each kind of damage ends in one line with the file and what came, and exit code 4."""
    path = tmp_path / "images"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        read_idx(path)
    assert told in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.mend
    assert caught.value.exit_code == ExitCode.BAD_DATA


def test_labels_above_nine_are_told(tmp_path: Path) -> None:
    """A label outside 0..9 is named with its place."""
    (tmp_path / "labels").write_bytes(idx_file(np.array([1, 2, 10], dtype=np.uint8)))
    with pytest.raises(DataError, match=r"label 10 at position 2 is outside 0\.\.9"):
        read_idx(tmp_path / "labels")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_memory_follows_the_file_not_its_header(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    """A header that promises a gibibyte allocates no more than the file holds."""
    path = tmp_path / "images"
    path.write_bytes(pack(header(0x803, 1_300_000, 28, 28) + bytes(1000)))
    tracemalloc.start()
    with pytest.raises(DataError, match="truncated: 1000 of 1019200000 bytes"):
        read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_what_a_gzip_file_unpacks_to_is_bounded(tmp_path: Path) -> None:
    """Of 64 MiB of zeros behind a header that promises one image, not more is unpacked."""
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(header(0x803, 1, 28, 28) + bytes(64 << 20), compresslevel=1))
    tracemalloc.start()
    with pytest.raises(DataError, match="bytes after its end: its header promises 784"):
        read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the operating system refuses is a DataError too."""

    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)  # root may read anything
    with pytest.raises(DataError, match=r"images cannot be read: Permission denied\. Check"):
        read_idx(tmp_path / "images")


@pytest.mark.parametrize("data", [PLAIN, PACKED], ids=["plain", "gzip"])
def test_any_flipped_byte_is_an_image_or_an_error(tmp_path: Path, data: bytes) -> None:
    """Damage at random places never ends in anything but images of 28x28 or a DataError."""
    draw = np.random.default_rng(0)
    path = tmp_path / "images"
    for _ in range(100):
        damaged = bytearray(data)
        damaged[draw.integers(min(len(damaged), 200))] ^= int(draw.integers(1, 256))
        path.write_bytes(damaged)
        with contextlib.suppress(DataError):
            assert read_idx(path).shape == (20, 28, 28)
