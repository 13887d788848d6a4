"""Images as `fit`, `evaluate` and `predict` are given them, by backend.

JAX takes arrays. For TensorFlow the batches are made here, because what Keras 3 makes of arrays
there has a fault: with a seed set it draws the order of the images once, and every epoch goes
through them in that same order (Keras 1 and 2 shuffled anew each epoch, as do Keras on JAX, and
TensorFlow without a seed). The order drawn here is the one that Keras draws on JAX. And images stay
bytes until they are in a batch, which keeps a worker small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment

_JAX = keras.backend.backend() == "jax"
#: Images in one evaluation step: as many as a worker's memory bears with the CNN's feature maps.
EVALUATION_BATCH = 500
#: Batches that are ready before they are asked for.
_AHEAD = 2


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Pixels uint8 of the experiment's input shape, to be divided by `divisor` as float32.

    y is one-hot float32 (n, 10), or labels int32 (n,).
    """

    pixels: NDArray[np.uint8]
    y: NDArray[Any]
    divisor: float

    @cached_property
    def x(self) -> NDArray[np.float32]:
        """All images at once, float32."""
        x = self.pixels.astype(np.float32)
        if self.divisor != 1:
            x /= np.float32(self.divisor)
        return x

    def __len__(self) -> int:
        return len(self.y)

    def parts(self, size: int) -> Iterator[ImageSet]:
        """The images one after the other, so many at a time."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            yield ImageSet(self.pixels[part], self.y[part], self.divisor)


def prepare_sets(experiment: Experiment, dataset: Dataset) -> tuple[ImageSet, ImageSet]:
    """The training and the test images as an experiment takes them."""
    return (
        _prepare(experiment, dataset.x_train, dataset.y_train, experiment.train),
        _prepare(experiment, dataset.x_test, dataset.y_test, experiment.test),
    )


def _prepare(
    experiment: Experiment, images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int
) -> ImageSet:
    y: NDArray[Any] = np.asarray(labels[:count], dtype=np.int32)
    if not experiment.loss.kind.startswith("Sparse"):
        y = np.eye(10, dtype=np.float32)[y]
    pixels = images[:count].reshape(count, *experiment.input_shape)
    return ImageSet(pixels, y, experiment.pixel_divisor)


def for_fit(train: ImageSet, test: ImageSet, batch: int, seed: int) -> dict[str, Any]:
    """The images among `Model.fit`'s arguments: shuffled anew each epoch, tested after each."""
    if _JAX:
        return {
            "x": train.x,
            "y": train.y,
            "batch_size": batch,
            "shuffle": True,
            "validation_data": (test.x, test.y),
            "validation_batch_size": EVALUATION_BATCH,
        }
    random = np.random.RandomState(seed)
    return {
        "x": batches(train, batch, lambda: random.permutation(len(train))),
        "shuffle": False,  # Keras warns that it cannot
        "validation_data": batches(test, EVALUATION_BATCH, None),
    }


def for_evaluate(images: ImageSet) -> dict[str, Any]:
    """The images among `Model.evaluate`'s arguments."""
    if _JAX:
        return {"x": images.x, "y": images.y, "batch_size": EVALUATION_BATCH}
    return {"x": batches(images, EVALUATION_BATCH, None)}


def for_predict(images: ImageSet) -> dict[str, Any]:
    """The images among `Model.predict`'s arguments."""
    if _JAX:
        return {"x": images.x, "batch_size": EVALUATION_BATCH}
    return {"x": batches(images, EVALUATION_BATCH, None).map(lambda x, y: x)}


def batches(images: ImageSet, batch: int, order: Any) -> Any:
    """A `tf.data.Dataset` of (x, y); `order` gives a permutation (n,) int64 for each pass."""
    import tensorflow as tf

    count = len(images)
    whole = count // batch * batch
    pixels, y = tf.constant(images.pixels), tf.constant(images.y)

    def drawn(_: Any) -> Any:
        if order is None:
            return tf.range(count, dtype=tf.int64)
        return tf.ensure_shape(tf.numpy_function(order, [], tf.int64), [count])

    def cut(rows: Any) -> Any:
        parts = tf.data.Dataset.from_tensor_slices(tf.reshape(rows[:whole], [-1, batch]))
        if whole < count:
            parts = parts.concatenate(tf.data.Dataset.from_tensors(rows[whole:]))
        return parts

    def taken(rows: Any) -> tuple[Any, Any]:
        x = tf.cast(tf.gather(pixels, rows), tf.float32)
        return x if images.divisor == 1 else x / images.divisor, tf.gather(y, rows)

    options = tf.data.Options()
    options.deterministic = True
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    # the draws have a state that cannot be saved, and nobody saves it
    ignore = tf.data.experimental.ExternalStatePolicy.IGNORE
    options.experimental_external_state_policy = ignore
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    passes = tf.data.Dataset.range(1).map(drawn).flat_map(cut).map(taken).prefetch(_AHEAD)
    sized = passes.apply(tf.data.experimental.assert_cardinality(-(-count // batch)))
    return sized.with_options(options)
