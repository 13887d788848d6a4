"""A listener that keeps each run at once, before anybody else hears of it."""

from __future__ import annotations

from collections.abc import Callable

from mnistreport.batch import Listener
from mnistreport.run import Run
from mnistreport.task import Task


class Keeping:
    """A listener that hands each finished run to `keep` before the one it wraps hears of it."""

    def __init__(self, inner: Listener, keep: Callable[[Task, Run], None]) -> None:
        self._keep = keep
        self.planned = inner.planned
        self.running = inner.running
        self.warn = inner.warn
        self._finished = inner.finished

    def finished(self, task: Task, run: Run) -> None:
        """A training ended."""
        self._keep(task, run)
        self._finished(task, run)
