"""The NumPy engine: document D's training loop around `numpy_network`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistreport.dataset import Dataset
from mnistreport.experiment import Dense, Experiment, Optimizer
from mnistreport.observed import Observed
from mnistreport.run import LayerRow
from mnistreport.training.numpy_network import Network, Update, softmax, update_rule
from mnistreport.training.trained import Recorder, Told, Trained, not_finite, weight_norm

#: Images in one evaluation product: few enough that what a layer makes of them stays in the cache.
_CHUNK = 500


#: Test images whose hidden outputs are looked at.
_ASKED = 100


@dataclass(frozen=True)
class _Images:
    """x (n, 784) float32, scaled; labels (n,)."""

    x: NDArray[np.float32]
    labels: NDArray[np.uint8]


#: Takes one step along gradients, in the order of the network's parameters.
Updating = Callable[[Sequence[NDArray[np.float64]]], None]


def _update(spec: Optimizer, parameters: Sequence[NDArray[np.float64]]) -> Updating:
    return Update(update_rule(spec), parameters)


def _draw(random: np.random.RandomState, count: int, size: int) -> NDArray[np.int64]:
    return random.choice(count, size)


@dataclass(frozen=True)
class NumpyParts:
    """What a training is put together from: where `mnistreport.training.planting` plants faults.

    Attributes:
        network: from sizes, the standard deviation of the first weights, and the generator.
        update: from the optimizer and the parameters, what takes a step along gradients.
        draw: the numbers (batch,) of the next batch's images, of so many.
    """

    network: Callable[[tuple[int, ...], float, np.random.RandomState], Network] = Network
    update: Callable[[Optimizer, Sequence[NDArray[np.float64]]], Updating] = _update
    draw: Callable[[np.random.RandomState, int, int], NDArray[np.int64]] = _draw


def train_numpy(
    experiment: Experiment,
    dataset: Dataset,
    seed: int,
    told: Told,
    recorder: Recorder | None = None,
    parts: NumpyParts | None = None,
) -> Trained:
    """Train as document D did: one legacy generator for weights, then batches.

    Args:
        experiment: one of the numpy engine, profile applied.
        dataset: the images.
        seed: of the legacy generator (the document's own is 1).
        told: called after each evaluation.
        recorder: takes down the loss of each iteration, and each evaluation.
        parts: others than the faithful ones.
    """
    parts = parts or NumpyParts()
    divisor = experiment.pixel_divisor
    train = _images(dataset.x_train, dataset.y_train, experiment.train, divisor)
    test = _images(dataset.x_test, dataset.y_test, experiment.test, divisor)
    random = np.random.RandomState(seed)
    stddev = experiment.kernel_initializer.stddev
    assert stddev is not None, "the record promises a stddev for the numpy engine"
    network = parts.network((784, *_units(experiment)), stddev, random)
    # a training that diverges overflows on its way; the losses tell, the warnings only repeat it
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        history, losses, drawn, seconds = _loop(
            network, experiment, train, test, random, told, recorder, parts
        )
        return _outcome(network, experiment, train, test, history, losses, drawn, seconds)


def _images(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, divisor: float
) -> _Images:
    x = images[:count].reshape(count, -1).astype(np.float32) / np.float32(divisor)
    return _Images(x, np.asarray(labels[:count]))


def _units(experiment: Experiment) -> list[int]:
    return [layer.units for layer in experiment.layers if isinstance(layer, Dense)]


def _loop(
    network: Network,
    experiment: Experiment,
    train: _Images,
    test: _Images,
    random: np.random.RandomState,
    told: Told,
    recorder: Recorder | None,
    parts: NumpyParts,
) -> tuple[dict[str, list[float]], list[float], int, list[float]]:
    """History by evaluation, loss by iteration, images drawn, seconds by evaluation interval."""
    iterations, every = experiment.iterations or 0, experiment.evaluate_every or 1
    update = parts.update(experiment.optimizer, network.parameters)
    history: dict[str, list[float]] = {"iteration": []}
    losses: list[float] = []
    seconds: list[float] = []
    drawn = 0
    began = time.perf_counter()
    for iteration in range(iterations):
        batch = parts.draw(random, len(train.x), experiment.batch_size)
        loss, gradients = network.gradients(train.x[batch].astype(np.float64), train.labels[batch])
        losses.append(loss)
        drawn += len(batch)
        if recorder is not None:
            recorder.batch({"loss": loss})
        update(gradients)
        if iteration % every == 0:
            measured = _evaluate(network, train, test)
            history["iteration"].append(float(iteration))
            for name, value in measured.items():
                history.setdefault(name, []).append(value)
            seconds.append(time.perf_counter() - began)
            began = time.perf_counter()
            told(iteration, iterations, measured["test_accuracy"])
            if recorder is not None:
                recorder.epoch(iteration, measured)
            if not math.isfinite(loss) or not math.isfinite(measured["train_loss"]):
                break
    return history, losses, drawn, seconds


def _evaluate(network: Network, train: _Images, test: _Images) -> dict[str, float]:
    train_loss, train_accuracy = _measure(_probabilities(network, train.x), train.labels)
    test_loss, test_accuracy = _measure(_probabilities(network, test.x), test.labels)
    return {
        "train_accuracy": train_accuracy,
        "test_accuracy": test_accuracy,
        "train_loss": train_loss,
        "test_loss": test_loss,
    }


def _probabilities(network: Network, x: NDArray[np.float32]) -> NDArray[np.float64]:
    chunks = [x[start : start + _CHUNK] for start in range(0, len(x), _CHUNK)]
    return np.concatenate([softmax(network.logits(chunk.astype(np.float64))) for chunk in chunks])


def _measure(probabilities: NDArray[np.float64], labels: NDArray[np.uint8]) -> tuple[float, float]:
    right = probabilities[np.arange(len(labels)), labels]
    loss = float(-np.mean(np.log(np.maximum(right, np.finfo(np.float64).tiny))))
    return loss, float(np.sum(probabilities.argmax(axis=1) == labels)) / len(labels)


def _least(network: Network, test: _Images) -> float | None:
    hidden = network.hidden(test.x[:_ASKED].astype(np.float64))
    return min((float(outputs.min()) for outputs in hidden), default=None)


def _outcome(
    network: Network,
    experiment: Experiment,
    train: _Images,
    test: _Images,
    history: dict[str, list[float]],
    losses: list[float],
    drawn: int,
    seconds: list[float],
) -> Trained:
    every = experiment.evaluate_every or 1
    metrics = {
        **_evaluate(network, train, test),
        "first_epoch_loss": float(np.mean(losses[:every])),
        "final_loss": float(np.mean(losses[-every:])),
        "weight_norm": weight_norm([affine.weights for affine in network.affines]),
        "bias_norm": weight_norm([affine.biases for affine in network.affines]),
    }
    reason = not_finite(metrics)
    return Trained(
        status="diverged" if reason else "ok",
        reason=reason,
        metrics=metrics,
        history=history,
        layers=tuple(
            LayerRow(f"affine_{i}", "Dense", (len(a.biases),), a.weights.size + a.biases.size)
            for i, a in enumerate(network.affines, 1)
        ),
        weight_norms={
            f"affine_{i}": weight_norm([a.weights]) for i, a in enumerate(network.affines, 1)
        },
        probabilities=None if reason else _probabilities(network, test.x).astype(np.float32),
        epoch_seconds=seconds,
        observed=Observed(
            steps=len(losses),
            images=len(train.x),
            drawn=drawn,
            rectified_least=_least(network, test),
        ),
    )
