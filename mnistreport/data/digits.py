"""scikit-learn's handwritten digits in MNIST's shape: the dataset that is always there.

1,797 images of 8x8 with values 0..16 (UCI optical recognition of handwritten digits), scaled to
20x20, centred in 28x28 as MNIST's are, 0..255, and split once and for all.
"""

from __future__ import annotations

import contextlib
from importlib.metadata import PackageNotFoundError, distribution

import numpy as np
from numpy.typing import NDArray

from mnistreport.data.content import Arrays
from mnistreport.dataset import Dataset, content_sha256
from mnistreport.errors import DataError

#: Of the four arrays; ranges and stored runs rest on it.
DIGITS_SHA256 = "841fd2c811ac93bb3047c4dc4ab6bd655aa8d3817787822a9cbf416e7b395f72"
#: Where its images are from, for people.
ORIGIN = "scikit-learn's bundled digits"
_TEST_EVERY = 9, 2  # of nine images in a row, two go to the test set
_SIDE = 20


def load_digits() -> Dataset:
    """1,397 training and 400 test images, the same on every machine.

    Raises:
        DataError: scikit-learn's bundled data are no longer what they were.
    """
    arrays = _split(*_scaled())
    sha256 = content_sha256(*arrays)
    if sha256 != DIGITS_SHA256:
        raise DataError(
            f"scikit-learn's digits have changed: sha256 {sha256}, expected {DIGITS_SHA256}",
            "Install another release of scikit-learn, or use MNIST.",
        )
    return Dataset("digits", *arrays, sha256=sha256, origin=ORIGIN)


def _scaled() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    small, labels = _bundled()
    weights = _bilinear(small.shape[1], _SIDE)
    denominator = int(weights[0].sum())
    # integers from end to end: no rounding of floats, so no difference between machines
    large = np.einsum("ip,npq,jq->nij", weights, small, weights)
    full = 16 * denominator**2
    scaled = (large * 255 * 2 + full) // (2 * full)
    images = np.zeros((len(small), 28, 28), dtype=np.uint8)
    edge = (28 - _SIDE) // 2
    images[:, edge : edge + _SIDE, edge : edge + _SIDE] = scaled
    return images, labels


def _bundled() -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Images (1797, 8, 8) of 0..16 and labels, from scikit-learn's file.

    Importing scikit-learn takes longer than all else that `check` does on stored runs, so the file
    is read where the installed distribution has it.
    """
    with contextlib.suppress(PackageNotFoundError, OSError, ValueError):
        path = distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
        rows = np.loadtxt(str(path), delimiter=",", dtype=np.int64)
        return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(np.uint8)
    from sklearn.datasets import load_digits as bundled

    found = bundled()
    return np.rint(found.images).astype(np.int64), found.target.astype(np.uint8)


def _bilinear(small: int, large: int) -> NDArray[np.int64]:
    """Integer weights (large, small) of linear interpolation at pixel centres; rows sum equally."""
    weights = np.zeros((large, small), dtype=np.int64)
    for row in range(large):
        # the centre of pixel `row`, in units of 1 / (2 * large) of a small pixel, from its centre
        position = (2 * row + 1) * small - large
        left, part = divmod(position, 2 * large)
        for column, weight in ((left, 2 * large - part), (left + 1, part)):
            weights[row, min(max(column, 0), small - 1)] += weight
    return weights


def _split(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Arrays:
    # writers come one after the other in the source: a systematic pick gives each set all of them
    every, taken = _TEST_EVERY
    test = np.arange(len(images)) % every < taken
    order = np.random.RandomState(0)
    parts = []
    for chosen in (~test, test):
        index = np.flatnonzero(chosen)
        index = index[order.permutation(len(index))]
        parts += [np.ascontiguousarray(images[index]), labels[index]]
    return parts[0], parts[1], parts[2], parts[3]
