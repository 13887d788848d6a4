"""The section on sensitivity: which faults the checks notice, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnistreport.messages import Message, Phrase, Text, listing
from mnistreport.report.formats import NOTHING, metric_name
from mnistreport.sensitivity import CAUGHT
from mnistreport.sensitivity.table import KEPT, TableRow, percent
from mnistreport.statistics import Share


@dataclass(frozen=True)
class SensedRow:
    """A fault as texts."""

    title: Message
    conformance: Text
    exact: str
    single: str
    looks: str
    drift: str
    together: Text
    witness: Text
    blind: Text


@dataclass(frozen=True)
class SensitivitySection:
    """The faults, and the controls that must not be noticed."""

    about: Message
    faults: tuple[SensedRow, ...]
    controls: tuple[SensedRow, ...]


def sensitivity_section(table: Sequence[TableRow], source: str) -> SensitivitySection | None:
    """The section; None where nothing was measured.

    Args:
        table: one row a fault.
        source: the profile and dataset that it was measured on.
    """
    changing = [row for row in table if row.together.of]
    faults = [row for row in changing if not row.control]
    if not faults:
        return None
    caught = sum(row.together.value >= CAUGHT for row in faults)
    return SensitivitySection(
        about=Message(
            "{caught} of {total} planted faults are noticed in at least {share} of seeds "
            "(measured on {source}).",
            caught=caught,
            total=len(faults),
            share=f"{CAUGHT:.0%}",
            source=source,
        ),
        faults=tuple(map(_row, faults)),
        controls=tuple(_row(row) for row in changing if row.control),
    )


def _with_interval(share: Share) -> Message:
    low, high = share.interval()
    return Message(
        "{share} ({low} to {high})", share=percent(share), low=f"{low:.0%}", high=f"{high:.0%}"
    )


def _row(row: TableRow) -> SensedRow:
    title = Phrase(row.title)
    return SensedRow(
        title=title,
        conformance=Message("kept") if row.rule == KEPT else row.rule,
        exact=percent(row.exact),
        single=percent(row.single),
        looks=percent(row.looks),
        drift=percent(row.drift),
        together=_with_interval(row.together),
        witness=metric_name(row.witness) if row.witness else NOTHING,
        blind=Message("Blind spot: {fault}, in {names}", fault=title, names=listing(row.blind))
        if row.blind
        else "",
    )
