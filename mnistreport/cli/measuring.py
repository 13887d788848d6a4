"""Commands that make the evidence and show it. Heavy modules load inside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mnistreport.cli import options
from mnistreport.cli.app import app, leave
from mnistreport.cli.given import reference_path, settings_of, store_path
from mnistreport.terminal import Terminal


@app.command(cls=options.OptionalCount)
def calibrate(
    globs: options.Globs = None,
    profile: options.ProfileName = options.PROFILE,
    dataset: options.DatasetName = "digits",
    data_dir: options.DataDir = None,
    catalog: options.Catalogs = None,
    seeds: Annotated[
        str, typer.Option(help="Calibration seeds; never the ones that are checked.")
    ] = "1000..1049",
    replicas: options.Replicas = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="Print the ranges' false-alarm rates; train nothing.")
    ] = False,
    store: options.StoreDir = None,
    reference: options.ReferenceDir = None,
    jobs: options.Jobs = 0,
    scheduler: options.Scheduler = None,
    resources: options.Resources = None,
    threads: options.Threads = 1,
    timeout: options.Timeout = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Make the ranges anew from many seeds, and print what changed."""
    from mnistreport import calibrating

    terminal = Terminal(quiet, verbose)
    settings = settings_of({**locals(), "seed": None, "retrain": False})
    if audit:
        leave(calibrating.print_audit(settings, terminal))
    leave(calibrating.calibrate(settings, terminal, replicas))


@app.command()
def conformance(
    globs: Annotated[
        list[str] | None,
        typer.Argument(metavar="GLOB", help="Rules, such as 'keras2/*'. Default: all."),
    ] = None,
    store: options.StoreDir = None,
    format: options.Format = options.TEXT,
) -> None:
    """Compare Keras' optimizers, losses and layers with a NumPy oracle, step by step."""
    from mnistreport import commands

    leave(commands.conformance(tuple(globs or ()), store_path(store), format.value))


@app.command()
def sensitivity(
    globs: options.Globs = None,
    faults: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="GLOB", help="Faults, such as 'adam*'. Default: all."),
    ] = None,
    table: Annotated[
        bool, typer.Option("--table", help="Print what is measured; train nothing.")
    ] = False,
    profile: options.ProfileName = options.PROFILE,
    dataset: options.DatasetName = "digits",
    data_dir: options.DataDir = None,
    seeds: Annotated[
        str, typer.Option(help="At least 10 seeds; never those of the calibration.")
    ] = "2000..2009",
    store: options.StoreDir = None,
    reference: options.ReferenceDir = None,
    jobs: options.Jobs = 0,
    threads: options.Threads = 1,
    timeout: options.Timeout = None,
    format: options.TableFormat = options.TABLE_TEXT,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Plant training faults, one at a time, and measure how often each check notices."""
    from mnistreport import sensitivity_command

    given = {**locals(), "seed": None, "catalog": None, "retrain": False}
    settings, terminal = settings_of(given), Terminal(quiet, verbose)
    chosen = tuple(faults or ())
    leave(sensitivity_command.sensitivity(settings, terminal, chosen, not table, format.value))


@app.command()
def bench(
    globs: options.Globs = None,
    profile: options.ProfileName = options.PUBLISHED,
    dataset: options.DatasetName = "auto",
    data_dir: options.DataDir = None,
    catalog: options.Catalogs = None,
    store: options.StoreDir = None,
    jobs: options.Jobs = 0,
    epochs: Annotated[
        int, typer.Option(min=0, help="Epochs of each training to time; 0: the suite whole.")
    ] = 3,
    plain: Annotated[
        bool, typer.Option("--plain/--no-plain", help="Time the documents' own way too.")
    ] = True,
    save: Annotated[Path | None, typer.Option(help="A JSON file for the figures.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="A file that --save wrote, to compare with.")
    ] = None,
    format: options.Format = options.TEXT,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Set the suite's time beside its arithmetic, the processor's peak and plain Keras."""
    from mnistreport.bench.command import Wanted
    from mnistreport.bench.command import bench as measure

    unasked = {"seed": None, "seeds": None, "reference": None, "threads": 1}
    wanted = Wanted(epochs, plain, save, baseline, format.value)
    leave(measure(settings_of({**locals(), **unasked}), Terminal(quiet, verbose), wanted))


@app.command()
def compare(
    before: Annotated[
        Path, typer.Argument(metavar="BEFORE", help="A results.json, or the folder of a report.")
    ],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The one to judge.")],
    reference: options.ReferenceDir = None,
    format: Annotated[
        options.ComparisonFormatChoice, typer.Option("--format", help="How it is written.")
    ] = options.COMPARISON_TEXT,
    lang: options.Language = options.ENGLISH,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file to write. Default: stdout.")
    ] = None,
) -> None:
    """Compare two builds, before and after an upgrade; exit 1 where the second is worse."""
    from mnistreport import compare_command

    folder = reference_path(reference)
    terminal = Terminal()
    leave(
        compare_command.compare(before, after, folder, format.value, lang.value, output, terminal)
    )


@app.command()
def figures(
    globs: options.Globs = None,
    catalog: options.Catalogs = None,
    reference: options.ReferenceDir = None,
    store: options.StoreDir = None,
    format: options.Format = options.TEXT,
) -> None:
    """Judge every published figure by the calibration seeds: reproduced, plausible, or not."""
    from mnistreport import documents

    folders = reference_path(reference), store_path(store)
    names = tuple(globs or ()), tuple(catalog or ())
    documents.show_figures(*names, *folders, format.value, Terminal())


@app.command()
def claims(
    catalog: options.Catalogs = None,
    reference: options.ReferenceDir = None,
    data_dir: options.DataDir = None,
    format: options.Format = options.TEXT,
) -> None:
    """Judge every claim of the documents by the calibration seeds, with the evidence."""
    from mnistreport import documents

    folder = reference_path(reference)
    documents.show_claims(tuple(catalog or ()), folder, data_dir, format.value, Terminal())
