"""The command line as a process: dispatch, signals, exit codes."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import typer

from mnistreport.cli import (
    building,  # noqa: F401  (it registers commands, like the next two)
    looking,  # noqa: F401
    measuring,  # noqa: F401
    streams,
)
from mnistreport.cli.app import app
from mnistreport.configuration import read_configuration
from mnistreport.environment import now
from mnistreport.errors import BrokenPipe, ExitCode, MnistReportError, UsageError

#: Typer carries its own copy of click since 0.2x and names only this leaf of its errors.
_UsageError: Any = typer.BadParameter.__mro__[2]


class _TerminatedError(SystemExit):
    """SIGTERM came."""


def _on_term(number: int, frame: Any) -> None:
    raise _TerminatedError(int(ExitCode.TERMINATED))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    streams.install()
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


def _command(arguments: list[str] | None) -> int:
    now()  # what is no time would end a build, or NumPy's import, much later
    try:
        done = app(
            arguments,
            standalone_mode=False,
            prog_name="mnistreport",
            default_map=read_configuration(_working_folder()),
        )
    except typer.Exit as left:
        return int(left.exit_code)
    return int(done or 0)


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError(
            "the working folder does not exist any more", "Go to one that does."
        ) from None


def _dispatch(arguments: list[str] | None) -> int:
    try:
        code = _command(arguments)
        streams.flush()
        return code
    except _UsageError as error:
        error.show()
        return int(ExitCode.USAGE)
    except BrokenPipe as error:
        return int(error.exit_code)  # head, less: whoever left knows
    except MnistReportError as error:
        print(f"mnistreport: {error}", file=sys.stderr)
        return int(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        # releases of typer before 0.2x pass these on, later ones return 130 themselves
        return int(ExitCode.INTERRUPTED)
