"""Which epoch's weights a recipe keeps, beside what the callbacks that Keras is given keep."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnistreport.experiment import EarlyStopping

LOSSES = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.35, 0.4]), min_size=1, max_size=9)


class Model:
    """A model whose weights are the number of the epoch that made them."""

    def __init__(self) -> None:
        self.weights = 0
        self.stop_training = False
        self.metrics: list[Any] = []
        self.compiled = True

    def get_weights(self) -> int:
        return self.weights

    def set_weights(self, weights: int) -> None:
        self.weights = weights


def trained(spec: EarlyStopping, values: list[float]) -> tuple[int, list[float]]:
    """The epoch whose weights the callback leaves, and the history, cut where it stopped."""
    from mnistreport.training.callbacks import make_callback

    model, callback = Model(), make_callback(spec)
    callback.set_model(model)
    callback.on_train_begin()
    seen = []
    for epoch, value in enumerate(values):
        model.weights = epoch
        seen.append(value)
        callback.on_epoch_end(epoch, {spec.monitor: value, "loss": value})
        if model.stop_training:
            break
    callback.on_train_end()
    return model.weights, seen


@pytest.mark.parametrize("monitor", ["loss", "val_accuracy"])
@pytest.mark.parametrize("restore", [True, False], ids=["best", "last"])
@pytest.mark.parametrize("kind", ["keras.EarlyStopping", "keras2.EarlyStopping"])
@given(values=LOSSES, patience=st.integers(0, 4), min_delta=st.sampled_from([0.0, 0.07]))
def test_the_recipe_knows_which_weights_the_callback_leaves(
    monitor: str, restore: bool, kind: str, values: list[float], patience: int, min_delta: float
) -> None:
    """Whether it stopped the training or not, and in Keras 3's rule as in Keras 2's."""
    spec = EarlyStopping.model_validate(
        {
            "class": kind,
            "monitor": monitor,
            "min_delta": min_delta,
            "patience": patience,
            "restore_best_weights": restore,
        }
    )
    left, seen = trained(spec, values)
    kept = spec.kept({monitor: seen})
    assert (len(seen) - 1 if kept is None else kept) == left
