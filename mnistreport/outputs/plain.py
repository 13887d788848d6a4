"""Records as the values that JSON has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mnistreport.messages import Message


def plain_values(values: Any) -> Any:
    """The same, whatever it holds: NaN and infinity become None, messages English."""
    if isinstance(values, Mapping):
        return {name: plain_values(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return [plain_values(value) for value in values]
    if isinstance(values, Message):
        return str(values)
    return None if isinstance(values, float) and not math.isfinite(values) else values
