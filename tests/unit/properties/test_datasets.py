"""Damaged dataset files give an error of ours or exactly what they hold, and little memory."""

from __future__ import annotations

import gzip
import io
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnistreport.data import open_shared, share
from mnistreport.data.content import Arrays
from mnistreport.data.formats import IDX_STEMS, idx_name, read_arrays
from mnistreport.data.idx import read_idx
from mnistreport.data.npz import NAMES
from mnistreport.dataset import Dataset, content_sha256
from mnistreport.errors import DataError
from tests.unit.data.samples import idx_file, tiny
from tests.unit.properties.strategies import Damage, damages

ARRAYS = tiny()
#: Bytes that reading one of these files of 20 KB may take.
MEMORY = 16 << 20


def read(path: Path) -> Arrays | None:
    """The arrays of an npz, checked for the shape that they must have; None where it is refused."""
    tracemalloc.start()
    try:
        arrays = read_arrays([path])
    except DataError as error:
        assert str(path) in str(error)
        return None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MEMORY
    return arrays


def same(arrays: Arrays, others: Arrays) -> bool:
    """Whether all four are equal."""
    return all(np.array_equal(one, other) for one, other in zip(arrays, others, strict=True))


@pytest.mark.parametrize("stem", ["t10k-images", "t10k-labels"])
@pytest.mark.parametrize("packed", [False, True])
@given(damages())
def test_damaged_idx_files(stem: str, packed: bool, damage: Damage) -> None:
    """What is accepted is what the bytes say; where gzip has a checksum, what was packed."""
    array = dict(zip(IDX_STEMS, ARRAYS, strict=True))[stem]
    whole = idx_file(array)
    data = damage(gzip.compress(whole, mtime=0) if packed else whole)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, idx_name(stem))
        path.write_bytes(data)
        tracemalloc.start()
        try:
            found = read_idx(path)
        except DataError as error:
            assert str(path) in str(error)
            return
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < MEMORY
    assert found.dtype == np.uint8
    if data[:2] == b"\x1f\x8b":
        assert np.array_equal(found, array)
    else:
        assert idx_file(found) == data


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@given(damages())
def test_damaged_npz_files(save: Callable[..., None], damage: Damage) -> None:
    """An archive has checksums: what is accepted is what was saved."""
    buffer = io.BytesIO()
    save(buffer, **dict(zip(NAMES, ARRAYS, strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "own.npz")
        path.write_bytes(damage(buffer.getvalue()))
        arrays = read(path)
    assert arrays is None or same(arrays, ARRAYS)


@given(st.sampled_from([*NAMES, "dataset"]), damages())
def test_damaged_shared_copies(name: str, damage: Damage) -> None:
    """Are refused or hold the same images; and sharing them again mends them."""
    dataset = Dataset("tiny", *ARRAYS, sha256=content_sha256(*ARRAYS), origin="made")
    with tempfile.TemporaryDirectory() as folder:
        target = share(dataset, Path(folder))
        path = target / (f"{name}.npy" if name != "dataset" else "dataset.json")
        path.write_bytes(damage(path.read_bytes()))
        try:
            found = open_shared(target)
        except DataError as error:
            assert str(target) in str(error)
        else:
            arrays = found.x_train, found.y_train, found.x_test, found.y_test
            assert same(arrays, ARRAYS)
        mended = open_shared(share(dataset, Path(folder)))
        assert (mended.name, mended.sha256) == ("tiny", dataset.sha256)
