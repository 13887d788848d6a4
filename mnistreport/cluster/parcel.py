"""A dataset as one file, to be sent to a worker and unpacked there."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from mnistreport.data import share
from mnistreport.dataset import Dataset

_ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def pack(dataset: Dataset, path: Path) -> None:
    """Write a dataset to one file, its name ending in .npz."""
    told = {name: value for name, value in asdict(dataset).items() if name not in _ARRAYS}
    arrays = {name: getattr(dataset, name) for name in _ARRAYS}
    np.savez(path, told=np.array(json.dumps(told)), **arrays)


def unpack(path: Path, folder: Path) -> Path:
    """Write what `pack` packed below a folder, as `open_shared` maps it, and remove the parcel.

    Returns:
        The folder for `open_shared`.
    """
    with np.load(path, allow_pickle=False) as parcel:
        told = json.loads(str(parcel["told"]))
        dataset = Dataset(**told, **{name: parcel[name] for name in _ARRAYS})
    shared = share(dataset, folder)
    path.unlink()
    return shared
