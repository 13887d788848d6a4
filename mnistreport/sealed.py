"""JSON records that carry their own checksum, so that damage is never taken for a figure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def seal(body: Mapping[str, Any]) -> dict[str, Any]:
    """A record of plain JSON values, with its sha256 as one more field."""
    return {**body, "sha256": _digest(body)}


def unseal(text: bytes) -> dict[str, Any]:
    """The record that `seal` gave, without its checksum.

    Raises:
        ValueError: it is none, or not what it was.
    """
    try:
        body = json.loads(text)
        sealed = isinstance(body, dict) and body.pop("sha256", None) == _digest(body)
    except RecursionError:
        sealed = False
    if not sealed:
        raise ValueError("it does not fit its own checksum")
    found: dict[str, Any] = body
    return found


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
