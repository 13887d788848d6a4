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
        ReferenceFileError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return enumerate([*csv.DictReader(io.StringIO(text))], 2)
    except FileNotFoundError:
        return iter(())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReferenceFileError(f"{what} {path} cannot be read: {error}") from None


def table_text(lines: Iterable[Sequence[object]]) -> str:
    """Lines of cells as the text of a table."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
