"""The environment that a worker process is given."""

from __future__ import annotations

import pytest

from mnistreport.workers import worker_environment


def test_threads_are_set_for_every_library() -> None:
    """Whichever of them does the arithmetic."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = worker_environment(3, "/scratch")
    assert {environment[name] for name in names} == {"3"}


def test_what_others_set_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask's nanny, for one, sets an allocator that makes small arrays slow."""
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    monkeypatch.setenv("XLA_FLAGS", "--some_flag")
    environment = worker_environment(1, "/scratch")
    for name in ("MALLOC_TRIM_THRESHOLD_", "XLA_FLAGS", "TF_XLA_FLAGS"):
        assert name in environment
        assert environment[name] is None


def test_tensorflow_does_not_choose_its_operations_by_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By itself it takes those of oneDNN where there is AVX-512 VNNI, and says nothing."""
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert worker_environment(1, "/scratch")["TF_ENABLE_ONEDNN_OPTS"] == "1"
