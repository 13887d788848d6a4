"""The CSV files of a reference folder, read and written alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mnistreport.errors import ReferenceFileError


def read_table(path: Path, what: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a table with their numbers, cells by column; none where there is no file.

    Args:
        path: of the file.
        what: it holds, for the message.

    Raises:
        ReferenceFileError: the file cannot be read, or a line is longer or shorter than the first.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = [*enumerate(csv.DictReader(io.StringIO(text)), 2)]
    except FileNotFoundError:
        return iter(())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReferenceFileError(f"{what} {path} cannot be read: {error}") from None
    for number, cells in found:
        if None in cells or None in cells.values():
            raise ReferenceFileError(
                f"{what} {path}, line {number}: it has not as many cells as the first line",
                "Restore the file, or delete the line.",
            )
    return iter(found)


def has_columns(path: Path, header: Sequence[str]) -> bool:
    """Whether a table begins with a header, or is still to be made."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.readline() in ("", table_text([header]))
    except FileNotFoundError:
        return True


def append_lines(
    path: Path, header: Sequence[str], lines: Iterable[Sequence[object]], what: str
) -> None:
    """Add lines at the end of a table, which is made where it is missing.

    Args:
        path: of the file.
        header: its first line.
        lines: of cells.
        what: it holds, for the message.

    Raises:
        ReferenceFileError: the file has other columns.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not has_columns(path, header):
        raise ReferenceFileError(
            f"{what} {path} has the columns of another version, not {', '.join(header)}",
            "Move the file away: what it held is measured again.",
        )
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(table_text([*([] if file.tell() else [header]), *lines]))


def table_text(lines: Iterable[Sequence[object]]) -> str:
    """Lines of cells as the text of a table."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
