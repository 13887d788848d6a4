"""One task, trained: the engine chosen, the outcome dressed as a `Run`."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from mnistreport.dataset import Dataset
from mnistreport.environment import describe_environment
from mnistreport.run import Run
from mnistreport.store import probabilities_sha256
from mnistreport.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from mnistreport.experiment import Experiment
    from mnistreport.training.trained import Told, Trained

    Engine = Callable[[Experiment, Dataset, int, Told], Trained]


def train(task: Task, dataset: Dataset, told: Told) -> tuple[Run, NDArray[np.float32] | None]:
    """Train a task in this process.

    Args:
        task: what to train.
        dataset: the images the task names.
        told: called as the training goes on.

    Returns:
        The run, and the class probabilities of the test images where it did not diverge.
    """
    engine = engine_for(task)
    began = time.perf_counter()
    trained = engine(task.experiment, dataset, task.seed, told)
    run = Run(
        **_about(task),
        status=trained.status,
        reason=trained.reason,
        metrics=trained.metrics,
        history=trained.history,
        layers=trained.layers,
        weight_norms=trained.weight_norms,
        parameters=trained.parameters,
        probabilities_sha256=probabilities_sha256(trained.probabilities),
        seconds=time.perf_counter() - began,
        epoch_seconds=trained.epoch_seconds,
    )
    return run, trained.probabilities


def engine_for(task: Task) -> Engine:
    """The engine of a task, its framework imported once a process and made repeatable."""
    return _engine(task.experiment.engine, task.threads)


def failed(task: Task, reason: str) -> Run:
    """The run of a training that crashed, was killed or took too long."""
    return Run(
        **_about(task),
        status="error",
        reason=reason,
    )


def _about(task: Task) -> dict[str, Any]:
    """What every run of a task says of itself, however it ended."""
    return {
        "experiment": task.experiment.name,
        "profile": task.profile,
        "dataset": task.dataset,
        "dataset_sha256": task.dataset_sha256,
        "recipe": task.experiment.recipe(),
        "seed": task.seed,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": describe_environment(task.threads),
    }


@cache
def _engine(name: str, threads: int) -> Engine:
    if name == "numpy":
        from mnistreport.training.numpy_engine import train_numpy

        return train_numpy
    from mnistreport.training.keras_engine import prepare_tensorflow, train_keras

    prepare_tensorflow(threads)
    return train_keras
