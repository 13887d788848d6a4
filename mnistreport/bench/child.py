"""What the processes beside the pool do. The environment is set before anything reads it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnistreport.experiment import Experiment


def begin(environment: dict[str, str]) -> None:
    """Set variables; leave Ctrl-C to the parent, which stops this process itself.

    TensorFlow greets on stderr before it reads any setting. What fails comes back as an exception.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(environment)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)


def start() -> float:
    """Seconds that importing the engine and its framework takes in a new process."""
    began = time.perf_counter()
    import mnistreport.training.plain  # noqa: F401

    return time.perf_counter() - began


def peak() -> dict[str, dict[str, float]]:
    """`training.peak.measure_peak` here."""
    from mnistreport.training.peak import measure_peak

    return measure_peak()


def plain(experiment: Experiment, dataset: Path) -> tuple[float, list[float]]:
    """`training.plain.time_plain` here."""
    from mnistreport.training.plain import time_plain

    return time_plain(experiment, dataset)
