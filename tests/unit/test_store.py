"""The store gives back what it kept, and believes nothing that is damaged."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from mnistreport.errors import StoreError
from mnistreport.store import Store, probabilities_sha256
from tests.unit.records import run, task

PROBABILITIES = np.linspace(0, 1, 30, dtype=np.float32).reshape(3, 10)
KEPT = run(probabilities_sha256=probabilities_sha256(PROBABILITIES))


def test_what_was_kept_is_found(tmp_path: Path) -> None:
    """A run and its probabilities come back equal."""
    store = Store(tmp_path)
    store.save(task(), KEPT, PROBABILITIES)
    found = store.load(task())
    assert found is not None
    assert found.run == KEPT
    assert found.probabilities is not None
    np.testing.assert_array_equal(found.probabilities, PROBABILITIES)


def test_another_task_is_not_found(tmp_path: Path) -> None:
    """Seed, recipe and dataset are part of the key."""
    store = Store(tmp_path)
    store.save(task(), KEPT, PROBABILITIES)
    assert store.load(task(seed=1)) is None
    assert store.load(task(batch_size=64)) is None


def test_another_version_of_keras_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A framework's release makes a stored run stale."""
    store = Store(tmp_path)
    store.save(task(), KEPT, PROBABILITIES)
    monkeypatch.setattr("mnistreport.task.package_version", lambda name: "99")
    assert store.load(task()) is None


@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_damage_anywhere_is_noticed(tmp_path: Path, suffix: str) -> None:
    """Whatever byte of a stored file is changed, the entry is not believed, or is unharmed."""
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    store.save(task(), KEPT, PROBABILITIES)
    (path,) = tmp_path.rglob(f"*{suffix}")
    whole = path.read_bytes()
    for position in range(0, len(whole), max(1, len(whole) // 97)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x55
        path.write_bytes(bytes(damaged))
        found = store.load(task())
        if found is None:
            assert "damaged" in warnings.pop()
        else:
            assert found.run == KEPT
            np.testing.assert_array_equal(found.probabilities, PROBABILITIES)


@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_truncation_is_noticed(tmp_path: Path, suffix: str) -> None:
    """Half a file, or an empty one, is trained again."""
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    store.save(task(), KEPT, PROBABILITIES)
    (path,) = tmp_path.rglob(f"*{suffix}")
    whole = path.read_bytes()
    for size in (0, 1, len(whole) // 2, len(whole) - 2):
        path.write_bytes(whole[:size])
        assert store.load(task()) is None
    assert len(warnings) == 4


def test_a_missing_npz_is_noticed(tmp_path: Path) -> None:
    """A record without its probabilities is no stored run."""
    store = Store(tmp_path)
    store.save(task(), KEPT, PROBABILITIES)
    next(tmp_path.rglob("*.npz")).unlink()
    assert store.load(task()) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_without_permission_says_so(tmp_path: Path) -> None:
    """One line that names the folder and the way out."""
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="--store"):
        Store(tmp_path / "in").check_writable()


def test_a_store_that_is_a_file_says_so(tmp_path: Path) -> None:
    """One line that names the folder and the way out."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="--store"):
        Store(tmp_path / "file").check_writable()
