"""One `check` that all regression tests on digits look at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The results of `mnistreport check` from an empty store."""
    folder = tmp_path_factory.mktemp("check")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MNISTREPORT_")}
    command = ["check", "--profile", "quick", "--dataset", "digits", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "mnistreport", *command],
        cwd=folder,
        env={**kept, "MNISTREPORT_STORE": str(folder / "store")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
