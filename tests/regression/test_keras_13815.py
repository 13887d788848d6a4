"""Keras issue 13815 again: an optimizer's default changes underneath, and 99.25% become 84%.

https://github.com/keras-team/keras/issues/13815: code that names `adadelta` trained with another
learning rate after an upgrade. Here the change is planted where Keras makes the optimizer, so that
the recipe, and with it the range that judges, is the catalog's own.
"""

from __future__ import annotations

from typing import Any

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.data import load_dataset
from mnistreport.looks import fresh_seeds
from mnistreport.reference import load_ranges, reference_folder
from mnistreport.run import Run
from mnistreport.task import Task
from mnistreport.verdict import Judgement, judge, needs_second_look, worst

NAMES = ("small/adadelta", "small/adagrad")


def checked(name: str) -> Judgement:
    """What `check` says of the quick profile on the embedded digits, trained in this process."""
    ranges = load_ranges(reference_folder(), "quick", "digits")
    first = [trained(name, load_catalog()[name].seed_for(None))]
    verdicts = judge(first, ranges)
    if needs_second_look(verdicts):
        fresh = [trained(name, seed) for seed in fresh_seeds([first[0].seed])]
        verdicts = judge(first, ranges, fresh)
    return worst(verdicts)


def trained(name: str, seed: int) -> Run:
    """One run."""
    from mnistreport.training.train import train

    dataset = load_dataset("digits", None)
    experiment = load_catalog()[name].for_profile("quick", dataset.sizes)
    task = Task(experiment, "quick", seed, dataset.name, dataset.sha256, 1)
    return train(task, dataset, lambda *told: None)[0]


def keras_3_default(spec: Any) -> Any:
    """The class that Keras 3 makes of the name, with nothing but its own defaults."""
    import keras

    return getattr(keras.optimizers, spec.kind.partition(".")[2])()


@pytest.mark.parametrize("name", NAMES)
def test_the_written_out_values_are_green(name: str) -> None:
    """With every value of the catalog the training passes."""
    assert checked(name) in (Judgement.PASS, Judgement.WARN)


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_default_fails_the_check(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Keras 3's defaults in their place, of an unchanged recipe, the check fails."""
    monkeypatch.setattr("mnistreport.training.keras_engine.make_optimizer", keras_3_default)
    assert checked(name) is Judgement.FAIL
