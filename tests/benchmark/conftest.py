"""Ours and plain, alive for the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.benchmark.sides import Side


@pytest.fixture(scope="session")
def sides() -> Iterator[dict[str, Side]]:
    """A process for each way of training."""
    started = {"ours": Side("ours"), "plain": Side("plain")}
    yield started
    for side in started.values():
        side.close()
