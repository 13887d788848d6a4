"""The table of faults: a file of the reference, rows of text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnistreport.atomic import write_text
from mnistreport.errors import ReferenceFileError
from mnistreport.faults import FAULTS
from mnistreport.reference_table import read_table, table_text
from mnistreport.sensitivity.assess import CAUGHT, Sensitivity, blind_in
from mnistreport.sensitivity.detect import LEAST_SEEDS, FaultFound
from mnistreport.statistics import Share

_SHARES = ("exact", "single", "looks", "drift", "together")
_COLUMNS = ("fault", "experiments", "rule", *_SHARES, "witness", "blind")
HEADER = (
    *("fault", "experiments", "conformance", "exact", "single run", "two looks", "drift"),
    *("all layers", "first witness"),
)
#: In a cell of the conformance column: every rule is kept.
KEPT = "no"
#: In a cell: this layer does not look at such faults, or nothing is left to look at.
NOTHING = "-"


@dataclass(frozen=True)
class TableRow:
    """A fault, and how often each layer noticed it.

    Attributes:
        fault: its name.
        experiments: in which it changed anything.
        rule: the first that the conformance suite found broken, of each engine; KEPT or NOTHING.
        exact: by what must be exact of one run.
        single: by one run against its ranges.
        looks: by the ranges with a second look.
        drift: by the suite-wide drift.
        together: by any of these.
        witness: the metric that was furthest outside most often; "" where none was.
        blind: the experiments in which it is noticed too seldom to count as caught.
    """

    fault: str
    experiments: int
    rule: str
    exact: Share
    single: Share
    looks: Share
    drift: Share
    together: Share
    witness: str
    blind: tuple[str, ...]

    @property
    def title(self) -> str:
        """What is wrong, in a few words."""
        return FAULTS[self.fault].title if self.fault in FAULTS else self.fault

    @property
    def control(self) -> bool:
        """Whether it must not be noticed."""
        return self.fault in FAULTS and FAULTS[self.fault].control


def table_of(found: Sensitivity) -> list[TableRow]:
    """One row a fault."""
    return [_row(one) for one in found.found]


def _row(one: FaultFound) -> TableRow:
    broken = " ".join(ruling.rule for ruling in one.rulings.values() if ruling.rule)
    rule = (broken or KEPT) if one.rulings else NOTHING
    return TableRow(
        fault=one.fault.name,
        experiments=len(one.changed),
        rule=rule,
        exact=one.exact,
        single=one.single,
        looks=one.looks,
        drift=one.drifted,
        together=one.together,
        witness=one.witness,
        blind=() if one.fault.control else blind_in(one),
    )


def table_path(folder: Path, profile: str, dataset: str) -> Path:
    """Where the table of a profile on a dataset is kept, beside the rows that it follows from."""
    return folder / "sensitivity" / f"{profile}-{dataset}-table.csv"


def write_table(path: Path, rows: Sequence[TableRow]) -> None:
    """Write a whole table."""
    write_text(path, table_text([_COLUMNS, *map(_cells, rows)]))


def _cells(row: TableRow) -> list[str]:
    shares = [getattr(row, name) for name in _SHARES]
    told = [f"{share.noticed}/{share.of}" for share in shares]
    return [row.fault, str(row.experiments), row.rule, *told, row.witness, " ".join(row.blind)]


def load_table(path: Path) -> list[TableRow]:
    """The rows of a table; none where there is no file.

    Raises:
        ReferenceFileError: a line is no row.
    """
    rows = []
    for number, cells in read_table(path, "table of faults"):
        try:
            shares = {name: _share(cells[name]) for name in _SHARES}
            fault, rule, witness = (cells[name] for name in ("fault", "rule", "witness"))
            count = int(cells["experiments"])
            blind = tuple(cells["blind"].split())
            rows.append(TableRow(fault, count, rule, witness=witness, blind=blind, **shares))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ReferenceFileError(
                f"table of faults {path}, line {number}: {type(error).__name__} {error}",
                "`mnistreport sensitivity --table` makes it anew from its rows.",
            ) from None
    return rows


def _share(text: str) -> Share:
    noticed, of = text.split("/")
    return Share(int(noticed), int(of))


def lines(rows: Sequence[TableRow]) -> list[tuple[str, ...]]:
    """The header, and one line a fault."""
    return [HEADER, *map(_line, rows)]


def _line(row: TableRow) -> tuple[str, ...]:
    return (
        row.title,
        str(row.experiments),
        row.rule,
        percent(row.exact),
        percent(row.single),
        percent(row.looks),
        percent(row.drift),
        percent(row.together, interval=True),
        row.witness.replace("_", " "),
    )


def percent(share: Share, interval: bool = False) -> str:
    """A share for people, with the 95% interval of Wilson where it is asked for."""
    if not share.of:
        return NOTHING
    # a share that is not all or nothing is not rounded to it
    value = share.value if share.noticed in (0, share.of) else min(max(share.value, 0.01), 0.99)
    if not interval:
        return f"{value:.0%}"
    low, high = share.interval()
    return f"{value:.0%} ({low:.0%} to {high:.0%})"


def markdown(rows: Sequence[TableRow]) -> str:
    """The table for a README."""
    header, *body = lines(rows)
    ruled = [header, tuple("---" for _ in header), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in ruled) + "\n"


def summary(found: Sensitivity) -> Iterator[str]:
    """What the table comes to, in sentences."""
    faults, caught = found.faults, found.caught
    if faults:
        yield (
            f"{len(caught)} of {len(faults)} faults are noticed in at least {CAUGHT:.0%} of seeds "
            f"({len(caught) / len(faults):.0%})"
        )
    controls = [one for one in found.found if one.fault.control]
    if controls:
        checks = [one.checked for one in controls]
        noticed, of = sum(one.noticed for one in checks), sum(one.of for one in checks)
        yield (
            f"controls, which must not be noticed: {noticed} of {of} checks failed, "
            f"{sum(one.conformance for one in controls)} of {len(controls)} in conformance"
        )
    for one, name, share in found.blind_spots:
        told = f"{share.noticed} of {share.of} seeds"
        yield f"blind spot: {one.fault.title}, in {name}: noticed in {told}"
    for one, name in found.without_effect:
        yield f"no effect: {one.fault.title}, in {name}: the training gives the same"
    if found.missing:
        (fault, name), *others = found.missing
        rest = f" and {len(others)} more" if others else ""
        yield f"not measured with {LEAST_SEEDS} seeds yet: {fault.title}, in {name}{rest}"


def to_json(found: Sensitivity) -> dict[str, Any]:
    """Everything, as plain values."""
    return {
        "profile": found.profile,
        "dataset": found.dataset,
        "faults": [_fault(one) for one in found.found],
    }


def _fault(one: FaultFound) -> dict[str, Any]:
    return {
        "name": one.fault.name,
        "title": one.fault.title,
        "kind": one.fault.kind,
        "conformance": {
            engine: {"rule": ruling.rule, "cause": ruling.cause, "versions": ruling.versions}
            for engine, ruling in one.rulings.items()
        },
        "exact": _counts(one.exact),
        "single_run": _counts(one.single),
        "two_looks": _counts(one.looks),
        "drift": _counts(one.drifted),
        "all_layers": _counts(one.together),
        "first_witness": one.witness,
        "experiments": {
            entry.experiment: {
                "changed": entry.experiment in one.by_experiment,
                "seeds": list(entry.looks),
                "exact": [seed for seed, flag in entry.exact.items() if flag],
                "single_run": [seed for seed, flag in entry.single.items() if flag],
                "two_looks": [seed for seed, flag in entry.looks.items() if flag],
                "witness": sorted({name for name in entry.witness.values() if name}),
            }
            for entry in one.detections
        },
    }


def _counts(share: Share) -> dict[str, Any]:
    low, high = share.interval()
    return {"noticed": share.noticed, "of": share.of, "wilson_95": [low, high]}
