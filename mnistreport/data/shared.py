"""One copy of a dataset on disk, which all worker processes map instead of loading it each."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import cast

import numpy as np

from mnistreport.atomic import write_bytes, write_text
from mnistreport.data.formats import Arrays
from mnistreport.dataset import Dataset, content_sha256
from mnistreport.errors import DataError

_NAMES = ("x_train", "y_train", "x_test", "y_test")


def share(dataset: Dataset, folder: Path) -> Path:
    """Write the arrays below `folder`, unless they stand there whole already.

    Returns:
        The folder for `open_shared`.
    """
    target = folder / dataset.sha256[:16]
    try:
        if open_shared(target).name == dataset.name:
            return target
    except DataError:
        pass  # not there, or damaged: written anew below
    target.mkdir(parents=True, exist_ok=True)
    for name in _NAMES:
        buffer = io.BytesIO()
        np.save(buffer, getattr(dataset, name), allow_pickle=False)
        write_bytes(target / f"{name}.npy", buffer.getvalue())
    told = {"name": dataset.name, "origin": dataset.origin, "notice": dataset.notice}
    write_text(target / "dataset.json", json.dumps({**told, "sha256": dataset.sha256}))
    return target


def open_shared(folder: Path) -> Dataset:
    """The dataset that `share` wrote, its arrays mapped from disk and verified.

    Raises:
        DataError: missing or damaged.
    """
    try:
        told = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        arrays = cast(
            Arrays,
            tuple(
                np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
                for name in _NAMES
            ),
        )
        found = Dataset(told["name"], *arrays, told["sha256"], told["origin"], told["notice"])
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise DataError(f"the shared copy {folder} cannot be read: {error}") from None
    if content_sha256(*arrays) != found.sha256:
        raise DataError(f"the shared copy {folder} is damaged", "Delete the folder.")
    return found
