"""Two processes that train the same experiments: one as a worker does, one as the documents did.

They live side by side for a whole session, so that a figure of the one stands beside the other's
of the same minute. Threads are fixed when a framework starts, which is why these are processes.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from tempfile import TemporaryDirectory
from typing import Any, Literal

Way = Literal["ours", "plain"]
#: Training steps that are timed together.
STEPS = 100


class Side:
    """One of the processes; `ours` has a worker's environment and one arithmetic thread."""

    def __init__(self, way: Way) -> None:
        from mnistreport.workers import worker_environment

        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._scratch = TemporaryDirectory(prefix="mnistreport-")
        environment = worker_environment(1, self._scratch.name)
        if way == "plain":
            environment = {name: environment[name] for name in ("TF_CPP_MIN_LOG_LEVEL", "TMPDIR")}
        self._process = context.Process(target=_serve, args=(other, way, environment), daemon=True)
        self._process.start()
        other.close()

    def prepare(self, name: str) -> None:
        """Build and compile an experiment (quick, on digits) and go through both timed calls."""
        self._ask("prepare", name)

    def steps(self) -> None:
        """100 training steps of what was prepared."""
        self._ask("steps")

    def epoch(self) -> None:
        """One epoch with its validation; for NumPy, up to the next evaluation and that one."""
        self._ask("epoch")

    def evaluate(self) -> None:
        """Loss and accuracy of the training images."""
        self._ask("evaluate")

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._scratch.cleanup()

    def _ask(self, *words: str) -> None:
        self._pipe.send(words)
        answer = self._pipe.recv()
        if isinstance(answer, BaseException):
            raise answer


def _serve(pipe: Connection, way: Way, environment: dict[str, str | None]) -> None:
    for name, value in environment.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    prepared: dict[str, Callable[[], Any]] = {}
    while True:
        word, *names = pipe.recv()
        try:
            if word == "prepare":
                prepared = _prepare(names[0], way)
                for call in prepared.values():
                    call()
            else:
                prepared[word]()
            pipe.send(None)
        except Exception as error:
            pipe.send(error)


def _prepare(name: str, way: Way) -> dict[str, Callable[[], Any]]:
    from mnistreport.catalog import load_catalog
    from mnistreport.data import load_dataset

    digits = load_dataset("digits")
    experiment = load_catalog()[name].for_profile("quick", digits.sizes)
    if experiment.engine == "numpy":
        return _numpy_calls(experiment, digits, way)
    return _keras_calls(experiment, digits, way)


def _keras_calls(experiment: Any, digits: Any, way: Way) -> dict[str, Callable[[], Any]]:
    import keras
    import numpy as np

    from mnistreport.training.backend import prepare_backend
    from mnistreport.training.feed import ImageSet, for_evaluate, for_fit, prepare_sets
    from mnistreport.training.keras_engine import build_model

    if way == "ours":
        _once(prepare_backend)
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    model = build_model(experiment)
    size = experiment.batch_size
    train, test = prepare_sets(experiment, digits)
    rows = np.arange(STEPS * size) % len(train)
    many = ImageSet(train.pixels[rows], train.y[rows], train.divisor)
    if way == "ours":
        steps = {"x": for_fit(many, test, size, 0)["x"]}
        epoch, evaluation = for_fit(train, test, size, 0), for_evaluate(train)
    else:
        model.steps_per_execution = 1
        steps = {"x": many.x, "y": many.y, "batch_size": size}
        whole = {"x": train.x, "y": train.y}
        epoch = {**whole, "batch_size": size, "validation_data": (test.x, test.y)}
        evaluation = whole
    return {
        "steps": lambda: model.fit(**steps, verbose=0),
        "epoch": lambda: model.fit(**epoch, verbose=0),
        "evaluate": lambda: model.evaluate(**evaluation, verbose=0),
    }


def _numpy_calls(experiment: Any, digits: Any, way: Way) -> dict[str, Callable[[], Any]]:
    from mnistreport.training.numpy_engine import train_numpy
    from mnistreport.training.plain import plain_numpy

    def trained(iterations: int, every: int) -> Callable[[], Any]:
        cut = experiment.model_copy(update={"iterations": iterations, "evaluate_every": every})
        if way == "ours":
            return lambda: train_numpy(cut, digits, 0, lambda *told: None)
        return lambda: plain_numpy(cut, digits)

    # one evaluation, of the untrained network, is among the steps
    every = experiment.evaluate_every
    return {"steps": trained(STEPS, STEPS), "epoch": trained(every + 1, every)}


_done: set[Callable[..., Any]] = set()


def _once(prepare: Callable[[int], None]) -> None:
    if prepare not in _done:
        prepare(1)
        _done.add(prepare)
