"""What people see while trainings go on: a live display, or plain lines where there is none."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mnistreport.batch import Remaining
from mnistreport.pool import Progress
from mnistreport.run import Run
from mnistreport.task import Task

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Say = Callable[[str], None]
#: Seconds between two plain lines about the trainings that go on.
_PLAIN_EVERY = 30.0


def duration(seconds: float) -> str:
    """Seconds for people: "8.4 s", "3 min 05 s", "1 h 02 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def outcome(task: Task, run: Run) -> str:
    """One line about a training that ended."""
    if run.status != "ok":
        return f"{task.label}: {run.status}: {run.reason}"
    accuracy = run.metrics["test_accuracy"]
    return f"{task.label}: test accuracy {accuracy:.4f} in {duration(run.seconds)}"


class PlainLines:
    """A line for each training that ended, and now and then one for those that go on."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._count = 0
        self._total = 0
        self._remaining = Remaining(())
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to tidy."""

    def planned(self, stored: int, to_train: Sequence[Task]) -> None:
        """Say how much there is to do."""
        self._total = len(to_train)
        self._remaining = Remaining(to_train)
        self._say(f"{stored} runs from the store, {len(to_train)} to train")

    def running(self, progress: Mapping[Task, Progress]) -> None:
        """Say now and then what trains."""
        if not progress or time.monotonic() - self._last < _PLAIN_EVERY:
            return
        self._last = time.monotonic()
        parts = [f"{label} {p.done}/{p.total}" for label, _, p in _lines(progress)]
        left = self._remaining.seconds(progress)
        tail = f"; about {duration(left)} left" if left else ""
        self._say(f"training {', '.join(parts)}{tail}")

    def finished(self, task: Task, run: Run) -> None:
        """Say how a training ended."""
        self._count += 1
        self._remaining.finished(task)
        self._say(f"[{self._count}/{self._total}] {outcome(task, run)}")

    def warn(self, line: str) -> None:
        """Say it."""
        self._say(f"warning: {line}")


class LiveDisplay(PlainLines):
    """The same, with a table of what trains now beneath: epoch, accuracy so far, time left."""

    def __init__(self, say: Say, console: Console) -> None:
        super().__init__(say)
        from rich.live import Live

        # the table of a finished batch would only stand in the way of the verdict
        self._live = Live(console=console, transient=True, refresh_per_second=4)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def running(self, progress: Mapping[Task, Progress]) -> None:
        """Draw the table anew."""
        self._live.update(self._table(progress))

    def _table(self, progress: Mapping[Task, Progress]) -> RenderableType:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        left = self._remaining.seconds(progress)
        time_left = f", about {duration(left)} left" if left else ""
        table = Table.grid(padding=(0, 2))
        table.add_row(f"{self._count} of {self._total} trained{time_left}")
        for label, task, now in _lines(progress):
            accuracy = "" if now.accuracy != now.accuracy else f"{now.accuracy:.4f}"
            unit = "epoch" if task.experiment.epochs else "iteration"
            table.add_row(
                f"  {label}",
                ProgressBar(total=max(now.total, 1), completed=now.done, width=24),
                f"{unit} {now.done}/{now.total}",
                accuracy and f"test accuracy {accuracy}",
            )
        return table


def _lines(progress: Mapping[Task, Progress]) -> list[tuple[str, Task, Progress]]:
    """One line each, with the seeds of one program on one: (label, a task, its progress)."""
    together: dict[tuple[str, int], list[Task]] = {}
    for task, now in progress.items():
        together.setdefault((task.experiment.name, id(now)), []).append(task)
    lines = []
    for (name, _), tasks in together.items():
        label = tasks[0].label if len(tasks) == 1 else f"{name} ({len(tasks)} seeds)"
        lines.append((label, tasks[0], progress[tasks[0]]))
    return lines


def make_display(say: Say, console: Console, quiet: bool) -> PlainLines:
    """The display that fits: live on a terminal, lines elsewhere, warnings alone if quiet."""
    if quiet:
        return _Quiet(say)
    if console.is_terminal and sys.stderr.isatty():
        return LiveDisplay(say, console)
    return PlainLines(say)


class _Quiet(PlainLines):
    def planned(self, stored: int, to_train: Sequence[Task]) -> None:
        """Nothing."""

    def running(self, progress: Mapping[Task, Progress]) -> None:
        """Nothing."""

    def finished(self, task: Task, run: Run) -> None:
        """Only what went wrong."""
        if run.status == "error":
            self._say(outcome(task, run))
