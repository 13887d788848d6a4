"""Markdown for pull requests: text that only shows, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mnistreport.messages import Text

#: What Markdown, HTML or GitHub could take for more than text.
_SPECIAL = re.compile(r"[&<>|`*_\[\]~\\#$@]")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
#: What GitHub makes a link of without any mark-up, cut in two.
_LINK = re.compile(r"(://|www\.)", re.IGNORECASE)
#: A blank of no width.
_NOTHING = "&#8203;"


def escape(text: Text) -> str:
    """Text that shows as itself in Markdown, in a table cell too: one line, nothing live in it."""
    line = _BLANK.sub(" ", str(text)).strip()
    # else GitHub would tell the person who is named so
    told = _SPECIAL.sub(lambda c: f"&#{ord(c[0])};" + (_NOTHING if c[0] == "@" else ""), line)
    return _LINK.sub(lambda found: f"{found[0][:-1]}{_NOTHING}{found[0][-1]}", told)


def markdown_table(header: Sequence[Text], rows: Iterable[Sequence[Text]]) -> list[str]:
    """The lines of a table, its cells escaped."""
    lines = [f"| {' | '.join(map(str, header))} |", "|" + " --- |" * len(header)]
    return [*lines, *(f"| {' | '.join(escape(cell) for cell in row)} |" for row in rows)]
