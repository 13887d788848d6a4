"""Tables compared row by row with the published ones, to the six decimals that were printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnistreport.messages import Message, Text, listing
from mnistreport.report.findings import Findings
from mnistreport.report.formats import anchor, short_name

_COLUMNS = ("train_accuracy", "test_accuracy")

Row = tuple[float, ...]


@dataclass(frozen=True)
class ReplayCell:
    """Our figures of one row; `published` only where they differ from ours.

    `state` is "same", "differs", or "alone" where there is nothing to compare with.
    """

    ours: str
    published: str
    state: str


@dataclass(frozen=True)
class ReplayTable:
    """One column for each experiment, one row for each iteration; `totals` under the columns.

    `others` names those that another seed than the document's started, so that none can replay.
    """

    names: tuple[str, ...]
    hrefs: tuple[str, ...]
    rows: tuple[tuple[int, tuple[ReplayCell, ...]], ...]
    totals: tuple[Text, ...]
    summary: Text
    others: Text


def replay_table(found: Sequence[Findings], comparable: bool) -> ReplayTable | None:
    """Our accuracy tables beside the published ones; None where no experiment has such a table.

    Args:
        found: the experiments of a document.
        comparable: whether ours were trained as published.
    """
    with_tables = [i for i in found if i.shown and "iteration" in i.shown.history]
    if not with_tables:
        return None
    ours = [_table(item.shown.history) if item.shown else {} for item in with_tables]
    own = [item.shown and item.shown.seed == item.experiment.seed for item in with_tables]
    theirs = [
        _table(item.published) if comparable and same else {}
        for item, same in zip(with_tables, own, strict=True)
    ]
    iterations = sorted({iteration for table in (*ours, *theirs) for iteration in table})
    columns = [
        [_cell(mine.get(i), published.get(i)) for i in iterations]
        for mine, published in zip(ours, theirs, strict=True)
    ]
    names = [item.experiment.name for item in with_tables]
    return ReplayTable(
        names=tuple(short_name(name) for name in names),
        hrefs=tuple(anchor(name) for name in names),
        rows=tuple(
            (i, tuple(column[row] for column in columns)) for row, i in enumerate(iterations)
        ),
        totals=tuple(_total([column]) for column in columns),
        summary=_total(columns),
        others=_others([name for name, same in zip(names, own, strict=True) if not same])
        if comparable
        else "",
    )


def _others(names: Sequence[str]) -> Text:
    if not names:
        return ""
    return Message(
        "Only the document's own seed can replay its rows: {names} had another.",
        names=listing(names),
    )


def _table(history: Mapping[str, Sequence[float | None]]) -> dict[int, Row]:
    """Rows by iteration, those left out that lost a value."""
    curves = [history.get(name, ()) for name in ("iteration", *_COLUMNS)]
    rows = {}
    for step, *values in zip(*curves, strict=False):
        kept = [value for value in values if value is not None]
        if step is not None and len(kept) == len(_COLUMNS):
            rows[round(step)] = tuple(kept)
    return rows


def _cell(mine: Row | None, published: Row | None) -> ReplayCell:
    ours, theirs = _digits(mine), _digits(published)
    if not ours or not theirs:
        return ReplayCell(ours, theirs, "alone")
    return ReplayCell(ours, "", "same") if ours == theirs else ReplayCell(ours, theirs, "differs")


def _digits(row: Row | None) -> str:
    return "" if row is None else "  ".join(f"{value:.6f}" for value in row)


def _total(columns: Sequence[Sequence[ReplayCell]]) -> Text:
    cells = [cell for column in columns for cell in column if cell.state != "alone"]
    same = sum(cell.state == "same" for cell in cells)
    if not cells:
        return ""
    return Message("{n} of {total} rows replay", n=same, total=len(cells))
