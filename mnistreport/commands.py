"""What `build`, `check`, `report` and `calibrate` do, one function each."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from mnistreport import application
from mnistreport.batch import Listener, Plan
from mnistreport.calibration import (
    append_curves,
    append_row,
    curves_of,
    curves_path,
    derive_ranges,
    load_curves,
    load_rows,
    row_of,
    rows_path,
    write_curves,
    write_rows,
)
from mnistreport.errors import ExitCode, UsageError
from mnistreport.reference import SHORT, Range, load_ranges, ranges_path, write_ranges
from mnistreport.results import Results
from mnistreport.run import Run
from mnistreport.selection import Selection, Settings, select
from mnistreport.task import Task
from mnistreport.terminal import Terminal


def build(
    settings: Settings, terminal: Terminal, output: Path | None, dry_run: bool, fail_on: str
) -> ExitCode:
    """Train, judge, write the report; print its path."""
    selection = select(settings, terminal.say)
    if dry_run:
        return _dry_run(settings, selection, terminal)
    results = _train_and_judge("build", settings, selection, terminal)
    return _write(results, settings, selection, terminal, output, fail_on)


def check(
    settings: Settings, terminal: Terminal, dry_run: bool, fail_on: str, form: str
) -> ExitCode:
    """Train and judge; print the verdicts."""
    from mnistreport.outputs import headline, results_document

    selection = select(settings, terminal.say)
    if dry_run:
        return _dry_run(settings, selection, terminal)
    results = _train_and_judge("check", settings, selection, terminal)
    if form == "json":
        print(json.dumps(results_document(results), indent=1, allow_nan=False))
    else:
        for verdict in results.verdicts:
            if verdict.reason and (terminal.verbose or verdict.verdict != "no reference"):
                where = f"{verdict.experiment} (seed {verdict.seed}) {verdict.metric}"
                print(f"{verdict.verdict}: {where}: {verdict.reason}")
    terminal.tell(headline(results))
    return application.exit_code(results, fail_on)


def _train_and_judge(
    name: str, settings: Settings, selection: Selection, terminal: Terminal
) -> Results:
    with terminal.display() as display:
        found = application.train_selection(settings, selection, display)
    return application.judge_runs(settings, selection, found, _command(name, settings))


def report(settings: Settings, terminal: Terminal, output: Path | None, fail_on: str) -> ExitCode:
    """Write the report from stored runs; print its path."""
    selection = select(settings, terminal.say)
    found = application.stored_selection(settings, selection, terminal.tell)
    results = application.judge_runs(settings, selection, found, _command("report", settings))
    return _write(results, settings, selection, terminal, output, fail_on)


def _write(
    results: Results,
    settings: Settings,
    selection: Selection,
    terminal: Terminal,
    output: Path | None,
    fail_on: str,
) -> ExitCode:
    from mnistreport.outputs import headline, write_outputs

    folder = output or Path("reports") / f"{settings.profile}-{selection.dataset.slug}"
    try:
        written = write_outputs(results, folder)
    except OSError as error:
        raise UsageError(
            f"the report cannot be written to {folder}: {error.strerror or error}",
            "Name another folder with --output.",
        ) from None
    for path in written.values():
        terminal.detail(f"wrote {path}")
    print(written["index.html"])
    terminal.tell(headline(results))
    return application.exit_code(results, fail_on)


def _dry_run(settings: Settings, selection: Selection, terminal: Terminal) -> ExitCode:
    planned: Plan = application.plan(settings, selection, terminal.say)
    for task in selection.tasks:
        print(f"{'stored' if task in planned.stored else 'train '}  {task.label}")
    terminal.say(f"{len(planned.stored)} stored, {len(planned.to_train)} to train")
    return ExitCode.PASS


def _command(name: str, settings: Settings) -> str:
    """The command line that repeats this, whatever environment or file it came from."""
    backend = [] if settings.backend == "tensorflow" else [f"KERAS_BACKEND={settings.backend}"]
    words = [*backend, "mnistreport", name, *settings.globs]
    words += ["--profile", settings.profile, "--dataset", settings.dataset]
    if settings.data_dir:
        words += ["--data-dir", str(settings.data_dir)]
    for catalog in settings.catalogs:
        words += ["--catalog", str(catalog)]
    if settings.seeds:
        words += ["--seeds", ",".join(map(str, settings.seeds))]
    if settings.threads != 1:
        words += ["--threads", str(settings.threads)]
    return shlex.join(words)


# --- calibrate ---------------------------------------------------------------------------


def calibrate(settings: Settings, terminal: Terminal, replicas: int | None = None) -> ExitCode:
    """Train the calibration seeds that have no row, add theirs, and make the ranges anew.

    Args:
        settings: of the command.
        terminal: to speak to.
        replicas: how many seeds of a Keras experiment are trained in one program, on JAX; 0 for
            what suits the device, None for one at a time.

    Raises:
        UsageError: under CI, where a reference must not change by itself; replicas without JAX.
    """
    if os.environ.get("CI"):
        raise UsageError(
            "calibrate was called with CI set",
            "A reference is changed by a person: run it at your desk and commit what it writes.",
        )
    if replicas is not None and settings.backend != "jax":
        raise UsageError(
            f"--replicas was given, and Keras' backend is {settings.backend}",
            "Only JAX trains many seeds in one program: set KERAS_BACKEND=jax.",
        )
    selection = select(settings, terminal.say)
    path = rows_path(settings.reference, settings.profile, selection.dataset.slug)
    keeper = _Keeper(settings, path, selection.dataset.slug)
    missing = [task for task in selection.tasks if keeper.lacks(task)]
    if len(missing) < len(selection.tasks):
        terminal.say(f"{len(selection.tasks) - len(missing)} trainings have a row in {path}")
    if replicas is not None:
        together = [task for task in missing if task.experiment.engine == "keras"]
        with terminal.display() as display:
            keeping = _Keeping(display, keeper.keep)
            application.train_replicas(settings, selection, together, replicas, keeping)
        missing = [task for task in missing if task not in set(together)]
    selection = replace(selection, tasks=tuple(missing))
    with terminal.display() as display:
        found = application.train_selection(settings, selection, _Keeping(display, keeper.keep))
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
        identity = _identity(task)
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


def _identity(task: Task) -> tuple[str, str, str, int]:
    """That of the row that the task's run would have."""
    experiment = task.experiment
    return experiment.name, experiment.recipe(), task.dataset_sha256[:SHORT], task.seed


class _Keeping:
    """A listener that hands each finished run to `keep` before the one it wraps hears of it."""

    def __init__(self, inner: Listener, keep: Callable[[Run], None]) -> None:
        self._keep = keep
        self.planned = inner.planned
        self.running = inner.running
        self.warn = inner.warn
        self._finished = inner.finished

    def finished(self, task: Task, run: Run) -> None:
        """A training ended."""
        self._keep(run)
        self._finished(task, run)


def _renew_ranges(
    settings: Settings, selection: Selection, rows: Path, terminal: Terminal
) -> ExitCode:
    from mnistreport.catalog import load_catalog

    dataset = selection.dataset
    before = load_ranges(settings.reference, settings.profile, dataset.slug)
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
    for entry in ranges:
        line = _change(before.get((entry.experiment, entry.metric)), entry)
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
