"""scikit-learn's digits in MNIST's shape are the same everywhere and for ever."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

from mnistreport.data import digits
from mnistreport.dataset import content_sha256

FOUND = digits.load_digits()


def test_the_content_is_pinned() -> None:
    """Sizes and checksum never change: ranges and stored runs rest on them."""
    assert (FOUND.name, FOUND.sizes) == ("digits", (1397, 400))
    arrays = (FOUND.x_train, FOUND.y_train, FOUND.x_test, FOUND.y_test)
    assert content_sha256(*arrays) == FOUND.sha256 == digits.DIGITS_SHA256


def test_the_shape_is_mnists() -> None:
    """Images are 28x28 uint8 of 0..255, empty at the edge as MNIST's are, labels uint8."""
    for images, labels in ((FOUND.x_train, FOUND.y_train), (FOUND.x_test, FOUND.y_test)):
        assert images.shape == (len(labels), 28, 28)
        assert images.dtype == labels.dtype == np.uint8
        assert (images.min(), images.max()) == (0, 255)
        inner = images[:, 4:24, 4:24]
        assert inner.sum(dtype=np.int64) == images.sum(dtype=np.int64)


def test_every_image_is_in_one_set() -> None:
    """The two sets together are scikit-learn's, image by image, and each has every class."""
    from sklearn.datasets import load_digits

    bundled = load_digits()
    together = np.concatenate([FOUND.y_train, FOUND.y_test])
    np.testing.assert_array_equal(np.bincount(together), np.bincount(bundled.target))
    assert np.bincount(FOUND.y_test).min() >= 33
    # 2.5 target pixels to a source pixel: the mean over all is kept but for edges and rounding
    scaled = np.concatenate([FOUND.x_train, FOUND.x_test])[:, 4:24, 4:24].mean() / 255
    assert scaled == pytest.approx(bundled.images.mean() / 16, rel=0.01)


def test_scaling_is_bilinear() -> None:
    """The integer weights are those of linear interpolation at pixel centres, clamped."""
    weights = digits._bilinear(8, 20)
    centres = np.clip((np.arange(20) + 0.5) * 8 / 20 - 0.5, 0, 7)
    expected = np.maximum(0, 1 - np.abs(centres[:, None] - np.arange(8)))
    np.testing.assert_allclose(weights / weights.sum(axis=1, keepdims=True), expected, atol=1e-12)


def test_scikit_learn_is_asked_only_where_its_file_is_not_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Importing it takes seconds; both ways give the same bytes."""

    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    direct = digits.load_digits()
    monkeypatch.setattr(digits, "distribution", missing)
    assert digits.load_digits().sha256 == direct.sha256 == digits.DIGITS_SHA256


def test_digits_load_without_importing_scikit_learn() -> None:
    """In a new process, since other tests import it."""
    told = "import sys, mnistreport.data as d; d.load_dataset('digits'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert "sklearn" not in done.stdout.split()
