"""Catalog files (TOML) to experiments, with every fault of a file in one message.

A file has an optional `[defaults]` table and `[experiments."name"]` tables; an entry's own fields
replace the defaults' whole.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mnistreport.errors import CatalogError
from mnistreport.experiment import Experiment

_PACKAGED = ("wide", "small", "depth", "numpy", "mlp")


def load_catalog(extra: Sequence[Path] = ()) -> dict[str, Experiment]:
    """The packaged experiments, then those of the user's files, by name in that order.

    Raises:
        CatalogError: a file cannot be read, or has faults; the message lists all of them.
    """
    catalog: dict[str, Experiment] = {}
    for document in _PACKAGED:
        resource = files("mnistreport.catalog") / f"{document}.toml"
        catalog.update(_parse(resource.read_text(encoding="utf-8"), resource.name, catalog))
    for path in extra:
        catalog.update(_parse(_read(path), str(path), catalog))
    return catalog


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CatalogError(
            f"catalog {path} is not UTF-8 text: byte {error.start}", "Save it as UTF-8."
        ) from None
    except OSError as error:
        raise CatalogError(f"catalog {path} cannot be read: {error.strerror}") from None


def _parse(text: str, origin: str, known: dict[str, Experiment]) -> dict[str, Experiment]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"catalog {origin} is not TOML: {error}") from None
    defaults, entries = table.get("defaults", {}), table.get("experiments", {})
    faults = _shape_faults(table, defaults, entries)
    if faults:
        raise _error(origin, faults)
    found: dict[str, Experiment] = {}
    for name, entry in entries.items():
        place = f'experiments."{_shorten(name)}"'
        if name in known:
            faults.append(f"{place}: the name is taken by another catalog; choose another")
        elif "name" in entry:
            faults.append(f"{place}.name: the table's key is the name; leave this field out")
        else:
            try:
                found[name] = Experiment.model_validate({**defaults, **entry, "name": name})
            except ValidationError as error:
                faults += [f"{place}{line}" for line in _explain(error, {**defaults, **entry})]
    if faults:
        raise _error(origin, faults)
    return found


def _shape_faults(table: dict[str, Any], defaults: object, entries: object) -> list[str]:
    faults = [
        f"{_shorten(key)}: unknown table; a catalog holds defaults and experiments"
        for key in table
        if key not in ("defaults", "experiments")
    ]
    if not isinstance(defaults, dict):
        faults.append(f"defaults: must be a table, came {_shorten(repr(defaults))}")
    if not isinstance(entries, dict) or not all(isinstance(e, dict) for e in entries.values()):
        faults.append('experiments: must hold one table an experiment, [experiments."my/name"]')
    elif not entries:
        faults.append('experiments: there is none; add [experiments."my/name"]')
    return faults


def _error(origin: str, faults: list[str]) -> CatalogError:
    count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
    return CatalogError("\n".join([f"catalog {origin} has {count}:", *(f"  {f}" for f in faults)]))


def _explain(error: ValidationError, entry: dict[str, Any]) -> list[str]:
    """One line a fault: its place below the entry, what was wrong, what came."""
    lines = []
    for fault in error.errors(include_url=False):
        place, model_fields = _place(fault["loc"], entry)
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            close = difflib.get_close_matches(str(fault["loc"][-1]), model_fields, n=1)
            message = "unknown field" + (f"; did you mean {close[0]}?" if close else "")
        elif fault["type"] == "missing":
            message = "is missing"
        elif fault["type"] == "union_tag_invalid":
            message = f"unknown class {_shorten(repr(fault['ctx']['tag']))}; known: "
            message += fault["ctx"]["expected_tags"]
        elif fault["type"] == "union_tag_not_found":
            message = "needs a class"
        elif fault["type"] == "too_short" and isinstance(fault["input"], list | tuple) and fault["input"]:
            continue  # pydantic counts only the faultless items, and names the others anyway
        elif fault["loc"]:
            message = f"{message}; came {_shorten(repr(fault['input']))}"
        lines.append(f"{place}: {message}")
    return lines


def _place(loc: tuple[int | str, ...], entry: object) -> tuple[str, list[str]]:
    """The path in the file; pydantic's path also names the class that it chose, which is not there.

    Returns:
        The path, and the field names known where it ends.
    """
    place, here = "", entry
    fields = list(Experiment.model_fields)
    for step in loc:
        if isinstance(here, dict) and step == here.get("class") and step not in here:
            fields = _fields_of(str(step))
            continue
        if isinstance(step, int):
            place += f"[{step}]"
            here = here[step] if isinstance(here, list) and step < len(here) else None
        else:
            name = step if re.fullmatch(r"[A-Za-z0-9_-]+", step) else f'"{_shorten(step)}"'
            place += f".{name}"
            here = here.get(step) if isinstance(here, dict) else None
    return place, fields


def _fields_of(kind: str) -> list[str]:
    """The fields of the record whose class is written so."""
    pending: list[type[BaseModel]] = list(BaseModel.__subclasses__())
    while pending:
        record = pending.pop()
        pending += record.__subclasses__()
        field = record.model_fields.get("kind")
        if field is not None and kind in getattr(field.annotation, "__args__", ()):
            return [f.alias or name for name, f in record.model_fields.items()]
    return []


def _shorten(text: str, length: int = 80) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean if len(clean) <= length else clean[: length - 1] + "…"
