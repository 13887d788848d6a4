"""Commands that train, judge and write reports. Heavy modules load inside them."""

from __future__ import annotations

from typing import Annotated

import typer

from mnistreport.cli import options
from mnistreport.cli.app import app, leave
from mnistreport.cli.given import settings_of, store_path
from mnistreport.terminal import Terminal


@app.command()
def build(
    globs: options.Globs = None,
    profile: options.ProfileName = options.PROFILE,
    dataset: options.DatasetName = "auto",
    data_dir: options.DataDir = None,
    catalog: options.Catalogs = None,
    seed: options.Seed = None,
    seeds: options.Seeds = None,
    store: options.StoreDir = None,
    reference: options.ReferenceDir = None,
    jobs: options.Jobs = 0,
    scheduler: options.Scheduler = None,
    resources: options.Resources = None,
    threads: options.Threads = 1,
    timeout: options.Timeout = None,
    retrain: options.Retrain = False,
    second_look: options.SecondLook = True,
    conformance: options.Conform = True,
    tensorboard: options.TensorBoard = None,
    output: options.Output = None,
    baseline: options.Baseline = None,
    lang: options.Language = options.ENGLISH,
    dry_run: options.DryRun = False,
    fail_on: options.FailOn = options.FAIL_ON,
    strict_published: options.StrictPublished = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Train what is missing, judge it, and write the report."""
    from mnistreport import commands

    terminal = Terminal(quiet, verbose)
    settings = settings_of(locals())
    leave(commands.build(settings, terminal, output, dry_run))


@app.command()
def check(
    globs: options.Globs = None,
    profile: options.ProfileName = options.PROFILE,
    dataset: options.DatasetName = "auto",
    data_dir: options.DataDir = None,
    catalog: options.Catalogs = None,
    seed: options.Seed = None,
    seeds: options.Seeds = None,
    store: options.StoreDir = None,
    reference: options.ReferenceDir = None,
    jobs: options.Jobs = 0,
    scheduler: options.Scheduler = None,
    resources: options.Resources = None,
    threads: options.Threads = 1,
    timeout: options.Timeout = None,
    retrain: options.Retrain = False,
    second_look: options.SecondLook = True,
    conformance: options.Conform = True,
    tensorboard: options.TensorBoard = None,
    dry_run: options.DryRun = False,
    fail_on: options.FailOn = options.FAIL_ON,
    strict_published: options.StrictPublished = False,
    format: options.Format = options.TEXT,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Train what is missing and judge it, without a report."""
    from mnistreport import commands

    terminal = Terminal(quiet, verbose)
    settings = settings_of(locals())
    leave(commands.check(settings, terminal, dry_run, format.value))


@app.command()
def report(
    globs: options.Globs = None,
    profile: options.ProfileName = options.PROFILE,
    dataset: options.DatasetName = "auto",
    data_dir: options.DataDir = None,
    catalog: options.Catalogs = None,
    seed: options.Seed = None,
    seeds: options.Seeds = None,
    store: options.StoreDir = None,
    reference: options.ReferenceDir = None,
    threads: options.Threads = 1,
    output: options.Output = None,
    baseline: options.Baseline = None,
    lang: options.Language = options.ENGLISH,
    fail_on: options.FailOn = options.FAIL_ON,
    strict_published: options.StrictPublished = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write the report again from stored runs; nothing is trained."""
    from mnistreport import commands

    terminal = Terminal(quiet, verbose)
    settings = settings_of(locals())
    leave(commands.report(settings, terminal, output))


@app.command()
def export(
    mlflow: Annotated[
        str,
        typer.Option("--mlflow", metavar="TARGET", help="A folder, or the address of a server."),
    ],
    globs: options.Globs = None,
    profile: options.ProfileName = options.PROFILE,
    dataset: options.DatasetName = "auto",
    data_dir: options.DataDir = None,
    catalog: options.Catalogs = None,
    seed: options.Seed = None,
    seeds: options.Seeds = None,
    store: options.StoreDir = None,
    reference: options.ReferenceDir = None,
    threads: options.Threads = 1,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Log stored runs to MLflow, each once; nothing is trained."""
    from mnistreport import commands

    settings = settings_of(locals())
    leave(commands.export(settings, Terminal(quiet, verbose), mlflow))


@app.command("open")
def open_last(
    only_print: Annotated[
        bool, typer.Option("--print", help="Print its path, and open nothing.")
    ] = False,
    store: options.StoreDir = None,
) -> None:
    """Open the report that was written last in the browser."""
    from mnistreport import commands

    leave(commands.open_report(store_path(store), only_print))
