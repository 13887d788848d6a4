"""What `build`, `check` and `report` do, one function each."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from mnistreport import application
from mnistreport.batch import Plan
from mnistreport.errors import ExitCode, UsageError
from mnistreport.ledger import not_reproduced
from mnistreport.results import Results
from mnistreport.selection import Selection, Settings, select
from mnistreport.terminal import Terminal
from mnistreport.verdict import Judgement


def build(
    settings: Settings,
    terminal: Terminal,
    output: Path | None,
    dry_run: bool,
    fail_on: str,
    strict_published: bool = False,
) -> ExitCode:
    """Train, judge, write the report; print its path."""
    selection = select(settings, terminal.say)
    if dry_run:
        return _dry_run(settings, selection, terminal)
    results = _train_and_judge("build", settings, selection, terminal)
    return _write(results, settings, selection, terminal, output, fail_on, strict_published)


def check(
    settings: Settings,
    terminal: Terminal,
    dry_run: bool,
    fail_on: str,
    form: str,
    strict_published: bool = False,
) -> ExitCode:
    """Train and judge; print the verdicts."""
    from mnistreport.outputs import headline, results_document

    selection = select(settings, terminal.say)
    if dry_run:
        return _dry_run(settings, selection, terminal)
    results = _train_and_judge("check", settings, selection, terminal)
    if strict_published:
        results = application.judge_documents(settings, results, claims=False)
    if form == "json":
        print(json.dumps(results_document(results), indent=1, allow_nan=False))
    else:
        for verdict in results.verdicts:
            if verdict.reason and (terminal.verbose or verdict.verdict != "no reference"):
                seeds = ", ".join(map(str, verdict.seeds))
                where = f"{verdict.experiment} (seed {seeds}) {verdict.metric}"
                print(f"{verdict.verdict}: {where}: {verdict.reason}")
        for drift in results.drift:
            if drift.reason:
                print(f"{Judgement.FAIL}: all experiments: {drift.reason}")
    terminal.tell(headline(results))
    _tell_not_reproduced(results, terminal, strict_published)
    return application.exit_code(results, fail_on, strict_published)


def _tell_not_reproduced(results: Results, terminal: Terminal, strict: bool) -> None:
    figures = not_reproduced(results.figures) if strict else []
    if figures:
        told = ", ".join(f"{figure.experiment} {figure.metric}" for figure in figures)
        terminal.tell(f"published figures not reproduced by our seeds: {told}")


def _train_and_judge(
    name: str, settings: Settings, selection: Selection, terminal: Terminal
) -> Results:
    with terminal.display() as display:
        found = application.train_selection(settings, selection, display)
    second = {}
    again = application.second_looks(settings, selection, found)
    if again is not None:
        from mnistreport.report.formats import listing

        names = listing([experiment.name for experiment in again.experiments])
        terminal.say(f"outside at a first look: {names}; a second look at fresh seeds decides")
        with terminal.display() as display:
            second = application.train_selection(settings, again, display)
    return application.judge_runs(settings, selection, found, second, _command(name, settings))


def report(settings: Settings, terminal: Terminal, output: Path | None, fail_on: str) -> ExitCode:
    """Write the report from stored runs; print its path."""
    selection = select(settings, terminal.say)
    found = application.stored_selection(settings, selection, terminal.tell)
    second = application.stored_second_looks(settings, selection, found, terminal.say)
    command = _command("report", settings)
    results = application.judge_runs(settings, selection, found, second, command)
    return _write(results, settings, selection, terminal, output, fail_on)


def _write(
    results: Results,
    settings: Settings,
    selection: Selection,
    terminal: Terminal,
    output: Path | None,
    fail_on: str,
    strict_published: bool = False,
) -> ExitCode:
    from mnistreport.outputs import headline, write_outputs

    results = application.judge_documents(settings, results)
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
    _tell_not_reproduced(results, terminal, strict_published)
    return application.exit_code(results, fail_on, strict_published)


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
    if not settings.second_look and name != "report":
        words += ["--no-second-look"]
    return shlex.join(words)
