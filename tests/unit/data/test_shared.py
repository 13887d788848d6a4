"""The copy that workers map is whole, or is made anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from mnistreport.data import open_shared, share
from mnistreport.dataset import Dataset, content_sha256
from mnistreport.errors import DataError, StoreError
from tests.unit.data.samples import tiny, write_npz

ARRAYS = tiny()
DATASET = Dataset("own", *ARRAYS, content_sha256(*ARRAYS), "a folder", "a notice")


def assert_same(found: Dataset) -> None:
    assert (found.name, found.sha256, found.origin, found.notice) == (
        DATASET.name,
        DATASET.sha256,
        DATASET.origin,
        DATASET.notice,
    )
    for name in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(found, name), getattr(DATASET, name))


def test_what_was_shared_is_opened(tmp_path: Path) -> None:
    """Arrays and words come back, the arrays mapped from disk and not to be written to."""
    path = share(DATASET, tmp_path / "new" / "datasets")
    assert path == tmp_path / "new" / "datasets" / DATASET.sha256[:16]
    found = open_shared(path)
    assert_same(found)
    assert isinstance(found.x_train, np.memmap)
    assert not found.x_train.flags.writeable


def test_a_whole_copy_is_used_again(tmp_path: Path) -> None:
    """Sharing twice writes the arrays once."""
    path = share(DATASET, tmp_path) / "x_train.npy"
    before = path.stat()
    share(DATASET, tmp_path)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_words_follow_the_last_one(tmp_path: Path) -> None:
    """The same content from elsewhere is told with its own origin and notice."""
    share(DATASET, tmp_path)
    found = open_shared(share(replace(DATASET, origin="elsewhere", notice=""), tmp_path))
    assert (found.origin, found.notice) == ("elsewhere", "")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "flipped": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x55"),
    "no array": lambda path: path.write_bytes(b"nonsense"),
    "an archive": lambda path: path.write_bytes(
        write_npz(path.with_suffix(".npz"), ARRAYS).read_bytes()
    ),
    "other type": lambda path: np.save(path, np.load(path).view(np.int8)),
    "pickled": lambda path: np.save(path, np.array([{}]), allow_pickle=True),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["x_train.npy", "y_test.npy"])
def test_damage_is_told_and_mended(tmp_path: Path, name: str, damage: str) -> None:
    """A damaged array is an error to who opens the copy, and is written anew by who shares it."""
    path = share(DATASET, tmp_path)
    DAMAGE[damage](path / name)
    with pytest.raises(DataError, match="the shared copy"):
        open_shared(path)
    assert_same(open_shared(share(DATASET, tmp_path)))


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", '{"name": 1}', "\udcff", json.dumps({"name": ""})]
)
def test_damaged_words_are_told_and_mended(tmp_path: Path, told: str) -> None:
    """The same holds for the description beside the arrays."""
    path = share(DATASET, tmp_path)
    (path / "dataset.json").write_bytes(told.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match="the shared copy"):
        open_shared(path)
    assert_same(open_shared(share(DATASET, tmp_path)))


def test_other_content_under_the_name_is_mended(tmp_path: Path) -> None:
    """A copy that is whole but of another dataset is not taken for this one."""
    other = tiny(1)
    path = share(DATASET, tmp_path)
    share(Dataset("other", *other, content_sha256(*other), ""), tmp_path / "b").rename(
        tmp_path / "other"
    )
    for file in (tmp_path / "other").iterdir():
        file.replace(path / file.name)
    assert_same(open_shared(share(DATASET, tmp_path)))


def test_a_copy_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Opening what was never shared is an error in one line."""
    with pytest.raises(DataError, match="cannot be read"):
        open_shared(tmp_path / "nowhere")


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    """A folder that cannot be made is an error of the store."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        share(DATASET, tmp_path / "file")


def test_two_processes_share_at_once(tmp_path: Path) -> None:
    """Processes that write the same copy at once leave a whole one."""
    workers = [
        get_context("fork").Process(target=share, args=(DATASET, tmp_path)) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert_same(open_shared(tmp_path / DATASET.sha256[:16]))
    assert not list(tmp_path.rglob("*.partial"))
