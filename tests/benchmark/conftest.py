"""Timings are taken as a worker runs: one arithmetic thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """NumPy's BLAS and TensorFlow, before the first step of either."""
    from mnistreport.training.keras_engine import prepare_tensorflow

    prepare_tensorflow(1)
    with threadpool_limits(1):
        yield
