"""The Keras engine: an experiment as a Keras model, trained by `Model.fit`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment, Layer
from mnistreport.messages import Message
from mnistreport.observed import Observed
from mnistreport.run import LayerRow
from mnistreport.training import losses
from mnistreport.training.backend import COMPILATION, start_afresh
from mnistreport.training.callbacks import Batches, Observer, make_callback
from mnistreport.training.feed import (
    EVALUATION_BATCH,
    ImageSet,
    for_evaluate,
    for_fit,
    for_predict,
    prepare_sets,
)
from mnistreport.training.losses import (
    BinaryAccuracyOfLogits,
    make_loss,
    takes_logits,
    takes_probabilities,
)
from mnistreport.training.numpy_network import softmax
from mnistreport.training.optimizers import make_optimizer
from mnistreport.training.trained import Recorder, Told, Trained, not_finite, weight_norm

History = dict[str, list[float]]
#: Test images that a trained model is asked of as it is in training.
_ASKED = 100
#: What rounding may make of an output, and dropout exceeds by far.
_APART = 1e-3


def train_keras(
    experiment: Experiment,
    dataset: Dataset,
    seed: int,
    told: Told,
    recorder: Recorder | None = None,
    parts: KerasParts | None = None,
) -> Trained:
    """Train with `Model.fit`, as the document did.

    Args:
        experiment: one of the keras engine, profile applied.
        dataset: the images.
        seed: of the weights, the order of the images and the dropout masks.
        told: called after each epoch.
        recorder: takes down each batch and epoch; a batch is then a call of its own, which costs
            time and changes no result.
        parts: others than the faithful ones.
    """
    parts = parts or KerasParts()
    train, test = parts.sets(experiment, dataset)
    model, history, observer = fit(experiment, train, test, seed, told, recorder, parts)
    return outcome_of(model, experiment, train, test, history, observer)


def fit(
    experiment: Experiment,
    train: ImageSet,
    test: ImageSet,
    seed: int,
    told: Told,
    recorder: Recorder | None = None,
    parts: KerasParts | None = None,
) -> tuple[keras.Model, History, Observer]:
    """The trained model, its history, one value an epoch by Keras' names, and what was observed."""
    parts = parts or KerasParts()
    start_afresh(seed)
    model = parts.model(experiment)
    if recorder is not None:
        model.steps_per_execution = 1
    epochs = experiment.epochs or 0
    observer = Observer(lambda done, accuracy: told(done, epochs, accuracy))
    callbacks = [observer, *(make_callback(spec) for spec in experiment.callbacks)]
    if recorder is not None:
        callbacks.append(Batches(recorder, experiment.train, experiment.batch_size))
    fitted = model.fit(
        **parts.feed(train, test, experiment.batch_size, seed),
        epochs=epochs,
        callbacks=callbacks,
        verbose=0,
    )
    history = {name: [float(v) for v in curve] for name, curve in fitted.history.items()}
    return model, history, observer


def build_model(experiment: Experiment) -> keras.Model:
    """The compiled Keras model of an experiment; weights start from Keras' global seed."""
    logits = takes_logits(experiment.loss)
    layers = [_make_layer(layer, experiment) for layer in experiment.layers]
    if logits:
        layers[-1].activation = keras.activations.linear
    elif takes_probabilities(experiment.loss) and _activation(experiment.layers[-1]) == "softmax":
        layers[-1].activation = losses.softmax
    model = keras.Sequential([keras.Input(experiment.input_shape), *layers])
    sparse = experiment.loss.kind.startswith("Sparse")
    accuracies: dict[str, Any] = {
        # by class: the name "accuracy" means another metric with each loss and each release
        "accuracy": keras.metrics.SparseCategoricalAccuracy
        if sparse
        else keras.metrics.CategoricalAccuracy,
        "binary_accuracy": BinaryAccuracyOfLogits
        if logits and not experiment.loss.from_logits
        else keras.metrics.BinaryAccuracy,
    }
    model.compile(
        loss=make_loss(experiment.loss),
        optimizer=make_optimizer(experiment.optimizer),
        metrics=[accuracies[name](name=name) for name in experiment.metrics],
        **COMPILATION,
    )
    return model


@dataclass(frozen=True)
class KerasParts:
    """What a training is put together from: where `mnistreport.training.planting` plants faults.

    Attributes:
        sets: the training and the test images, as the experiment takes them.
        model: the compiled model.
        feed: the images among `Model.fit`'s arguments, from both sets, batch size and seed.
    """

    sets: Callable[[Experiment, Dataset], tuple[ImageSet, ImageSet]] = prepare_sets
    model: Callable[[Experiment], keras.Model] = build_model
    feed: Callable[[ImageSet, ImageSet, int, int], dict[str, Any]] = for_fit


def _activation(layer: Layer) -> str:
    """Of a layer that has one."""
    return str(getattr(layer, "activation", ""))


def _make_layer(layer: Layer, experiment: Experiment) -> keras.layers.Layer:
    arguments = layer.model_dump(exclude={"kind"})
    if layer.kind in ("Dense", "Conv2D"):
        initializer = experiment.kernel_initializer
        arguments["kernel_initializer"] = getattr(keras.initializers, initializer.kind)(
            **initializer.model_dump(exclude={"kind"}, exclude_none=True)
        )
        arguments["bias_initializer"] = "zeros"
    return getattr(keras.layers, layer.kind)(**arguments)


def outcome_of(
    model: keras.Model,
    experiment: Experiment,
    train: ImageSet,
    test: ImageSet,
    history: History,
    observer: Observer,
) -> Trained:
    """Measure a trained model.

    Args:
        model: with the weights that the training left.
        experiment: what it was trained by.
        train: the images it was trained on.
        test: those it is tested on.
        history: one value an epoch by Keras' names.
        observer: of the training.
    """
    metrics: dict[str, float] = {}
    outputs = None
    if observer.diverged_at is not None:
        told = Message(
            "the training loss became NaN or infinite in epoch {n}", n=observer.diverged_at
        )
        reason = str(told)
    else:
        metrics = _measure(model, train, test, history)
        reason = not_finite(metrics)
    if not reason:
        outputs = np.asarray(model.predict(**for_predict(test), verbose=0))
    observed = Observed(
        steps=int(keras.ops.convert_to_numpy(model.optimizer.iterations)), images=len(train)
    )
    if outputs is not None:
        observed = replace(
            observed,
            called_loss=_loss_of_calls(model, experiment, test),
            dropping=_dropping(model, outputs, test),
            rectified_least=_least(model, experiment, test),
        )
    return Trained(
        status="diverged" if reason else "ok",
        reason=reason,
        metrics=metrics,
        history=history,
        layers=_layer_table(model),
        weight_norms={
            layer.name: weight_norm(_kernels(layer)) for layer in model.layers if _kernels(layer)
        },
        probabilities=None if outputs is None else _probabilities(outputs, experiment),
        epoch_seconds=observer.seconds,
        observed=observed,
    )


def _measure(
    model: keras.Model,
    train: ImageSet,
    test: ImageSet,
    history: History,
) -> dict[str, float]:
    measured = {}
    for part, images in (("test", test), ("train", train)):
        found = model.evaluate(**for_evaluate(images), verbose=0, return_dict=True)
        measured[f"{part}_accuracy"] = _share(found["accuracy"], len(images))
        if "binary_accuracy" in found:
            share = _share(found["binary_accuracy"], 10 * len(images))
            measured[f"{part}_binary_accuracy"] = share
        measured[f"{part}_loss"] = float(found["loss"])
    weights = [np.asarray(weight) for layer in model.layers for weight in layer.get_weights()]
    return {
        **measured,
        "first_epoch_loss": history["loss"][0] if history["loss"] else math.nan,
        "final_loss": history["loss"][-1] if history["loss"] else math.nan,
        "weight_norm": weight_norm([weight for weight in weights if weight.ndim > 1]),
        "bias_norm": weight_norm([weight for weight in weights if weight.ndim == 1]),
    }


def _share(accuracy: float, count: int) -> float:
    """An accuracy that Keras rounded to float32, as the exact share of `count` that it is."""
    return round(accuracy * count) / count if math.isfinite(accuracy) else accuracy


def _loss_of_calls(model: keras.Model, experiment: Experiment, test: ImageSet) -> float:
    """The mean loss of what the model gives when it is called on the test images."""
    loss = make_loss(experiment.loss)
    total = 0.0
    for part in test.parts(EVALUATION_BATCH):
        # not of what `predict` gave, which has lost the logits that Keras' losses look for
        total += float(loss(part.y, model(part.x, training=False))) * len(part)
    return total / len(test)


def _dropping(model: keras.Model, outputs: NDArray[Any], test: ImageSet) -> bool | None:
    """Whether the model, as it is in training, gives other outputs than it predicted."""
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers):
        return None  # which is another in training too
    some = next(test.parts(_ASKED))
    moved = np.asarray(model(some.x, training=True))
    return not np.allclose(moved, outputs[: len(some)], rtol=_APART, atol=_APART)


def _least(model: keras.Model, experiment: Experiment, test: ImageSet) -> float | None:
    """The least output of the layers that should have a ReLU."""
    x = next(test.parts(_ASKED)).x
    found = []
    for spec, layer in zip(experiment.layers, model.layers, strict=False):
        x = layer(x, training=False)
        if _activation(spec) == "relu":
            found.append(float(np.min(x)))
    return min(found, default=None)


def _probabilities(outputs: NDArray[Any], experiment: Experiment) -> NDArray[np.float32]:
    if takes_logits(experiment.loss):
        outputs = softmax(outputs.astype(np.float64))
    return np.asarray(outputs, dtype=np.float32)


def _kernels(layer: keras.layers.Layer) -> list[NDArray[np.float32]]:
    return [np.asarray(weight) for weight in layer.get_weights() if weight.ndim > 1]


def _layer_table(model: keras.Model) -> tuple[LayerRow, ...]:
    return tuple(
        LayerRow(
            name=layer.name,
            kind=type(layer).__name__,
            output_shape=tuple(int(size) for size in layer.output.shape[1:]),
            parameters=layer.count_params(),
        )
        for layer in model.layers
    )
