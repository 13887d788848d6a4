"""The command line: parse, dispatch, print, exit codes. Heavy modules load inside commands."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mnistreport import cli_options as options
from mnistreport.configuration import read_configuration
from mnistreport.errors import ExitCode, MnistReportError
from mnistreport.terminal import Terminal

#: Typer carries its own copy of click since 0.2x and names only this leaf of its errors.
_UsageError: Any = typer.BadParameter.__mro__[2]
app = typer.Typer(
    name="mnistreport",
    help="Train what MNIST tutorials published, compare it with stored ranges, report it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(help="Fetch, verify and describe datasets.", no_args_is_help=True)
app.add_typer(data_app, name="data")


def _version(asked: bool) -> None:
    if asked:
        from mnistreport.environment import package_version

        print(f"mnistreport {package_version('mnistreport')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train what MNIST tutorials published, compare it with stored ranges, report it."""


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
    settings = options.settings(locals())
    _leave(commands.build(settings, terminal, output, dry_run))


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
    settings = options.settings(locals())
    _leave(commands.check(settings, terminal, dry_run, format.value))


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
    settings = options.settings(locals())
    _leave(commands.report(settings, terminal, output))


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

    settings = options.settings(locals())
    _leave(commands.export(settings, Terminal(quiet, verbose), mlflow))


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
    settings = options.settings({**locals(), "seed": None, "retrain": False})
    if audit:
        _leave(calibrating.print_audit(settings, terminal))
    _leave(calibrating.calibrate(settings, terminal, replicas))


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

    _leave(commands.conformance(tuple(globs or ()), options.store_path(store), format.value))


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
    settings, terminal = options.settings(given), Terminal(quiet, verbose)
    chosen = tuple(faults or ())
    _leave(sensitivity_command.sensitivity(settings, terminal, chosen, not table, format.value))


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
    _leave(measure(options.settings({**locals(), **unasked}), Terminal(quiet, verbose), wanted))


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

    folder = options.reference_path(reference)
    terminal = Terminal()
    _leave(
        compare_command.compare(before, after, folder, format.value, lang.value, output, terminal)
    )


@app.command("list")
def list_experiments(
    globs: options.Globs = None,
    catalog: options.Catalogs = None,
    format: options.Format = options.TEXT,
) -> None:
    """List the experiments of the catalog."""
    from mnistreport import inspection

    inspection.list_experiments(tuple(globs or ()), tuple(catalog or ()), format.value)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="An experiment, such as wide/adam.")],
    catalog: options.Catalogs = None,
    reference: options.ReferenceDir = None,
    store: options.StoreDir = None,
    format: options.Format = options.TEXT,
) -> None:
    """Show one experiment: its recipe, its published figures judged, its ranges."""
    from mnistreport import inspection

    folders = options.reference_path(reference), options.store_path(store)
    inspection.show(name, tuple(catalog or ()), *folders, format.value)


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

    folders = options.reference_path(reference), options.store_path(store)
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

    folder = options.reference_path(reference)
    documents.show_claims(tuple(catalog or ()), folder, data_dir, format.value, Terminal())


@app.command()
def env(threads: options.Threads = 1, format: options.Format = options.TEXT) -> None:
    """Show versions, processor and folders."""
    from mnistreport import inspection

    inspection.show_environment(threads, format.value)


@app.command("open")
def open_last(
    only_print: Annotated[
        bool, typer.Option("--print", help="Print its path, and open nothing.")
    ] = False,
    store: options.StoreDir = None,
) -> None:
    """Open the report that was written last in the browser."""
    from mnistreport import commands

    _leave(commands.open_report(options.store_path(store), only_print))


@data_app.command("fetch")
def data_fetch(
    data_dir: options.DataDir = None, quiet: options.Quiet = False, verbose: options.Verbose = False
) -> None:
    """Download MNIST, verified, into the user's cache or --data-dir."""
    from mnistreport.data import fetch_mnist

    print(fetch_mnist(data_dir, Terminal(quiet, verbose).say))


@data_app.command("verify")
def data_verify(
    dataset: options.DatasetName = "mnist",
    data_dir: options.DataDir = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Check a dataset's files byte for byte; nothing is downloaded."""
    from mnistreport.data import load_dataset

    found = load_dataset(dataset, data_dir, offline=True, say=Terminal(quiet, verbose).say)
    print(f"{found.name}: {found.origin}: sha256 {found.sha256}")


@data_app.command("info")
def data_info(
    dataset: options.DatasetName = "auto",
    data_dir: options.DataDir = None,
    format: options.Format = options.TEXT,
) -> None:
    """Describe a dataset: where it came from, how many images of each class."""
    from mnistreport import inspection

    inspection.show_dataset(dataset, data_dir, format.value)


def _leave(code: ExitCode) -> None:
    raise typer.Exit(int(code))


class _TerminatedError(SystemExit):
    """SIGTERM came."""


def _on_term(number: int, frame: Any) -> None:
    raise _TerminatedError(int(ExitCode.TERMINATED))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    signal.signal(signal.SIGTERM, _on_term)
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; its last line on stderr says why it is not 0."""
    try:
        code = _dispatch(arguments)
    except _TerminatedError:
        code = int(ExitCode.TERMINATED)
    if code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
        how = ExitCode(code).name.lower()
        print(f"mnistreport: {how}; finished runs are in the store", file=sys.stderr)
    return code


def _dispatch(arguments: list[str] | None) -> int:
    try:
        done = app(
            arguments,
            standalone_mode=False,
            prog_name="mnistreport",
            default_map=read_configuration(Path.cwd()),
        )
        return int(done or 0)
    except typer.Exit as left:
        return int(left.exit_code)
    except _UsageError as error:
        error.show()
        return int(ExitCode.USAGE)
    except MnistReportError as error:
        print(f"mnistreport: {error}", file=sys.stderr)
        return int(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        # releases of typer before 0.2x pass these on, later ones return 130 themselves
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # the reader of our output (head, less) has gone: nobody is left to tell
        sys.stderr.close()
        return int(ExitCode.PASS)
