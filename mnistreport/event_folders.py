"""Where TensorBoard's event files of a training lie. Imports nothing of TensorFlow."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mnistreport.errors import UsageError
from mnistreport.task import Task


def event_folder(root: Path, task: Task) -> Path:
    """The folder of a training, one for an experiment and seed, whatever its name holds.

    Args:
        root: the folder that TensorBoard is pointed at.
        task: the training.
    """
    name = re.sub(r"[^A-Za-z0-9_.+-]", "__", task.experiment.name)
    return root / re.sub(r"^\.+", "__", name) / f"seed-{task.seed}"


def event_suffix(task: Task) -> str:
    """How the names of a training's event files end: they know what they were made of."""
    return f".{task.key}"


def has_event_files(root: Path, task: Task) -> bool:
    """Whether event files of this very training are there."""
    pattern = f"*/events.out.tfevents.*{event_suffix(task)}"
    return any(event_folder(root, task).glob(pattern))


def check_writable(root: Path) -> None:
    """Fail early, before hours of training.

    Raises:
        UsageError: no event file can be written there.
    """
    probe = root / f".writable-{os.getpid()}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"TensorBoard's folder {root} cannot be written to: {error.strerror or error}",
            "Name another one with --tensorboard.",
        ) from None
