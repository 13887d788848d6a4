"""Tests that need Keras on JAX; `tests/integration/test_jax.py` runs them in another process.

Keras takes its backend when it is imported. By hand: `KERAS_BACKEND=jax pytest tests/jax`.
"""

from __future__ import annotations

import os

import pytest

from mnistreport.data import load_dataset
from mnistreport.dataset import Dataset

if os.environ.get("KERAS_BACKEND") != "jax":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def _prepared() -> None:
    """Keras as workers have it."""
    from mnistreport.training.backend import prepare_backend

    prepare_backend(1, "jax")


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """scikit-learn's digits."""
    return load_dataset("digits")
