"""`check` from an empty store, and what its verdicts must be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from mnistreport.run import GATED


def checked(folder: Path, *options: str) -> dict[str, Any]:
    """The results of `mnistreport check`, whether it passed or not."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MNISTREPORT_")}
    done = subprocess.run(
        [sys.executable, "-m", "mnistreport", "check", "--format", "json", *options],
        cwd=folder,
        env={**kept, "MNISTREPORT_STORE": str(folder / "store")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def assert_inside(document: dict[str, Any], name: str) -> None:
    """Each metric of an experiment that decides was judged, and none failed."""
    verdicts = [v for v in document["verdicts"] if v["experiment"] == name and v["gated"]]
    assert {v["metric"] for v in verdicts} == GATED
    wrong = [v for v in verdicts if v["verdict"] not in ("pass", "warn")]
    assert not wrong, [f"{v['metric']}: {v['verdict']}: {v['reason']}" for v in wrong]
