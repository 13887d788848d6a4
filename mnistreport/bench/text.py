"""A bench as lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from mnistreport.messages import signed
from mnistreport.speed import Bench, Change, Row

_HEADER = ("", "GFLOP", "limit s", "ours s", "x limit", "plain s", "speed-up")


def table(bench: Bench) -> list[str]:
    """The peak, then experiments, families and the suite, in seconds of the whole machine."""
    peaks = [
        f"{precision} {', '.join(f'{name} {rate / 1e9:.0f}' for name, rate in libraries.items())}"
        for precision, libraries in bench.peak.items()
    ]
    how = "trained whole" if bench.epochs == 0 else f"from {bench.epochs} epochs of each"
    lines = [
        f"peak of all cores, GFLOP/s: {'; '.join(peaks)}; the limit takes the better library",
        f"{bench.profile} profile on {bench.dataset}, {bench.workers} workers, {how}; "
        f"largest worker {bench.memory / 1e9:.2f} GB; framework's import {bench.start:.1f} s",
        "",
    ]
    cells = [_HEADER, *map(_cells, bench.rows()), ("",) * len(_HEADER)]
    cells += [*map(_cells, bench.families()), _cells(bench.suite())]
    return lines + _aligned(cells)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        f"{row.flops / 1e9:.0f}",
        f"{row.limit:.2f}",
        f"{row.ours:.2f}",
        f"{row.of_limit:.2f}",
        "" if row.plain is None else f"{row.plain:.2f}",
        "" if row.speedup is None else f"{row.speedup:.2f}",
    )


def changes(found: Sequence[Change]) -> list[str]:
    """Times over the limit and speed-up against plain, before and now."""
    header = ("", "x limit before", "now", "change", "speed-up before", "now")
    return _aligned(
        [
            header,
            *(
                (
                    change.name,
                    f"{change.before.of_limit:.2f}",
                    f"{change.now.of_limit:.2f}",
                    signed(100 * (change.ratio - 1), ".0f") + "%",
                    _speedup(change.before),
                    _speedup(change.now),
                )
                for change in found
            ),
        ]
    )


def _speedup(row: Row) -> str:
    return "" if row.speedup is None else f"{row.speedup:.2f}"


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for row in cells
    ]
