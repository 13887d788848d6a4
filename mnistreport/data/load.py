"""A dataset by the name that the command line takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mnistreport.data.content import printable, readable
from mnistreport.data.digits import DIGITS_SHA256, load_digits
from mnistreport.data.formats import find_arrays, read_arrays
from mnistreport.data.mnist import (
    PATIENCE,
    fallback_notice,
    fetch_mnist,
    find_mnist,
    missing_mnist,
    read_mnist,
)
from mnistreport.dataset import MNIST_SHA256, Dataset, content_sha256
from mnistreport.errors import DataError

Say = Callable[[str], None]
#: Seconds to find out whether there is a network, where digits would do as well.
_AUTO_PATIENCE = 4.0


def load_dataset(
    name: str,
    data_dir: Path | None = None,
    *,
    offline: bool = False,
    say: Say = lambda line: None,
) -> Dataset:
    """A dataset, verified.

    Args:
        name: "auto" (MNIST where it can be had, else digits), "mnist", "digits", or a folder.
        data_dir: a folder that holds MNIST's files.
        offline: download nothing.
        say: told in one line of downloads and of a dataset that stands in for another.

    Raises:
        DataError: missing, damaged, or not what its name says.
    """
    if name == "digits":
        return load_digits()
    if name not in ("auto", "mnist"):
        return _load_folder(Path(name))
    found = find_mnist(data_dir, say, only_there=name == "mnist")
    if found is not None:
        return found
    if not offline and data_dir is None:
        try:
            kept = fetch_mnist(None, say, patience=PATIENCE if name == "mnist" else _AUTO_PATIENCE)
            return read_mnist(find_arrays(kept) or [])
        except DataError as error:
            if name == "mnist":
                raise
            say(error.wrong)
    elif name == "mnist":
        raise missing_mnist()
    say(fallback_notice())
    return replace(load_digits(), notice=fallback_notice())


def _load_folder(folder: Path) -> Dataset:
    with readable(folder):
        exists = folder.is_dir()
    if not exists:
        raise DataError(
            f"dataset {str(folder)!r} is neither auto, mnist, digits nor a folder",
            "Name a folder that holds four idx files or an npz.",
        )
    paths = find_arrays(folder)
    if not paths:
        raise DataError(
            f"{folder} holds no dataset",
            "Put train-images-idx3-ubyte and the three others there, or one npz with x_train, "
            "y_train, x_test, y_test.",
        )
    arrays = read_arrays(paths)
    sha256 = content_sha256(*arrays)
    # by content, not by name: a folder called mnist may hold anything
    known = {MNIST_SHA256: "mnist", DIGITS_SHA256: "digits"}
    own = printable(folder.resolve().name) or "dataset"
    if own.lower() in ("mnist", "digits", "auto"):
        own = f"{own} (custom)"
    origin = printable(str(folder))
    return Dataset(known.get(sha256, own), *arrays, sha256=sha256, origin=origin)


def describe(dataset: Dataset) -> dict[str, Any]:
    """Name, origin, checksum and how many images of each class, for people and as JSON."""
    return {
        "name": dataset.name,
        "origin": dataset.origin,
        "sha256": dataset.sha256,
        "training images": len(dataset.x_train),
        "test images": len(dataset.x_test),
        "training images of each class": _counts(dataset.y_train),
        "test images of each class": _counts(dataset.y_test),
        **({"notice": dataset.notice} if dataset.notice else {}),
    }


def _counts(labels: np.ndarray[Any, Any]) -> dict[str, int]:
    return {str(digit): int(np.sum(labels == digit)) for digit in range(10)}
