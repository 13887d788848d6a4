"""One copy of a dataset on disk, which all worker processes map instead of loading it each."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np

from mnistreport.atomic import write_bytes, write_text
from mnistreport.data.content import Bytes
from mnistreport.dataset import Dataset, content_sha256
from mnistreport.errors import DataError, StoreError

_NAMES = ("x_train", "y_train", "x_test", "y_test")


def share(dataset: Dataset, folder: Path) -> Path:
    """Write the arrays below `folder`, unless they stand there whole already.

    The folder is named by the content, and each file is whole or not there: two processes at
    once write the same, and who has a damaged file mapped keeps it.

    Returns:
        The folder for `open_shared`.

    Raises:
        StoreError: nothing can be written there.
    """
    target = folder / dataset.sha256[:16]
    told = {"name": dataset.name, "origin": dataset.origin, "notice": dataset.notice}
    told["sha256"] = dataset.sha256
    try:
        if not _whole(target, dataset.sha256):
            target.mkdir(parents=True, exist_ok=True)
            for name in _NAMES:
                buffer = io.BytesIO()
                np.save(buffer, getattr(dataset, name), allow_pickle=False)
                write_bytes(target / f"{name}.npy", buffer.getvalue())
        # the same content may have come from elsewhere, or under another notice
        write_text(target / "dataset.json", json.dumps(told))
    except OSError as error:
        raise StoreError(
            f"the shared copy {target} cannot be written: {error.strerror or error}",
            "Name another folder with --store or MNISTREPORT_STORE.",
        ) from None
    return target


def _whole(target: Path, sha256: str) -> bool:
    try:
        return open_shared(target).sha256 == sha256
    except DataError:
        return False


def open_shared(folder: Path) -> Dataset:
    """The dataset that `share` wrote, its arrays mapped from disk and verified.

    Raises:
        DataError: missing or damaged.
    """
    try:
        told = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        x_train, y_train, x_test, y_test = (_mapped(folder / f"{name}.npy") for name in _NAMES)
        name, origin, notice, sha256 = (
            str(told[key]) for key in ("name", "origin", "notice", "sha256")
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise DataError(
            f"the shared copy {folder} cannot be read: {error}", "Delete the folder."
        ) from None
    if content_sha256(x_train, y_train, x_test, y_test) != sha256:
        raise DataError(f"the shared copy {folder} is damaged", "Delete the folder.")
    return Dataset(name, x_train, y_train, x_test, y_test, sha256, origin, notice)


def _mapped(path: Path) -> Bytes:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    # an npy file in name may be an npz
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8:
        raise ValueError(f"{path.name} holds no array of uint8")
    return array
