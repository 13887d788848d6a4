"""What `build`, `check`, `report` and `conformance` do, one function each."""

from __future__ import annotations

import json
import os
import shlex
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from mnistreport import application
from mnistreport.baseline import compare_with
from mnistreport.batch import Plan
from mnistreport.comparison import Build, load_build
from mnistreport.conformance import check_backend, examine, failures, kept_conformance, plain
from mnistreport.errors import ExitCode, UsageError
from mnistreport.history import NAME, PastBuild, append_history, read_history
from mnistreport.judging import Judge, exit_code, judge_documents, judge_runs
from mnistreport.keras_backend import chosen_backend
from mnistreport.last_report import last_report, remember_report
from mnistreport.ledger import not_reproduced
from mnistreport.messages import listing
from mnistreport.results import Results
from mnistreport.selection import Selection, Settings, select
from mnistreport.store import StoredRun
from mnistreport.task import Task
from mnistreport.terminal import Terminal
from mnistreport.verdict import Judgement


def build(settings: Settings, terminal: Terminal, output: Path | None, dry_run: bool) -> ExitCode:
    """Train, judge, write the report; print its path."""
    selection = select(settings, terminal.say)
    if dry_run:
        return _dry_run(settings, selection, terminal)
    earlier = _baseline(settings)
    results = _train_and_judge("build", settings, selection, terminal)
    results = _write(results, settings, selection, terminal, output, earlier)
    _keep_history(results, _history_path(output), terminal)
    _tell_github(results, terminal)
    return _end(results, settings, terminal)


def check(settings: Settings, terminal: Terminal, dry_run: bool, form: str) -> ExitCode:
    """Train and judge; print the verdicts."""
    from mnistreport.outputs import results_document

    selection = select(settings, terminal.say)
    if dry_run:
        return _dry_run(settings, selection, terminal)
    results = _train_and_judge("check", settings, selection, terminal)
    if settings.strict_published:
        results = judge_documents(settings, results, claims=False)
    if form == "json":
        print(json.dumps(results_document(results), indent=1, allow_nan=False))
    else:
        _print_verdicts(results, terminal.verbose)
    _tell_github(results, terminal)
    return _end(results, settings, terminal)


def _print_verdicts(results: Results, verbose: bool) -> None:
    for verdict in results.verdicts:
        if verdict.reason and (verbose or verdict.verdict is not Judgement.NO_REFERENCE):
            seeds = ", ".join(map(str, verdict.seeds))
            where = f"{verdict.experiment} (seed {seeds}) {verdict.metric}"
            print(f"{verdict.verdict}: {where}: {verdict.reason}")
    drifts = [f"all experiments: {drift.reason}" for drift in results.drift if drift.reason]
    for line in (*drifts, *failures(results.conformance)):
        print(f"{Judgement.FAIL}: {line}")


def _end(results: Results, settings: Settings, terminal: Terminal) -> ExitCode:
    """Say what a command came to."""
    from mnistreport.outputs import headline

    terminal.tell(str(headline(results)))
    figures = not_reproduced(results.figures) if settings.strict_published else []
    if figures:
        told = ", ".join(f"{figure.experiment} {figure.metric}" for figure in figures)
        terminal.tell(f"published figures not reproduced by our seeds: {told}")
    return exit_code(results, settings)


def _train_and_judge(
    name: str, settings: Settings, selection: Selection, terminal: Terminal
) -> Results:
    with ExitStack() as stack:
        conformance = application.conformance_beside(settings, selection, stack, terminal.say)
        found = _train(settings, selection, terminal)
        judge = Judge(settings, selection.dataset)
        again = application.second_looks(settings, selection, found, judge)
        second: dict[Task, StoredRun] = {}
        if again is not None:
            names = listing(experiment.name for experiment in again.experiments)
            terminal.say(f"outside at a first look: {names}; a second look at fresh seeds decides")
            second = _train(settings, again, terminal)
        command = _command(name, settings)
        results = judge_runs(settings, selection, found, second, judge, command)
        return replace(results, conformance=conformance())


def _train(settings: Settings, selection: Selection, terminal: Terminal) -> dict[Task, StoredRun]:
    with terminal.display() as display:
        return application.train_selection(settings, selection, display)


def report(settings: Settings, terminal: Terminal, output: Path | None) -> ExitCode:
    """Write the report from stored runs; print its path."""
    selection = select(settings, terminal.say)
    earlier = _baseline(settings)
    results = _stored_results("report", settings, selection, terminal)
    results = _write(results, settings, selection, terminal, output, earlier)
    return _end(results, settings, terminal)


def export(settings: Settings, terminal: Terminal, mlflow: str) -> ExitCode:
    """Log stored runs to MLflow, a folder or an address that it knows; print how many."""
    from mnistreport.tracking import log_runs

    selection = select(settings, terminal.say)
    results = _stored_results("export", settings, selection, terminal)
    logged, there = log_runs(results, mlflow, terminal.detail)
    print(f"{logged} runs logged to {mlflow}, {there} were there already")
    return ExitCode.PASS


def _stored_results(
    name: str, settings: Settings, selection: Selection, terminal: Terminal
) -> Results:
    found = application.stored_selection(settings, selection, terminal.tell)
    judge = Judge(settings, selection.dataset)
    second = application.stored_second_looks(settings, selection, found, judge, terminal.say)
    command = _command(name, settings)
    results = judge_runs(settings, selection, found, second, judge, command)
    return replace(results, conformance=kept_conformance(settings.store))


def open_report(store: Path, only_print: bool) -> ExitCode:
    """Open the last report in the browser; print its path."""
    page = last_report(store)
    print(page)
    if not only_print:
        import webbrowser

        if not webbrowser.open(page.as_uri()):
            raise UsageError("no browser could be started", f"Open {page.as_uri()} in yours.")
    return ExitCode.PASS


def conformance(globs: tuple[str, ...], store: Path, form: str) -> ExitCode:
    """Examine Keras' rules anew, and print what was found."""
    check_backend(chosen_backend())
    found = examine(store, globs)
    if form == "json":
        print(json.dumps(found.to_json(), indent=1, allow_nan=False))
    else:
        print("\n".join(plain(found)))
    return ExitCode.PASS if found.agrees else ExitCode.OUTSIDE_REFERENCE


def _write(
    results: Results,
    settings: Settings,
    selection: Selection,
    terminal: Terminal,
    output: Path | None,
    earlier: Build | None,
) -> Results:
    """Write the outputs and print the page's path; returns the results as they were written."""
    from mnistreport.outputs import write_outputs

    results = judge_documents(settings, results)
    results = replace(results, history=_history(results, _history_path(output), terminal))
    folder = output or Path("reports") / f"{settings.profile}-{selection.dataset.slug}"
    if earlier is not None:
        results = compare_with(earlier, results, folder, settings.reference)
    try:
        written = write_outputs(results, folder, settings.language)
    except OSError as error:
        raise UsageError(
            f"the report cannot be written to {folder}: {error.strerror or error}",
            "Name another folder with --output.",
        ) from None
    for path in written.values():
        terminal.detail(f"wrote {path}")
    remember_report(settings.store, written["index.html"])
    print(written["index.html"])
    return results


def _baseline(settings: Settings) -> Build | None:
    """Read before anything is trained or written: it may be what the folder holds now.

    Raises:
        ResultsError: it cannot be read.
    """
    return None if settings.baseline is None else load_build(settings.baseline)


def _history_path(output: Path | None) -> Path:
    """Beside our reports; in a folder that somebody named, and nowhere else."""
    return (output or Path("reports")) / NAME


def _history(results: Results, path: Path, terminal: Terminal) -> tuple[PastBuild, ...]:
    """The earlier builds that these results can be set beside."""
    return tuple(
        build
        for build in read_history(path, terminal.tell)
        if (build.profile, build.dataset_sha256) == (results.profile, results.dataset.sha256)
    )


def _keep_history(results: Results, path: Path, terminal: Terminal) -> None:
    from mnistreport.outputs.past import past_build

    try:
        append_history(path, past_build(results))
    except OSError as error:
        terminal.tell(f"warning: {path} was not added to: {error.strerror or error}")


def _tell_github(results: Results, terminal: Terminal) -> None:
    """On GitHub Actions: annotations on stderr, and the summary where GitHub wants it."""
    from mnistreport.outputs.github import append_summary, github_annotations
    from mnistreport.outputs.summary import summary_markdown

    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in github_annotations(results):
            terminal.tell(line)
    wanted = os.environ.get("GITHUB_STEP_SUMMARY")
    if wanted:
        try:
            append_summary(Path(wanted), summary_markdown(results))
        except OSError as error:
            reason = error.strerror or error
            terminal.tell(f"warning: the step summary {wanted} was not added to: {reason}")


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
    if not settings.second_look and name in ("build", "check"):
        words += ["--no-second-look"]
    return shlex.join(words)
