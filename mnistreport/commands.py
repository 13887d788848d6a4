"""What `build`, `check`, `report` and `calibrate` do, one function each."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping
from contextlib import ExitStack
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
from mnistreport.conformance import (
    Conformance,
    check_backend,
    examine,
    failures,
    kept_conformance,
    plain,
)
from mnistreport.errors import ExitCode, UsageError
from mnistreport.keras_backend import chosen_backend
from mnistreport.reference import SHORT, Range, load_ranges, ranges_path, write_ranges
from mnistreport.results import Results
from mnistreport.run import Run
from mnistreport.selection import Selection, Settings, select
from mnistreport.task import Task
from mnistreport.terminal import Terminal


def build(
    settings: Settings,
    terminal: Terminal,
    output: Path | None,
    dry_run: bool,
    fail_on: str,
    conform: bool = True,
) -> ExitCode:
    """Train, judge, write the report; print its path."""
    selection = select(settings, terminal.say)
    if dry_run:
        return _dry_run(settings, selection, terminal)
    results = _train_and_judge("build", settings, selection, terminal, conform)
    return _write(results, settings, selection, terminal, output, fail_on)


def check(
    settings: Settings,
    terminal: Terminal,
    dry_run: bool,
    fail_on: str,
    form: str,
    conform: bool = True,
) -> ExitCode:
    """Train and judge; print the verdicts."""
    from mnistreport.outputs import headline, results_document

    selection = select(settings, terminal.say)
    if dry_run:
        return _dry_run(settings, selection, terminal)
    results = _train_and_judge("check", settings, selection, terminal, conform)
    if form == "json":
        print(json.dumps(results_document(results), indent=1, allow_nan=False))
    else:
        for verdict in results.verdicts:
            if verdict.reason and (terminal.verbose or verdict.verdict != "no reference"):
                where = f"{verdict.experiment} (seed {verdict.seed}) {verdict.metric}"
                print(f"{verdict.verdict}: {where}: {verdict.reason}")
        for line in failures(results.conformance):
            print(f"fail: {line}")
    terminal.tell(headline(results))
    return application.exit_code(results, fail_on)


def _train_and_judge(
    name: str, settings: Settings, selection: Selection, terminal: Terminal, conform: bool
) -> Results:
    with ExitStack() as stack:
        outcome = application.conformance_beside(settings, selection, conform, stack, terminal.say)
        with terminal.display() as display:
            found = application.train_selection(settings, selection, display)
        results = application.judge_runs(settings, selection, found, _command(name, settings))
        return replace(results, conformance=outcome())


def report(settings: Settings, terminal: Terminal, output: Path | None, fail_on: str) -> ExitCode:
    """Write the report from stored runs; print its path."""
    selection = select(settings, terminal.say)
    found = application.stored_selection(settings, selection, terminal.tell)
    results = application.judge_runs(settings, selection, found, _command("report", settings))
    results = replace(results, conformance=kept_conformance(settings.store))
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


def conformance(globs: tuple[str, ...], store: Path, form: str) -> ExitCode:
    """Examine Keras' rules anew, and print what was found."""
    check_backend(chosen_backend())
    found: Conformance = examine(store, globs)
    if form == "json":
        print(json.dumps(found.to_json(), indent=1, allow_nan=False))
    else:
        print("\n".join(plain(found)))
    return ExitCode.PASS if found.agrees else ExitCode.OUTSIDE_REFERENCE


# --- calibrate ---------------------------------------------------------------------------


def calibrate(settings: Settings, terminal: Terminal, replicas: int | None = None) -> ExitCode:
    """Train the calibration seeds, add their rows as they end, and make the ranges anew.

    Args:
        settings: of the command.
        terminal: to speak to.
        replicas: how many seeds of a Keras experiment are trained in one program, on JAX; 0 for
            what suits the device, None for one at a time. Seeds that have a row are left out.

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
    known = {row.identity for row in load_rows(path)}
    keep = _keeper(settings, selection, path, known)

    if replicas is not None:
        together = [task for task in selection.tasks if task.experiment.engine == "keras"]
        missing = [task for task in together if _identity(task) not in known]
        with terminal.display() as display:
            keeping = _Keeping(display, keep)
            application.train_replicas(settings, selection, missing, replicas, keeping)
        others = tuple(task for task in selection.tasks if task not in set(together))
        selection = replace(selection, tasks=others)
    with terminal.display() as display:
        found = application.train_selection(settings, selection, _Keeping(display, keep))
    for stored in found.values():
        keep(stored.run)
    return _renew_ranges(settings, selection, path, terminal)


def _keeper(
    settings: Settings, selection: Selection, path: Path, known: set[tuple[str, str, str, int]]
) -> Callable[[Run], None]:
    """What appends the row of a run to a file, and its curves where the profile has any."""
    profile = settings.profile
    beside = curves_path(settings.reference, profile, selection.dataset.slug)
    drawn = {row.identity for row in load_curves(beside)} if profile == "published" else set()

    def keep(run: Run) -> None:
        row = row_of(run)
        if run.status == "error":
            return
        if profile == "published" and row.identity not in drawn:
            drawn.add(row.identity)
            append_curves(beside, curves_of(run))
        if row.identity not in known:
            known.add(row.identity)
            append_row(path, row)

    return keep


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
