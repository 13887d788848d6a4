"""The command line: options, commands, dispatch, exit codes. Heavy modules load inside commands."""

from mnistreport.cli.process import main, run

__all__ = ["main", "run"]
