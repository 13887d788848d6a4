"""`mnistreport sensitivity`: faults planted and trained, and the table of what notices them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace

from mnistreport import application
from mnistreport.calibration import load_rows as load_calibration
from mnistreport.calibration import row_of
from mnistreport.calibration import rows_path as calibration_path
from mnistreport.catalog import load_catalog
from mnistreport.conformance import check_backend, running
from mnistreport.conformance.suite import rules_of
from mnistreport.environment import package_version
from mnistreport.errors import ExitCode, NothingSelected, UsageError
from mnistreport.experiment import Engine
from mnistreport.faults import CLEAN, Fault, choose_faults
from mnistreport.keeping import Keeping
from mnistreport.keras_backend import FRAMEWORKS
from mnistreport.reference import check_may_change, may_change
from mnistreport.run import Run
from mnistreport.selection import Selection, Settings, select
from mnistreport.sensitivity import (
    FaultRow,
    Ruling,
    append_row,
    append_ruling,
    assess,
    load_rows,
    load_rulings,
    rows_path,
    rulings_path,
)
from mnistreport.sensitivity.table import (
    lines,
    markdown,
    summary,
    table_of,
    table_path,
    to_json,
    write_table,
)
from mnistreport.tables import print_json, print_table
from mnistreport.task import Task
from mnistreport.terminal import Terminal


def sensitivity(
    settings: Settings,
    terminal: Terminal,
    faults: Sequence[str],
    train: bool,
    form: str,
) -> ExitCode:
    """Measure what is not measured yet, and print the table.

    Args:
        settings: of the command; its globs narrow the experiments of each fault.
        terminal: to speak to.
        faults: globs; none for all.
        train: or print the table of what is measured.
        form: text, markdown or json.

    Raises:
        UsageError: trainings, under CI or in the installed package.
        NothingSelected: nothing is measured.
    """
    chosen = choose_faults(faults)
    selection = select(settings, terminal.say)
    if train:
        check_backend(settings.backend)
        _check_seeds(settings, selection)
        check_may_change(settings.reference, "sensitivity", "--table prints what is measured.")
        _rule(settings, selection, chosen, terminal)
        _train(settings, selection, chosen, terminal)
    catalog = load_catalog(settings.catalogs)
    found = assess(settings.reference, settings.profile, selection.dataset, catalog, chosen)
    if not found.found:
        raise NothingSelected(
            f"no fault is measured on {selection.dataset.name} with the {settings.profile} profile",
            "Leave out --table to measure.",
        )
    table = table_of(found)
    if not faults and not settings.globs and may_change(settings.reference):
        path = table_path(settings.reference, settings.profile, selection.dataset.slug)
        write_table(path, table)
    if form == "json":
        print_json(to_json(found))
    elif form == "markdown":
        print(markdown(table), end="")
    else:
        print_table(lines(table))
        print("\n".join(["", *summary(found)]))
    return ExitCode.PASS


def _check_seeds(settings: Settings, selection: Selection) -> None:
    """Seeds that the ranges were made from would be inside them by their making.

    Raises:
        UsageError: there are some.
    """
    path = calibration_path(settings.reference, settings.profile, selection.dataset.slug)
    calibrated = {row.seed for row in load_calibration(path)}
    if both := sorted(calibrated & set(settings.seeds or ())):
        raise UsageError(
            f"--seeds took {both[0]}, one of those that the ranges were made from",
            f"They are {min(calibrated)} to {max(calibrated)}: take others.",
        )


def _train(
    settings: Settings, selection: Selection, faults: Sequence[Fault], terminal: Terminal
) -> None:
    path = rows_path(settings.reference, settings.profile, selection.dataset.slug)
    known = set(load_rows(path))

    def keep(task: Task, run: Run) -> None:
        row = FaultRow(task.fault or CLEAN.key, row_of(run), run.observed)
        if run.status != "error" and row.identity not in known:
            known.add(row.identity)
            append_row(path, row)

    tasks = [
        replace(task, fault="" if fault is CLEAN else fault.key)
        for fault in faults
        for task in selection.tasks
        if task.experiment.name in fault.experiments or fault is CLEAN
    ]
    missing = tuple(
        task for task in tasks if (task.fault or CLEAN.key, *task.row_identity) not in known
    )
    if len(missing) < len(tasks):
        terminal.say(f"{len(tasks) - len(missing)} trainings have a row in {path}")
    with terminal.display() as display:
        found = application.train_selection(
            settings, replace(selection, tasks=missing), Keeping(display, keep)
        )
    for task, stored in found.items():
        keep(task, stored.run)
    for task, stored in found.items():
        if stored.run.status == "error":
            terminal.tell(f"{task.label}: {stored.run.reason}")


def _rule(
    settings: Settings, selection: Selection, faults: Sequence[Fault], terminal: Terminal
) -> None:
    """Ask the conformance suite of each fault that it could see, in each engine that has it."""
    path = rulings_path(settings.reference)
    known = load_rulings(path)
    versions = ", ".join(f"{name} {package_version(name)}" for name in FRAMEWORKS["tensorflow"])
    engines = {task.experiment.name: task.experiment.engine for task in selection.tasks}
    missing = [
        (fault, engine)
        for fault in faults
        if fault.in_rules
        for engine in sorted({engines[name] for name in fault.experiments if name in engines})
        if (fault.key, engine, versions) not in known
    ]
    if not missing:
        return
    terminal.say(f"examining the engines' rules {len(missing)} times, each with one fault planted")

    def examine(fault: Fault, engine: Engine) -> Ruling:
        with running(settings.store, rules_of(engine), fault.key) as outcome:
            found = outcome()
        broken = next((finding for finding in found.findings if not finding.agrees), None)
        ruling = Ruling(fault.key, engine, versions, found.created[:10])
        if broken is None or broken.deviation is None:
            return ruling
        return replace(
            ruling,
            rule=broken.rule,
            what=broken.deviation.what,
            relative=f"{broken.deviation.relative:.2g}",
            cause=broken.cause,
        )

    with ThreadPoolExecutor(settings.jobs) as pool:
        examined = [pool.submit(examine, *one) for one in missing]
        try:
            for done in as_completed(examined):
                ruling = done.result()
                append_ruling(path, ruling)
                told = ruling.rule or "every rule is kept"
                terminal.say(f"{ruling.fault} in {ruling.engine}: {told}")
        finally:
            for waiting in examined:
                waiting.cancel()
