"""A training of several replicas as compiled programs: JAX's own mapping of Keras' own steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from numpy.typing import NDArray

from mnistreport.experiment import Conv2D, Experiment
from mnistreport.training.backend import start_afresh
from mnistreport.training.feed import EVALUATION_BATCH, ImageSet
from mnistreport.training.keras_engine import build_model

#: Of Keras' JAX trainer: trainable, non-trainable, optimizer and metrics variables, each a list.
#: Here every array has the replicas in front.
State = tuple[list[Any], list[Any], list[Any], list[Any]]
#: By Keras' names, one value a replica.
Logs = dict[str, NDArray[np.float32]]


def together(experiment: Experiment) -> bool:
    """Whether all replicas go through each operation, and all steps of an epoch through one loop.

    Not for convolutions on the CPU: XLA has no fast one inside a loop there, nor one for several
    kernels at once.
    """
    convolutions = any(isinstance(layer, Conv2D) for layer in experiment.layers)
    return not convolutions or jax.default_backend() != "cpu"


def begin(experiment: Experiment, test: ImageSet, seeds: Sequence[int]) -> Any:
    """The model, built, and the state that its training starts from with each seed.

    Returns:
        The Keras model, with any weights, and the stacked `State`.
    """
    starts = []
    for seed in seeds:
        start_afresh(seed)
        model = build_model(experiment)
        starts.append((_values(model.trainable_variables), _values(model.non_trainable_variables)))
    # an evaluation builds the metrics; what the optimizer starts from is the same for every seed
    model.evaluate(test.x[:EVALUATION_BATCH], test.y[:EVALUATION_BATCH], verbose=0)
    model.reset_metrics()
    model.optimizer.build(model.trainable_variables)
    rest = (_values(model.optimizer.variables), _values(model.metrics_variables))
    states = [(*start, *rest) for start in starts]
    return model, jax.tree.map(lambda *values: jnp.stack(values), *states)


def _values(variables: Sequence[Any]) -> list[NDArray[Any]]:
    """Copies: the arrays themselves are gone once Keras has evaluated with them."""
    return [np.array(variable.value) for variable in variables]


class Program:
    """The compiled epochs and evaluations of a model, for states of any number of replicas.

    Args:
        model: built and compiled, on JAX; its own variables are not touched.
        train: the images it is trained on.
        test: those it is evaluated on.
        batch: images a training step.
        loop: compile all steps of an epoch as one loop, else each step for itself.
    """

    def __init__(
        self, model: keras.Model, train: ImageSet, test: ImageSet, batch: int, loop: bool
    ) -> None:
        self._batch = batch
        self._train = (jnp.asarray(train.x), jnp.asarray(train.y))
        self._test = (jnp.asarray(test.x), jnp.asarray(test.y))

        def train_step(state: State, rows: Any, x: Any, y: Any) -> tuple[State, Any]:
            logs, state = model.train_step(state, (x[rows], y[rows]))
            return state, logs

        def test_step(state: State, rows: Any, x: Any, y: Any) -> tuple[State, Any]:
            trainable, others, optimizer, metrics = state
            logs, (_, _, metrics) = model.test_step(
                (trainable, others, metrics), (x[rows], y[rows])
            )
            return (trainable, others, optimizer, metrics), logs

        self._train_steps = _steps(train_step, 0, loop)
        self._test_steps = _steps(test_step, None, loop)

    def train_epoch(self, state: State, order: NDArray[np.int64]) -> tuple[State, Logs]:
        """Train for an epoch.

        Args:
            state: given up: its arrays are gone afterwards.
            order: of the images, (replicas, images).

        Returns:
            The state after the epoch, and its figures.
        """
        return self._pass(self._train_steps, _reset(state), order, self._train, self._batch)

    def evaluate(self, state: State) -> Logs:
        """The figures on the test images, dropout off."""
        order = np.arange(len(self._test[0]))
        # the trained state stays; only its copy goes through the steps
        copy = jax.tree.map(jnp.copy, _reset(state))
        return self._pass(self._test_steps, copy, order, self._test, EVALUATION_BATCH)[1]

    def _pass(
        self, steps: Any, state: State, order: NDArray[np.int64], data: Any, batch: int
    ) -> tuple[State, Logs]:
        whole = order.shape[-1] // batch * batch
        logs: Any = {}
        for part, size in ((order[..., :whole], batch), (order[..., whole:], 0)):
            if part.shape[-1]:
                rows = part.reshape(*part.shape[:-1], -1, size or part.shape[-1])
                state, logs = steps(state, np.moveaxis(rows, -2, 0).astype(np.int32), *data)
        return state, {name: np.asarray(values) for name, values in logs.items()}


def _steps(step: Any, rows_axis: int | None, loop: bool) -> Any:
    """Steps for (state, rows of each step, x, y): the state after the last, and its figures.

    Args:
        step: of one replica.
        rows_axis: of the replicas in the rows of a step; None where they share them.
        loop: compile them as one loop.
    """
    mapped = jax.vmap(step, in_axes=(0, rows_axis, None, None))

    def whole(state: State, rows: Any, x: Any, y: Any) -> Any:
        state, logs = jax.lax.scan(lambda now, part: mapped(now, part, x, y), state, rows)
        return state, {name: values[-1] for name, values in logs.items()}

    single = jax.jit(mapped, donate_argnums=0)

    def one_after_the_other(state: State, rows: Any, x: Any, y: Any) -> Any:
        logs: Any = {}
        for part in rows:
            state, logs = single(state, part, x, y)
        return state, logs

    return jax.jit(whole, donate_argnums=0) if loop else one_after_the_other


def _reset(state: State) -> State:
    """The state with all metrics at 0, where Keras starts every epoch and evaluation."""
    return *state[:3], [jnp.zeros_like(values) for values in state[3]]
