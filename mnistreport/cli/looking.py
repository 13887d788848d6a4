"""Commands that look things up: experiments, datasets, the environment."""

from __future__ import annotations

from typing import Annotated

import typer

from mnistreport.cli import options
from mnistreport.cli.app import app
from mnistreport.cli.given import reference_path, store_path
from mnistreport.terminal import Terminal

data_app = typer.Typer(help="Fetch, verify and describe datasets.", no_args_is_help=True)
app.add_typer(data_app, name="data")


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

    folders = reference_path(reference), store_path(store)
    inspection.show(name, tuple(catalog or ()), *folders, format.value)


@app.command()
def env(threads: options.Threads = 1, format: options.Format = options.TEXT) -> None:
    """Show versions, processor and folders."""
    from mnistreport import inspection

    inspection.show_environment(threads, format.value)


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
