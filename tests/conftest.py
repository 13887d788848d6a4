"""Fixtures that any test may use; nothing of the user's own folders is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """A folder with the real MNIST: MNISTREPORT_TEST_MNIST, or ../shared/mnist."""
    folder = Path(os.environ.get("MNISTREPORT_TEST_MNIST", ROOT.parent / "shared" / "mnist"))
    if not folder.is_dir():
        if os.environ.get("MNISTREPORT_REQUIRE_MNIST"):
            pytest.fail(f"MNIST is required here, and {folder} does not exist")
        pytest.skip(f"MNIST is not on this machine: {folder} does not exist")
    return folder


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches and settings of this user neither decide nor suffer from a test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("DATA_DIR", "STORE", "REFERENCE", "PROFILE", "DATASET", "JOBS", "THREADS"):
        monkeypatch.delenv(f"MNISTREPORT_{name}", raising=False)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("OUTPUT", "FAIL_ON", "SCHEDULER", "RESOURCES", "CONFORMANCE", "TENSORBOARD"):
        monkeypatch.delenv(f"MNISTREPORT_{name}", raising=False)
