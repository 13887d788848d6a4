"""Published curves: what each document printed epoch by epoch, from `reference/published/`."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

from mnistreport.errors import ReferenceFileError

#: history name -> one value an epoch or table row, None where the document lost it.
Curves = dict[str, list[float | None]]


def load_published(folder: Path) -> dict[str, Curves]:
    """Every published curve by experiment; none where the folder is not there.

    Raises:
        ReferenceFileError: a file is no TOML, or holds something that is no curve.
    """
    published: dict[str, Curves] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ReferenceFileError(f"published figures {path}: {error}") from None
        for name, curves in table.get("curves", {}).items():
            published[name] = _curves(curves, f'{path}, curves."{name}"')
    return published


def _curves(table: Any, place: str) -> Curves:
    if not isinstance(table, dict) or not all(isinstance(c, list) for c in table.values()):
        raise ReferenceFileError(f"{place}: expected arrays of numbers")
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool)
        for curve in table.values()
        for value in curve
    )
    if not numbers:
        raise ReferenceFileError(f"{place}: a curve holds something that is no number")
    if len({len(curve) for curve in table.values()}) > 1:
        raise ReferenceFileError(f"{place}: the curves differ in length")
    return {
        name: [None if math.isnan(value) else float(value) for value in curve]
        for name, curve in table.items()
    }
