"""`mnistreport calibrate`: seeds trained, rows kept, ranges made anew; and their audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mnistreport import application
from mnistreport.calibration import (
    Audit,
    append_curves,
    append_row,
    audit,
    curves_of,
    curves_path,
    derive_ranges,
    load_curves,
    load_rows,
    row_of,
    rows_path,
    samples_of,
    write_curves,
    write_rows,
)
from mnistreport.catalog import load_catalog
from mnistreport.errors import ExitCode, NothingSelected, ReferenceFileError, UsageError
from mnistreport.keeping import Keeping
from mnistreport.looks import FIRST_ALPHA, SUITE_ALPHA
from mnistreport.reference import (
    SHORT,
    Range,
    check_may_change,
    load_ranges,
    ranges_path,
    write_ranges,
)
from mnistreport.run import Run
from mnistreport.selection import Selection, Settings, select
from mnistreport.tables import print_table
from mnistreport.task import Task
from mnistreport.terminal import Terminal


def calibrate(settings: Settings, terminal: Terminal, replicas: int | None = None) -> ExitCode:
    """Train the calibration seeds that have no row, add theirs, and make the ranges anew.

    Args:
        settings: of the command.
        terminal: to speak to.
        replicas: how many seeds of a Keras experiment are trained in one program, on JAX; 0 for
            what suits the device, None for one at a time.

    Raises:
        UsageError: under CI or in the installed package; replicas without JAX.
    """
    if replicas is not None and settings.backend != "jax":
        raise UsageError(
            f"--replicas was given, and Keras' backend is {settings.backend}",
            "Only JAX trains many seeds in one program: set KERAS_BACKEND=jax.",
        )
    check_may_change(settings.reference, "calibrate")
    selection = select(settings, terminal.say)
    path = rows_path(settings.reference, settings.profile, selection.dataset.slug)
    keeper = _Keeper(settings, path, selection.dataset.slug)
    missing = [task for task in selection.tasks if keeper.lacks(task)]
    if len(missing) < len(selection.tasks):
        terminal.say(f"{len(selection.tasks) - len(missing)} trainings have a row in {path}")
    if replicas is not None:
        together = [task for task in missing if task.experiment.engine == "keras"]
        with terminal.display() as display:
            keeping = Keeping(display, lambda _, run: keeper.keep(run))
            application.train_replicas(settings, selection, together, replicas, keeping)
        missing = [task for task in missing if task not in set(together)]
    selection = replace(selection, tasks=tuple(missing))
    with terminal.display() as display:
        found = application.train_selection(
            settings, selection, Keeping(display, lambda _, run: keeper.keep(run))
        )
    for stored in found.values():
        keeper.keep(stored.run)
    return _renew_ranges(settings, selection, path, terminal)


class _Keeper:
    """Appends the rows of runs to a file, and their curves where the profile has any."""

    def __init__(self, settings: Settings, path: Path, dataset: str) -> None:
        self._path = path
        self._rows = {row.identity for row in load_rows(path)}
        self._curves_path = curves_path(settings.reference, settings.profile, dataset)
        self._curves: set[tuple[str, str, str, int]] | None = None
        if settings.profile == "published":
            self._curves = {row.identity for row in load_curves(self._curves_path)}

    def lacks(self, task: Task) -> bool:
        """Whether something of a training is not kept yet."""
        identity = task.row_identity
        return identity not in self._rows or (
            self._curves is not None and identity not in self._curves
        )

    def keep(self, run: Run) -> None:
        """Append what is not kept yet; a training that crashed gives nothing."""
        row = row_of(run)
        if run.status == "error":
            return
        # the curves first, so that what has a row has all
        if self._curves is not None and row.identity not in self._curves:
            self._curves.add(row.identity)
            append_curves(self._curves_path, curves_of(run))
        if row.identity not in self._rows:
            self._rows.add(row.identity)
            append_row(self._path, row)


def _renew_ranges(
    settings: Settings, selection: Selection, rows: Path, terminal: Terminal
) -> ExitCode:
    dataset = selection.dataset
    try:
        before = load_ranges(settings.reference, settings.profile, dataset.slug)
    except ReferenceFileError as error:
        # ranges follow from the rows, so nothing is lost with them
        terminal.tell(f"{error.wrong}: all ranges are made anew")
        before = {}
    experiments = [
        experiment.for_profile(settings.profile, dataset.sizes)
        for experiment in load_catalog(settings.catalogs).values()
    ]
    found = load_rows(rows)
    current = {experiment.name: experiment.recipe() for experiment in experiments}
    # rows of an older recipe would never count again; those of somebody's own catalog may
    kept = [row for row in found if current.get(row.experiment, row.recipe) == row.recipe]
    if len(kept) < len(found):
        write_rows(rows, kept)
        _drop_curves(settings, dataset.slug, current)
        print(f"dropped  {len(found) - len(kept)} rows of recipes that have changed since")
    ranges = derive_ranges(kept, experiments, dataset.sha256[:SHORT])
    path = ranges_path(settings.reference, settings.profile, dataset.slug)
    write_ranges(path, ranges)
    # as they stand in the file, so that rounding is no change
    for key, entry in load_ranges(settings.reference, settings.profile, dataset.slug).items():
        line = _change(before.get(key), entry)
        if line:
            print(line)
    terminal.tell(f"{len(ranges)} ranges in {path}, from the rows in {rows}")
    return ExitCode.PASS


def _drop_curves(settings: Settings, dataset: str, current: Mapping[str, str]) -> None:
    path = curves_path(settings.reference, settings.profile, dataset)
    curves = load_curves(path)
    if curves:
        write_curves(
            path,
            [row for row in curves if current.get(row.experiment, row.recipe) == row.recipe],
        )


def _change(before: Range | None, now: Range) -> str:
    name = f"{now.experiment} {now.metric}"
    bounds = f"{now.low:.6g} to {now.high:.6g} (N={now.n})"
    if before is None:
        return f"new      {name}: {bounds}"
    old = f"{before.low:.6g} to {before.high:.6g} (N={before.n})"
    return "" if old == bounds else f"changed  {name}: {old} -> {bounds}"


def print_audit(settings: Settings, terminal: Terminal) -> ExitCode:
    """Print how often the ranges that stand raise a false alarm; nothing is trained.

    Args:
        settings: of the command; its globs choose experiments, the budget is the whole suite's.
        terminal: to speak to.

    Raises:
        NothingSelected: there is no range of that profile on that dataset.
    """
    selection = select(settings, terminal.say)
    dataset = selection.dataset
    ranges = load_ranges(settings.reference, settings.profile, dataset.slug)
    rows = load_rows(rows_path(settings.reference, settings.profile, dataset.slug))
    samples = samples_of(rows, selection.experiments, dataset.sha256[:SHORT])
    found = audit(samples, ranges)
    if not found.lines:
        raise NothingSelected(
            f"no range of the {settings.profile} profile on {dataset.name} has calibration rows",
            "`mnistreport calibrate` makes both.",
        )
    print_table(_audit_rows(found))
    print(
        f"\nfirst looks, each value beside the other seeds of its experiment: {found.first} of "
        f"{found.left_out} outside ({found.first / found.left_out:.2%}; {FIRST_ALPHA:.0%} of "
        f"normal seeds)"
        f"\na build of these {found.checks} checks raises a false alarm with a chance of at most "
        f"{found.alarms:.2%} (normal seeds, drift included); of the real seeds, five held out at a "
        f"time: {_counted(found.resampled)} (budget {SUITE_ALPHA:.0%})"
        f"\na false warning, by its other {found.can_warn} metrics: at most {found.warnings:.2%}; "
        f"of the real seeds: {_counted(found.resampled_warnings)}"
    )
    rates = found.alarms, found.resampled, found.warnings, found.resampled_warnings
    kept = max(rate or 0.0 for rate in rates) <= SUITE_ALPHA
    return ExitCode.PASS if kept else ExitCode.OUTSIDE_REFERENCE


def _counted(rate: float | None) -> str:
    return "not enough seeds" if rate is None else f"{rate:.2%}"


def _audit_rows(found: Audit) -> list[tuple[str, ...]]:
    header = (
        *("document", "metric", "checks", "seeds", "first looks outside"),
        *("second look widened", "false alarms, normal", "false alarms, held out"),
    )
    lines = [
        (
            line.document,
            line.metric,
            str(line.checks),
            str(line.seeds),
            f"{line.first} of {line.left_out}",
            f"{line.widening:.2f}",
            f"{line.alarms:.3%}",
            "" if line.resampled is None else f"{line.resampled:.3%}",
        )
        for line in found.lines
    ]
    return [header, *lines]
