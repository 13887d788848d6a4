"""`claims.toml` to claims, with every fault of the file in one message."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from mnistreport.claims.records import Claim
from mnistreport.errors import ReferenceFileError

#: What pydantic puts into a place for the class that it chose, and the file has not.
_TAGS = frozenset({"above", "most", "within", "beside", "metric", "curve", "gradients"})


def claims_path(folder: Path) -> Path:
    """Where the claims are kept."""
    return folder / "claims.toml"


def load_claims(path: Path, known: Collection[str]) -> tuple[Claim, ...]:
    """The claims of a file, in its order; none where there is no file.

    Args:
        path: a TOML file with tables [claims.name].
        known: the names of experiments that a claim may compare.

    Raises:
        ReferenceFileError: it cannot be read, or has faults; the message lists all of them.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or no TOML
        raise ReferenceFileError(f"claims {path} cannot be read: {error}") from None
    faults: list[str] = [
        f"{_shorten(key)}: unknown table; the file holds [claims.name] tables"
        for key in table
        if key != "claims"
    ]
    entries = table.get("claims", {})
    if not isinstance(entries, dict):
        faults.append(f"claims: must be tables; came {_shorten(repr(entries))}")
        entries = {}
    claims = []
    for name, entry in entries.items():
        place = f"claims.{_shorten(name)}"
        if not isinstance(entry, dict):
            faults.append(f"{place}: must be a table; came {_shorten(repr(entry))}")
            continue
        if "name" in entry:
            faults.append(f"{place}.name: the table's key is the name; leave this field out")
        try:
            claim = Claim.model_validate({**entry, "name": name})
        except ValidationError as error:
            faults += _explain(error, place)
            continue
        faults += [f"{place}: {fault}" for fault in _unknown(claim, known)]
        claims.append(claim)
    if faults:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise ReferenceFileError("\n".join([f"claims {path} has {count}:", *_indented(faults)]))
    return tuple(claims)


def _explain(error: ValidationError, place: str) -> Iterator[str]:
    """One line a fault: its place in the file, what was wrong, what came."""
    for fault in error.errors(include_url=False):
        path = place + "".join(
            f"[{step}]" if isinstance(step, int) else f".{_shorten(step)}"
            for step in fault["loc"]
            if step not in _TAGS
        )
        if fault["type"] == "too_short" and fault["input"]:
            continue  # pydantic counts only the faultless items, and names the others anyway
        match fault["type"]:
            case "extra_forbidden":
                yield f"{path}: unknown field"
            case "missing":
                yield f"{path}: is missing"
            case "union_tag_not_found":
                yield f"{path}: needs {fault['ctx']['discriminator'].strip(chr(39))}"
            case "union_tag_invalid":
                came, known = _shorten(repr(fault["ctx"]["tag"])), fault["ctx"]["expected_tags"]
                yield f"{path}: unknown {came}; known: {known}"
            case _:
                told = fault["msg"].removeprefix("Value error, ")
                yield f"{path}: {told}; came {_shorten(repr(fault['input']))}"


def _unknown(claim: Claim, known: Collection[str]) -> Iterator[str]:
    for name in dict.fromkeys(claim.experiments()):
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield f"no experiment is named {_shorten(repr(name))}{hint}"


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _shorten(text: object, length: int = 80) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in str(text))
    return clean if len(clean) <= length else clean[: length - 3] + "..."
