"""The page that was written last, remembered in the store."""

from __future__ import annotations

import contextlib
from pathlib import Path

from mnistreport.atomic import write_bytes
from mnistreport.errors import NothingSelected

_NAME = "last-report"


def remember_report(store: Path, page: Path) -> None:
    """Note a page; a store that refuses costs `mnistreport open`, nothing else."""
    with contextlib.suppress(OSError):
        store.mkdir(parents=True, exist_ok=True)
        write_bytes(store / _NAME, bytes(page.resolve()))


def last_report(store: Path) -> Path:
    """The page that was written last.

    Raises:
        NothingSelected: none was, or it has gone.
    """
    mend = "`mnistreport build` writes one, `mnistreport report` one from stored runs."
    try:
        page = Path((store / _NAME).read_bytes().decode("utf-8", "surrogateescape"))
        there = page.is_file()
    except (OSError, ValueError):
        raise NothingSelected(f"the store {store} knows of no report", mend) from None
    if not there:
        raise NothingSelected(f"the last report, {page}, is not there any more", mend)
    return page
