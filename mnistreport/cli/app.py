"""The Typer application that commands register with."""

from __future__ import annotations

from typing import Annotated

import typer

from mnistreport.errors import ExitCode

app = typer.Typer(
    name="mnistreport",
    help="Train what MNIST tutorials published, compare it with stored ranges, report it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def leave(code: ExitCode) -> None:
    """End a command with its exit code."""
    raise typer.Exit(int(code))


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
