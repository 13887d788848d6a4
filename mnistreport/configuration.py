"""`[tool.mnistreport]` of the working folder's pyproject.toml, as defaults of the options."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from mnistreport.errors import UsageError

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
_DATA = {"profile", "dataset", "data-dir", "catalog", "store"}
_TRAINING = {"jobs", "threads", "timeout"}
_CLUSTER = {"scheduler", "resources"}
_STORED = {*_DATA, "reference", "threads", "seed", "seeds"}
#: What a command takes from the table. Seeds and outputs are not the same thing in all of them.
_TAKES = {
    "build": set(_KEYS),
    "check": set(_KEYS) - {"output"},
    "report": {*_STORED, "output", "fail-on"},
    "export": _STORED,
    "calibrate": {*_DATA, *_TRAINING, *_CLUSTER, "reference"},
    "sensitivity": {"data-dir", "store", *_TRAINING},
    "bench": {*_DATA, "jobs"},
    "list": {"catalog"},
    "show": {"catalog", "reference", "store"},
    "figures": {"catalog", "reference", "store"},
    "claims": {"catalog", "reference", "data-dir"},
    "compare": {"reference"},
    "conformance": {"store"},
    "open": {"store"},
}
#: Those of `mnistreport data`.
_DATA_COMMANDS = ("fetch", "verify", "info")


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
    found: dict[str, dict[str, Any]] = {
        command: {key.replace("-", "_"): value for key, value in table.items() if key in keys}
        for command, keys in _TAKES.items()
    }
    if "data-dir" in table:
        found["data"] = {key: {"data_dir": table["data-dir"]} for key in _DATA_COMMANDS}
    return found


def _fault(key: str, value: object) -> str:
    if key not in _KEYS:
        return f"unknown key {key!r}"
    if not isinstance(value, _KEYS[key]) or isinstance(value, bool):  # type: ignore[arg-type]  # mixed values
        return f"{key} took {value!r}"
    return ""
