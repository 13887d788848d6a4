"""Names chosen by patterns, on the command line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from mnistreport.errors import NothingSelected


def choose_names(
    names: Collection[str], globs: Sequence[str], what: str, hint: str = ""
) -> list[str]:
    """The names that match any of the globs, in their own order; all where there are no globs.

    Args:
        names: to choose from.
        globs: patterns of the shell.
        what: a name is of, for the message.
        hint: where the names are to be found; the message lists them where there is none.

    Raises:
        NothingSelected: a glob matches nothing.
    """
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in names):
            raise NothingSelected(
                f"no {what} matches {glob!r}",
                hint or f"There are {', '.join(names)}; quote patterns.",
            )
    return [name for name in names if not globs or any(fnmatchcase(name, g) for g in globs)]
