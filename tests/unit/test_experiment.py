"""Experiments validate themselves and know what decides a training."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.records import ENTRY, NUMPY_ENTRY, experiment, numpy_experiment


def test_the_published_profile_changes_nothing() -> None:
    """On a dataset that is large enough, published means the entry as it stands."""
    assert experiment().for_profile("published", (60000, 10000)) == experiment()


def test_the_quick_profile_applies_the_overrides_and_no_more() -> None:
    """Images and epochs shrink; batch, optimizer and layers stay."""
    quick = experiment().for_profile("quick", (60000, 10000))
    assert (quick.train, quick.test, quick.epochs) == (1000, 300, 5)
    assert quick.model_copy(update={"train": 8192, "test": 3000, "epochs": 20}) == experiment()


def test_counts_are_cut_to_the_dataset() -> None:
    """A dataset with fewer images than asked for is used whole."""
    cut = experiment().for_profile("published", (500, 120))
    assert (cut.train, cut.test) == (500, 120)


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 64},
        {"epochs": 19},
        {"train": 8191},
        {"pixel_divisor": 1.0},
        {"optimizer": {**ENTRY["optimizer"], "epsilon": 1e-8}},
        {"layers": [*ENTRY["layers"][:1], ENTRY["layers"][2]]},
    ],
)
def test_the_recipe_changes_with_whatever_changes_training(change: dict[str, Any]) -> None:
    """Every hyperparameter is part of the digest."""
    assert experiment(**change).recipe() != experiment().recipe()


def test_the_recipe_ignores_what_is_only_told() -> None:
    """Titles, sources, published figures and the seed do not make a stored run stale."""
    told = experiment(title="x", source="y", seed=5, published={"test_accuracy": 0.9}, name="a/b")
    assert told.recipe() == experiment().recipe()


@pytest.mark.parametrize(
    ("entry", "change", "message"),
    [
        (ENTRY, {"optimizer": {"class": "keras.Adam", "learning_rate": 0.001}}, "beta_1"),
        (ENTRY, {"optimizer": {"class": "keras.Adamm"}}, "keras.Adam"),
        (ENTRY, {"epochs": None}, "needs epochs"),
        (ENTRY, {"iterations": 5, "evaluate_every": 1}, "belong to the numpy engine"),
        (ENTRY, {"optimizer": NUMPY_ENTRY["optimizer"]}, "does not run on the keras engine"),
        (ENTRY, {"loss": {**ENTRY["loss"], "from_logits": True}}, "'linear'"),
        (ENTRY, {"input_shape": [28, 27]}, "28x28"),
        (ENTRY, {"metrics": []}, "accuracy"),
        (ENTRY, {"batch_size": 0}, "greater than 0"),
        (ENTRY, {"batch_size": "32"}, "valid integer"),
        (ENTRY, {"name": "../etc/passwd"}, "pattern"),
        (ENTRY, {"unknown": 1}, "Extra inputs"),
        (NUMPY_ENTRY, {"iterations": None}, "needs iterations"),
        (NUMPY_ENTRY, {"epochs": 3}, "belong to the keras engine"),
        (NUMPY_ENTRY, {"kernel_initializer": {"class": "GlorotUniform"}}, "RandomNormal"),
        (NUMPY_ENTRY, {"optimizer": ENTRY["optimizer"]}, "does not run on the numpy engine"),
    ],
)
def test_faults_are_refused_at_construction(
    entry: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    """An entry that could not train as written is never built."""
    build = numpy_experiment if entry is NUMPY_ENTRY else experiment
    with pytest.raises(ValidationError, match=message):
        build(**change)


def test_a_document_seed_gives_way_to_the_one_asked_for() -> None:
    """Asked, else the entry's own, else 0."""
    assert numpy_experiment().seed_for(None) == 1
    assert numpy_experiment().seed_for(7) == 7
    assert experiment().seed_for(None) == 0
