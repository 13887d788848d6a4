"""Catalog files (TOML) to experiments, with every fault of a file in one message.

A file has an optional `[defaults]` table and `[experiments."name"]` tables; an entry's own fields
replace the defaults' whole.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

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
    except (ValueError, RecursionError) as error:  # tomllib leaks more than TOMLDecodeError
        raise CatalogError(f"catalog {origin} is not TOML: {error}") from None
    defaults, entries = table.get("defaults", {}), table.get("experiments", {})
    faults = _shape_faults(table, defaults, entries)
    if faults:
        raise _error(origin, faults)
    found: dict[str, Experiment] = {}
    for name, entry in entries.items():
        place = f"experiments.{_quote(name)}"
        if name in known:
            faults.append(f"{place}: the name is taken by another catalog; choose another")
            continue
        try:
            found[name] = Experiment.model_validate({**defaults, **entry, "name": name})
        except ValidationError as error:
            faults += _explain(error, place, defaults, entry)
    if faults:
        raise _error(origin, faults)
    return found


def _shape_faults(table: dict[str, Any], defaults: object, entries: object) -> list[str]:
    faults = [
        f"{_shorten(key)}: unknown table; a catalog holds defaults and experiments"
        for key in table
        if key not in ("defaults", "experiments")
    ]
    if not isinstance(entries, dict) or not entries:
        came = f"came {_shorten(repr(entries))}" if entries else "there is none"
        faults.append(f'experiments: {came}; write one table each, [experiments."my/name"]')
        entries = {}
    places = {"defaults": defaults}
    places |= {f"experiments.{_quote(name)}": entry for name, entry in entries.items()}
    for place, fields in places.items():
        if not isinstance(fields, dict):
            faults.append(f"{place}: must be a table; came {_shorten(repr(fields))}")
        elif "name" in fields:
            faults.append(f"{place}.name: the table's key is the name; leave this field out")
    return faults


def _error(origin: str, faults: list[str]) -> CatalogError:
    once = list(dict.fromkeys(faults))  # a fault of the defaults comes up with every entry
    count = f"{len(once)} fault{'s' if len(once) > 1 else ''}"
    return CatalogError("\n".join([f"catalog {origin} has {count}:", *(f"  {f}" for f in once)]))


def _explain(
    error: ValidationError, place: str, defaults: dict[str, Any], entry: dict[str, Any]
) -> list[str]:
    """One line a fault: its place in the file, what was wrong, what came."""
    lines = []
    for fault in error.errors(include_url=False):
        loc, kind, came = fault["loc"], fault["type"], fault["input"]
        if kind == "too_short" and isinstance(came, list | tuple) and came:
            continue  # pydantic counts only the faultless items, and names the others anyway
        if kind == "value_error" and not loc:  # the entry's parts do not fit together
            lines += [f"{place}: {part}" for part in str(fault["ctx"]["error"]).split("; ")]
            continue
        written = "defaults" if loc[0] in defaults and loc[0] not in entry else place
        path, known = _place(loc, {**defaults, **entry})
        if kind == "extra_forbidden":
            close = difflib.get_close_matches(str(loc[-1]), known, n=1)
            message = "unknown field" + (f"; did you mean {close[0]}?" if close else "")
        elif kind == "missing":
            message = "is missing"
        elif kind == "union_tag_invalid":
            tags = fault["ctx"]["expected_tags"]
            message = f"unknown class {_shorten(repr(fault['ctx']['tag']))}; known: {tags}"
        elif kind == "union_tag_not_found":
            message = "needs a class"
        else:
            message = f"{fault['msg'].removeprefix('Value error, ')}; came {_shorten(repr(came))}"
        lines.append(f"{written}{path}: {message}")
    return lines


def _place(loc: tuple[int | str, ...], entry: object) -> tuple[str, list[str]]:
    """Translate pydantic's location, which also names the class it chose, to the file's path.

    Returns:
        The path, and the names of the fields that belong where its last name stands.
    """
    path, here = "", entry
    records: list[type[BaseModel]] = [Experiment]
    known: list[str] = []
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
            here = here[step] if isinstance(here, list) and step < len(here) else None
        elif isinstance(here, dict) and step not in here and step in _class_of(here):
            records = [r for r in records if step in get_args(r.model_fields["kind"].annotation)]
        else:
            known = [field.alias or n for r in records for n, field in r.model_fields.items()]
            fields = [r.model_fields[step] for r in records if step in r.model_fields]
            records = [record for field in fields for record in _records(field.annotation)]
            path += f".{step if re.fullmatch(r'[A-Za-z0-9_-]+', step) else _quote(step)}"
            here = here.get(step) if isinstance(here, dict) else None
    return path, known


def _class_of(fields: dict[str, Any]) -> tuple[object, object]:
    return fields.get("class"), fields.get("kind")


def _records(annotation: object) -> Iterator[type[BaseModel]]:
    """Find the records that a field's type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _records(part)


def _quote(key: str) -> str:
    return f'"{_shorten(key)}"'


def _shorten(text: str, length: int = 80) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean if len(clean) <= length else clean[: length - 3] + "..."
