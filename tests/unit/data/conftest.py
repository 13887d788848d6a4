"""Fixtures of the tests of datasets: none of them reaches a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnistreport.data import load, mnist
from mnistreport.data.content import Arrays
from mnistreport.dataset import content_sha256
from tests.unit.data.samples import tiny


@pytest.fixture(autouse=True)
def _closed_mirrors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mirror is a closed port of this machine, and there is no proxy."""
    monkeypatch.setattr(mnist, "MIRRORS", [])
    monkeypatch.setattr(mnist, "ARCHIVE", "http://127.0.0.1:9/mnist.npz")
    for scheme in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)


@pytest.fixture
def cache() -> Path:
    """The test's own user cache of MNIST, not there yet."""
    return mnist.user_cache()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Arrays:
    """A tiny dataset that passes for MNIST, so that finding it takes no 11 MB."""
    arrays = tiny()
    for module in (load, mnist):
        monkeypatch.setattr(module, "MNIST_SHA256", content_sha256(*arrays))
    return arrays
