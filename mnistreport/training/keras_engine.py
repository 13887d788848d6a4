"""The Keras engine: an experiment as a Keras model, trained by `Model.fit`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment, Layer
from mnistreport.run import LayerRow
from mnistreport.training.callbacks import Observer, make_callback
from mnistreport.training.losses import make_loss
from mnistreport.training.numpy_network import softmax
from mnistreport.training.optimizers import make_optimizer
from mnistreport.training.trained import Told, Trained, not_finite, weight_norm

#: Steps that one call of the compiled training function takes. It changes no result, only the
#: number of returns to Python; 100 is where the gain levels off. Keras unrolled them before 3.7.
_LOOPS = tuple(int(part) for part in keras.__version__.split(".")[:2]) >= (3, 7)
_STEPS_PER_EXECUTION = 100 if _LOOPS else 1
#: Images in one evaluation step: as many as a worker's memory bears with the CNN's feature maps.
_EVALUATION_BATCH = 1000


def prepare_tensorflow(threads: int) -> None:
    """Make TensorFlow repeatable in this process; call it once, before the first training.

    Args:
        threads: for the arithmetic of one training. Convolutions sum in an order that depends on
            it, so it is part of what a result is made of.
    """
    # each model is traced anew, which TensorFlow takes for a mistake and says so
    tf.get_logger().setLevel("ERROR")
    tf.config.set_visible_devices([], "GPU")
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
    # ~/.keras/keras.json may hold others
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")


def train_keras(experiment: Experiment, dataset: Dataset, seed: int, told: Told) -> Trained:
    """Train with `Model.fit`, as the document did.

    Args:
        experiment: one of the keras engine, profile applied.
        dataset: the images.
        seed: of the weights, the order of the images and the dropout masks.
        told: called after each epoch.
    """
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    train, test = prepare_sets(experiment, dataset)
    model = build_model(experiment)
    epochs = experiment.epochs or 0
    observer = Observer(lambda done, accuracy: told(done, epochs, accuracy))
    fitted = model.fit(
        train.x,
        train.y,
        batch_size=experiment.batch_size,
        epochs=epochs,
        shuffle=True,
        validation_data=(test.x, test.y),
        validation_batch_size=_EVALUATION_BATCH,
        callbacks=[observer, *(make_callback(spec) for spec in experiment.callbacks)],
        verbose=0,
    )
    history = {name: [float(v) for v in curve] for name, curve in fitted.history.items()}
    return _outcome(model, experiment, train, test, history, observer)


@dataclass(frozen=True)
class _Set:
    """x float32 of the experiment's input shape; y one-hot float32 (n, 10), or labels (n,)."""

    x: NDArray[np.float32]
    y: NDArray[Any]


def prepare_sets(experiment: Experiment, dataset: Dataset) -> tuple[_Set, _Set]:
    """The training and the test images as an experiment takes them."""
    return (
        _prepare(experiment, dataset.x_train, dataset.y_train, experiment.train),
        _prepare(experiment, dataset.x_test, dataset.y_test, experiment.test),
    )


def _prepare(
    experiment: Experiment, images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int
) -> _Set:
    x = images[:count].reshape(count, *experiment.input_shape).astype(np.float32)
    if experiment.pixel_divisor != 1:
        x /= np.float32(experiment.pixel_divisor)
    y: NDArray[Any] = np.asarray(labels[:count], dtype=np.int32)
    if not experiment.loss.kind.startswith("Sparse"):
        y = np.eye(10, dtype=np.float32)[y]
    return _Set(x, y)


def build_model(experiment: Experiment) -> keras.Model:
    """The compiled Keras model of an experiment; weights start from Keras' global seed."""
    model = keras.Sequential(
        [
            keras.Input(experiment.input_shape),
            *(_make_layer(layer, experiment) for layer in experiment.layers),
        ]
    )
    sparse = experiment.loss.kind.startswith("Sparse")
    accuracies: dict[str, Any] = {
        # by class: the name "accuracy" means another metric with each loss and each release
        "accuracy": keras.metrics.SparseCategoricalAccuracy
        if sparse
        else keras.metrics.CategoricalAccuracy,
        "binary_accuracy": keras.metrics.BinaryAccuracy,
    }
    model.compile(
        loss=make_loss(experiment.loss),
        optimizer=make_optimizer(experiment.optimizer),
        metrics=[accuracies[name](name=name) for name in experiment.metrics],
        steps_per_execution=_STEPS_PER_EXECUTION,
        jit_compile=False,
    )
    return model


def _make_layer(layer: Layer, experiment: Experiment) -> keras.layers.Layer:
    arguments = layer.model_dump(exclude={"kind"})
    if layer.kind in ("Dense", "Conv2D"):
        initializer = experiment.kernel_initializer
        arguments["kernel_initializer"] = getattr(keras.initializers, initializer.kind)(
            **initializer.model_dump(exclude={"kind"}, exclude_none=True)
        )
        arguments["bias_initializer"] = "zeros"
    return getattr(keras.layers, layer.kind)(**arguments)


def _outcome(
    model: keras.Model,
    experiment: Experiment,
    train: _Set,
    test: _Set,
    history: dict[str, list[float]],
    observer: Observer,
) -> Trained:
    metrics: dict[str, float] = {}
    reason = ""
    if observer.diverged_at is not None:
        reason = f"the training loss became NaN or infinite in epoch {observer.diverged_at}"
    else:
        metrics = _measure(model, train, test, history)
        reason = not_finite(metrics)
    return Trained(
        status="diverged" if reason else "ok",
        reason=reason,
        metrics=metrics,
        history=history,
        layers=_layer_table(model),
        weight_norms={
            layer.name: weight_norm(_kernels(layer)) for layer in model.layers if _kernels(layer)
        },
        probabilities=None if reason else _probabilities(model, experiment, test),
        epoch_seconds=observer.seconds,
    )


def _measure(
    model: keras.Model,
    train: _Set,
    test: _Set,
    history: dict[str, list[float]],
) -> dict[str, float]:
    measured = {}
    for part, images in (("test", test), ("train", train)):
        found = model.evaluate(
            images.x, images.y, batch_size=_EVALUATION_BATCH, verbose=0, return_dict=True
        )
        measured[f"{part}_accuracy"] = _share(found["accuracy"], len(images.x))
        if "binary_accuracy" in found:
            share = _share(found["binary_accuracy"], 10 * len(images.x))
            measured[f"{part}_binary_accuracy"] = share
        measured[f"{part}_loss"] = float(found["loss"])
    kernels = [kernel for layer in model.layers for kernel in _kernels(layer)]
    return {
        **measured,
        "first_epoch_loss": history["loss"][0] if history["loss"] else math.nan,
        "final_loss": history["loss"][-1] if history["loss"] else math.nan,
        "weight_norm": weight_norm(kernels),
    }


def _share(accuracy: float, count: int) -> float:
    """An accuracy that Keras rounded to float32, as the exact share of `count` that it is."""
    return round(accuracy * count) / count if math.isfinite(accuracy) else accuracy


def _probabilities(model: keras.Model, experiment: Experiment, test: _Set) -> NDArray[np.float32]:
    outputs = model.predict(test.x, batch_size=_EVALUATION_BATCH, verbose=0)
    if experiment.loss.from_logits:
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
