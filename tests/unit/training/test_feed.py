"""What TensorFlow is fed: the right images, in an order drawn anew each epoch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from mnistreport.training.feed import (
    EVALUATION_BATCH,
    ImageSet,
    for_evaluate,
    for_fit,
    for_predict,
)


def images(count: int, divisor: float = 1.0) -> ImageSet:
    """Images of two pixels that say their number, with labels that do."""
    numbers = np.arange(count)
    pixels = np.stack([numbers % 256, numbers // 256], axis=1).astype(np.uint8)
    return ImageSet(pixels, numbers.astype(np.int32), divisor)


def order_of(dataset: Any) -> list[int]:
    """The labels of one pass, batch after batch."""
    return [int(label) for _, y in dataset for label in y]


def test_each_epoch_draws_another_order() -> None:
    """Three passes are three permutations: those of NumPy's legacy generator, seeded."""
    fed = for_fit(images(50), images(10), 8, seed=3)["x"]
    random = np.random.RandomState(3)
    passes = [order_of(fed) for _ in range(3)]
    assert passes == [random.permutation(50).tolist() for _ in range(3)]
    assert len({tuple(order) for order in passes}) == 3


class Witness(keras.Model):
    """Notes the images that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1)
        self.seen: list[int] = []

    def call(self, x: Any) -> Any:
        """One output."""
        tf.py_function(lambda v: self.seen.extend(v.numpy()[:, 0].astype(int).tolist()), [x], [])
        return self.dense(x)


@pytest.mark.parametrize("steps", [1, 4], ids=["step by step", "four steps a call"])
def test_fit_sees_another_order_each_epoch(steps: int) -> None:
    """With a seed set, Keras 3.15 itself would show a model the same order three times."""
    keras.utils.set_random_seed(3)
    model = Witness()
    model.compile("sgd", "mse", steps_per_execution=steps)
    fed = for_fit(images(20), images(4), 8, seed=3)
    del fed["validation_data"]
    model.fit(**fed, epochs=3, verbose=0)
    epochs = [model.seen[start : start + 20] for start in (0, 20, 40)]
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


@pytest.mark.parametrize("divisor", [1.0, 255.0])
def test_images_are_scaled_to_the_same_bits(divisor: float) -> None:
    """In the pipeline as in `ImageSet.x`, for every value of a byte."""
    given = images(256, divisor)
    fed = np.concatenate([x.numpy() for x, _ in for_evaluate(given)["x"]])
    assert fed.dtype == np.float32
    assert np.array_equal(fed, given.x)
    expected = given.pixels.astype(np.float32) / np.float32(divisor)
    assert np.array_equal(given.x, expected)


@pytest.mark.parametrize(("count", "batches"), [(7, [7]), (16, [8, 8]), (20, [8, 8, 4])])
def test_the_last_batch_may_be_smaller(count: int, batches: list[int]) -> None:
    """Every image is in one batch, and how many batches there are is known beforehand."""
    fed = for_fit(images(count), images(4), 8, seed=0)["x"]
    assert [len(y) for _, y in fed] == batches
    assert int(fed.cardinality()) == len(batches)


def test_evaluation_goes_in_order() -> None:
    """Validation, evaluation and prediction alike: row i of a result is image i."""
    given = images(EVALUATION_BATCH + 5)
    expected = list(range(len(given)))
    assert order_of(for_fit(given, given, 8, seed=0)["validation_data"]) == expected
    assert order_of(for_evaluate(given)["x"]) == expected
    fed = np.concatenate([x.numpy() for x in for_predict(given)["x"]])
    assert np.array_equal(fed, given.x)
