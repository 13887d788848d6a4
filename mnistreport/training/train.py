"""One task, trained: the engine chosen, the outcome dressed as a `Run`."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from mnistreport.dataset import Dataset
from mnistreport.environment import describe_blas, describe_environment
from mnistreport.experiment import Dropout
from mnistreport.keras_backend import Backend
from mnistreport.observed import Observed
from mnistreport.run import Run
from mnistreport.store import probabilities_sha256
from mnistreport.task import Task
from mnistreport.training.trained import share_leaked, worst_class_accuracy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mnistreport.experiment import Experiment
    from mnistreport.training.trained import Recorder, Told, Trained

    Engine = Callable[..., Trained]


def train(
    task: Task, dataset: Dataset, told: Told, recorder: Recorder | None = None
) -> tuple[Run, NDArray[np.float32] | None]:
    """Train a task in this process.

    Args:
        task: what to train.
        dataset: the images the task names.
        told: called as the training goes on.
        recorder: takes down the figures of each batch and epoch.

    Returns:
        The run, and the class probabilities of the test images where it did not diverge.
    """
    engine = engine_for(task)
    made = _known_here(task)
    planted: dict[str, Any] = {"experiment": task.experiment, "dataset": dataset}
    if task.fault:
        from mnistreport.training.planting import plant

        planted = plant(task.fault, task.experiment, dataset, task.seed)
        made |= {"fault": task.fault}
    began = time.perf_counter()
    trained = engine(**planted, seed=task.seed, told=told, recorder=recorder)
    run = _dressed(task, trained, planted["dataset"], time.perf_counter() - began, made)
    return run, trained.probabilities


def train_together(tasks: Sequence[Task], dataset: Dataset, told: Told) -> list[Run]:
    """Train the seeds of one experiment as one program, on JAX; each run's seconds are its share.

    Args:
        tasks: of the keras engine on JAX, alike but for their seeds.
        dataset: the images the tasks name.
        told: called after each epoch of all of them.
    """
    engine_for(tasks[0])
    from mnistreport.training.replicas import train_replicas

    began = time.perf_counter()
    group = train_replicas(tasks[0].experiment, dataset, [task.seed for task in tasks], told)
    share = (time.perf_counter() - began) / len(tasks)
    made = {**_known_here(tasks[0]), "replicas": str(len(tasks))}
    return [
        _dressed(task, trained, dataset, share, made)
        for task, trained in zip(tasks, group, strict=True)
    ]


def _dressed(
    task: Task, trained: Trained, dataset: Dataset, seconds: float, made: dict[str, str]
) -> Run:
    about = _about(task)
    about["environment"] |= made
    metrics = dict(trained.metrics)
    if trained.probabilities is not None:
        labels = dataset.y_test[: task.experiment.test]
        metrics["worst_class_accuracy"] = worst_class_accuracy(trained.probabilities, labels)
    return Run(
        **about,
        status=trained.status,
        reason=trained.reason,
        metrics=metrics,
        history=trained.history,
        layers=trained.layers,
        weight_norms=trained.weight_norms,
        parameters=trained.parameters,
        probabilities_sha256=probabilities_sha256(trained.probabilities),
        seconds=seconds,
        epoch_seconds=trained.epoch_seconds,
        observed=_observed(task.experiment, trained, dataset),
    )


def _observed(experiment: Experiment, trained: Trained, dataset: Dataset) -> Observed:
    """What the engine saw beside what the recipe asks for; `dataset` is what it was given."""
    # callbacks may end a training early
    epochs = len(trained.epoch_seconds) if experiment.callbacks else experiment.epochs or 0
    steps = experiment.steps(epochs)
    losses = trained.history.get("val_loss")
    return replace(
        trained.observed,
        steps_due=steps,
        images_due=experiment.train,
        drawn_due=steps * experiment.batch_size if experiment.engine == "numpy" else None,
        leaked=share_leaked(dataset.x_train, dataset.x_test),
        dropping_due=any(isinstance(layer, Dropout) and layer.rate for layer in experiment.layers),
        kept_loss=losses[experiment.kept_epoch(trained.history)] if losses else None,
    )


def _known_here(task: Task) -> dict[str, str]:
    """What only the process that trains can tell of its environment."""
    blas = {"blas": describe_blas()}
    if task.experiment.engine != "keras":
        return blas
    from mnistreport.training.backend import describe_device

    return blas | describe_device()


def engine_for(task: Task) -> Engine:
    """The engine of a task, its framework imported once a process and made repeatable."""
    return _engine(task.experiment.engine, task.threads, task.backend)


def failed(task: Task, reason: str) -> Run:
    """The run of a training that crashed, was killed or took too long."""
    return Run(
        **_about(task),
        status="error",
        reason=reason,
    )


def _about(task: Task) -> dict[str, Any]:
    """What every run of a task says of itself, however it ended."""
    backend = task.backend if task.experiment.engine == "keras" else ""
    return {
        "experiment": task.experiment.name,
        "profile": task.profile,
        "dataset": task.dataset,
        "dataset_sha256": task.dataset_sha256,
        "recipe": task.experiment.recipe(),
        "seed": task.seed,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": describe_environment(task.threads, backend),
    }


@cache
def _engine(name: str, threads: int, backend: Backend) -> Engine:
    if name == "numpy":
        from mnistreport.training.numpy_engine import train_numpy

        return train_numpy
    from mnistreport.training.backend import prepare_backend
    from mnistreport.training.keras_engine import train_keras

    prepare_backend(threads, backend)
    return train_keras
