"""`[tool.mnistreport]` of the working folder's pyproject.toml, as defaults of the options."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from mnistreport.errors import UsageError

_COMMANDS = ("build", "check", "report", "export", "calibrate", "conformance", "open")
_KEYS = {
    "profile": str,
    "dataset": str,
    "data-dir": str,
    "catalog": list,
    "seed": int,
    "seeds": str,
    "store": str,
    "reference": str,
    "jobs": int,
    "scheduler": str,
    "resources": list,
    "threads": int,
    "timeout": (int, float),
    "tensorboard": str,
    "output": str,
    "fail-on": str,
}
#: What a command does not take.
_NOT = {
    "report": {"jobs", "timeout", "scheduler", "resources", "tensorboard"},
    "export": {"jobs", "timeout", "scheduler", "resources", "tensorboard", "output", "fail-on"},
    "check": {"output"},
    "calibrate": {"seed", "seeds", "output", "fail-on", "tensorboard"},
    "conformance": set(_KEYS) - {"store"},
    "open": set(_KEYS) - {"store"},
}


def read_configuration(folder: Path) -> dict[str, dict[str, Any]]:
    """Defaults for each command; flags and environment variables stand above them.

    Raises:
        UsageError: the table holds a key or a type that no option has, or its file is no TOML.
    """
    path = folder / "pyproject.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    if "tool.mnistreport" not in text:
        # somebody else's broken file is no reason not to start
        return {}
    try:
        table = tomllib.loads(text).get("tool", {}).get("mnistreport", {})
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{path} is no TOML: {error}", "Mend it: its [tool.mnistreport] cannot be read."
        ) from None
    faults = [fault for key, value in table.items() if (fault := _fault(key, value))]
    if faults:
        raise UsageError(
            f"[tool.mnistreport] in {path}: {'; '.join(faults)}",
            f"Known keys: {', '.join(_KEYS)}.",
        )
    return {
        command: {
            key.replace("-", "_"): value
            for key, value in table.items()
            if key not in _NOT.get(command, set())
        }
        for command in _COMMANDS
    }


def _fault(key: str, value: object) -> str:
    if key not in _KEYS:
        return f"unknown key {key!r}"
    if not isinstance(value, _KEYS[key]) or isinstance(value, bool):  # type: ignore[arg-type]  # mixed values
        return f"{key} took {value!r}"
    return ""
