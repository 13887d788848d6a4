"""The section on speed: arithmetic and time of the runs, and the last bench beside them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from mnistreport.cost import training_flops
from mnistreport.messages import Message, Text
from mnistreport.report.findings import Findings
from mnistreport.report.formats import NOTHING, anchor, count, duration, moment
from mnistreport.results import Results
from mnistreport.run import Run
from mnistreport.speed import Bench, Row

#: What a bench adds to a row; seconds are of the whole machine.
_BENCH_COLUMNS = (
    Message("Limit"),
    Message("Ours"),
    Message("\N{MULTIPLICATION SIGN} limit"),
    Message("Plain"),
    Message("Speed-up"),
)


@dataclass(frozen=True)
class TimedRow:
    """One experiment of this build; `bench` is empty where the last bench has none of it."""

    name: str
    href: str
    gflop: str
    seconds: str
    rate: str
    bench: tuple[str, ...]


@dataclass(frozen=True)
class TotalRow:
    """A family or the suite, in the last bench."""

    name: str
    gflop: str
    bench: tuple[str, ...]


@dataclass(frozen=True)
class SpeedSection:
    """Times as texts; `about` says where the bench comes from, empty where there is none."""

    rows: tuple[TimedRow, ...]
    totals: tuple[TotalRow, ...]
    about: Text
    columns: tuple[Message, ...] = _BENCH_COLUMNS


def speed_section(found: Sequence[Findings], results: Results) -> SpeedSection:
    """Of all experiments that were trained."""
    bench = results.bench
    names = {item.experiment.name for item in found}
    every = bench.rows() if bench else []
    measured = {row.name: row for row in every if row.name in names}
    whole = set(measured) == names and len(every) == len(names)
    return SpeedSection(
        rows=tuple(_timed(item, measured.get(item.experiment.name)) for item in found if item.runs),
        totals=_totals(bench) if bench and whole else (),
        about=_about(bench) if measured and bench else "",
    )


def _timed(item: Findings, row: Row | None) -> TimedRow:
    flops = training_flops(item.experiment)
    seconds = _seconds(item.runs)
    return TimedRow(
        name=item.experiment.name,
        href=anchor(item.experiment.name),
        gflop=count(round(flops / 1e9)),
        seconds=NOTHING if seconds is None else duration(seconds),
        rate=NOTHING if not seconds else f"{flops / seconds / 1e9:.1f}",
        bench=() if row is None else _cells(row),
    )


def _seconds(runs: Sequence[Run]) -> float | None:
    ended = [run.seconds for run in runs if run.status == "ok"]
    return statistics.median(ended) if ended else None


def _totals(bench: Bench) -> tuple[TotalRow, ...]:
    return tuple(
        TotalRow(row.name, count(round(row.flops / 1e9)), _cells(row))
        for row in (*bench.families(), bench.suite())
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        duration(row.limit),
        duration(row.ours),
        f"{row.of_limit:.2f}",
        NOTHING if row.plain is None else duration(row.plain),
        NOTHING if row.speedup is None else f"{row.speedup:.2f}",
    )


def _about(bench: Bench) -> Message:
    environment = bench.environment
    how = Message("{n} epochs of each", n=bench.epochs)
    return Message(
        "`mnistreport bench`, {when}: {how} on {cpu}, {workers} workers, TensorFlow {tensorflow}, "
        "NumPy {numpy}; the largest worker took {memory} GB. Peak of all cores: {peak}.",
        when=moment(bench.created),
        how=Message("the suite trained whole") if bench.epochs == 0 else how,
        cpu=environment.get("cpu", "?"),
        workers=bench.workers,
        tensorflow=environment.get("tensorflow", "?"),
        numpy=environment.get("numpy", "?"),
        memory=f"{bench.memory / 1e9:.2f}",
        peak=_peak(bench),
    )


def _peak(bench: Bench) -> str:
    told = []
    for kind, libraries in bench.peak.items():
        rates = [f"{rate / 1e9:.0f} ({library})" for library, rate in libraries.items()]
        told.append(f"{kind} {' / '.join(rates)} GFLOP/s")
    return ", ".join(told)
