"""Where lines go: the answer to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from mnistreport.progress import PlainLines


class Terminal:
    """stderr as commands use it.

    Args:
        quiet: only warnings and the verdict.
        verbose: details too.
    """

    def __init__(self, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose

    @cached_property
    def console(self) -> Console:
        """A rich console on stderr; it honours NO_COLOR itself, and CI means no live display."""
        from rich.console import Console

        return Console(
            stderr=True, highlight=False, force_terminal=False if os.environ.get("CI") else None
        )

    def say(self, line: str) -> None:
        """A line, unless quiet."""
        if not self.quiet:
            self.tell(line)

    def detail(self, line: str) -> None:
        """A line for who asked for details."""
        if self.verbose:
            self.tell(line)

    def tell(self, line: str) -> None:
        """A line, quiet or not. Above a live display it goes through the display's console."""
        if sys.stderr.isatty():
            self.console.print(line, markup=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def display(self) -> PlainLines:
        """A display of running trainings that fits this terminal."""
        from mnistreport.progress import make_display

        return make_display(self.tell, self.console, self.quiet)
