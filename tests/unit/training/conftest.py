"""Keras as workers have it, before any test of this process computes something with it."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _prepared() -> None:
    """Threads and devices cannot be set once the first tensor exists."""
    from mnistreport.keras_backend import chosen_backend
    from mnistreport.training.backend import prepare_backend

    prepare_backend(1, chosen_backend())
