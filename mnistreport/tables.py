"""What a command was asked for, to stdout: JSON, or a table in columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mnistreport.messages import Message


def print_json(value: Any) -> None:
    """Strict JSON, indented."""
    print(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=_english))


def _english(value: object) -> str:
    if isinstance(value, Message):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Rows of equal length, each column as wide as its widest cell."""
    if not rows:
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())
