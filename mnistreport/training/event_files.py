"""TensorBoard's event files of one training, by TensorFlow's own writer."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import tensorflow as tf

from mnistreport.event_folders import event_folder, event_suffix
from mnistreport.run import Run
from mnistreport.task import Task
from mnistreport.training.backend import prepare_tensorflow

#: Events that wait in memory; more are written without being asked.
_QUEUE = 100_000


class EventFiles:
    """Scalars as document C wrote them: one folder for the epochs, one for the batches.

    `epoch/` has the history by its own names, with the epoch, from 0, or document D's iteration as
    step; `batch/` has `batch_loss` and the like of each batch alone. Event files of an earlier
    training of the same experiment and seed give way. A disk that refuses ends the writing, never
    the training: `failure` is then why, in one line, and what was written is taken away again.

    Args:
        root: the folder that TensorBoard is pointed at.
        task: the training.
    """

    def __init__(self, root: Path, task: Task) -> None:
        self.failure = ""
        self._folder = event_folder(root, task)
        self._suffix = event_suffix(task)
        self._writers: dict[str, Any] = {}
        self._batches: list[Mapping[str, float]] = []
        self._written = 0
        # else the first write would choose the threads of every later training in this process
        prepare_tensorflow(task.threads)

    def __enter__(self) -> Self:
        self._attempt(self._clear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._attempt(self._close)

    def batch(self, values: Mapping[str, float]) -> None:
        """Note the figures of the next batch."""
        if not self.failure:
            self._batches.append(values)

    def epoch(self, step: int, values: Mapping[str, float]) -> None:
        """Write the figures of an epoch, and those of the batches until now."""

        def write() -> None:
            self._write_batches()
            self._write("epoch", step, values)
            self._flush()

        self._attempt(write)

    def _clear(self) -> None:
        for path in self._folder.glob("*/events.out.tfevents.*"):
            path.unlink()

    def _close(self) -> None:
        self._write_batches()
        self._flush()
        for writer in self._writers.values():
            writer.close()

    def _write_batches(self) -> None:
        for values in self._batches:
            self._write("batch", self._written, {f"batch_{n}": v for n, v in values.items()})
            self._written += 1
        self._batches.clear()

    def _write(self, part: str, step: int, values: Mapping[str, float]) -> None:
        if part not in self._writers:
            self._writers[part] = tf.summary.create_file_writer(
                str(self._folder / part), max_queue=_QUEUE, filename_suffix=self._suffix
            )
        summary = tf.compat.v1.Summary()
        for name, value in values.items():
            summary.value.add(tag=name, simple_value=value)
        with self._writers[part].as_default():
            tf.summary.experimental.write_raw_pb(summary.SerializeToString(), step=step)

    def _flush(self) -> None:
        for part, writer in self._writers.items():
            writer.flush()
            # TensorFlow writes on into a file that was deleted, and says nothing
            if not any((self._folder / part).glob(f"*{self._suffix}")):
                raise FileNotFoundError("the folder has gone")

    def _attempt(self, write: Callable[[], None]) -> None:
        if self.failure:
            return
        try:
            write()
        except (OSError, tf.errors.OpError) as error:
            self.failure = _reason(error)
            self._give_up()

    def _give_up(self) -> None:
        """Leave no half of a training behind, nor let it wait in memory."""
        self._batches.clear()
        for writer in self._writers.values():
            with contextlib.suppress(OSError, tf.errors.OpError):
                writer.close()
        for path in self._folder.glob(f"*/*{self._suffix}"):
            with contextlib.suppress(OSError):
                path.unlink()


def _reason(error: OSError | tf.errors.OpError) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    # TensorFlow says "{{function_node ...}} path; reason\n\tmore [Op:...]"
    first = str(error.message).partition("\n")[0].rpartition("; ")[2]
    return re.sub(r"\{\{.*?\}\} ?| ?\[Op:.*", "", first).strip() or type(error).__name__


def write_stored(root: Path, runs: Mapping[Task, Run]) -> str:
    """Write the epochs of finished runs: they know their history, and nothing of their batches.

    Returns:
        Why it could not be done, in one line; empty where it was.
    """
    for task, run in runs.items():
        with EventFiles(root, task) as files:
            for step, values in epochs_of(run.history):
                files.epoch(step, values)
        if files.failure:
            return files.failure
    return ""


def epochs_of(history: Mapping[str, list[float]]) -> list[tuple[int, dict[str, float]]]:
    """A history as steps: the epoch, from 0, or the iteration where there is one."""
    curves = {name: curve for name, curve in history.items() if name != "iteration"}
    count = max(map(len, curves.values()), default=0)
    steps = history.get("iteration", range(count))
    return [
        (int(step), {name: curve[i] for name, curve in curves.items() if i < len(curve)})
        for i, step in enumerate(steps)
    ]
