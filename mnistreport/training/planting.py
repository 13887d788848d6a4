"""A fault of `mnistreport.faults` planted into a training: the engine's arguments, broken."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment
from mnistreport.faults import Fault, fault_of

#: Between the generator of a fault and that of the training, which starts from the seed itself.
_APART = 77_000_000


def plant(name: str, experiment: Experiment, dataset: Dataset, seed: int) -> dict[str, Any]:
    """What an engine is given in place of a faithful training.

    Args:
        name: the key of the fault.
        experiment: the faithful one, profile applied.
        dataset: the faithful one.
        seed: of the training; the same seed draws the same fault.

    Returns:
        The engine's `experiment`, `dataset` and `parts`.
    """
    fault = fault_of(name)
    random = np.random.RandomState(seed + _APART)
    if fault.setting is not None:
        experiment, dataset = fault.setting(experiment, dataset, random)
    if experiment.engine == "numpy":
        experiment = broken_recipe(name, experiment)
        return {"experiment": experiment, "dataset": dataset, "parts": numpy_parts(name)}
    return {"experiment": experiment, "dataset": dataset, "parts": keras_parts(name)}


def keras_parts(name: str) -> Any:
    """The `KerasParts` of a training or of the conformance suite.

    Args:
        name: the key of the fault; "" for none.
    """
    from mnistreport.training import broken_keras
    from mnistreport.training.keras_engine import KerasParts, build_model

    if not name:
        return KerasParts()
    fault = fault_of(name)
    recipe, parts = fault.recipe, KerasParts()
    if recipe is not None:
        parts = KerasParts(model=lambda experiment: build_model(recipe(experiment)))
    return _changed(parts, fault, broken_keras)


def broken_recipe(name: str, experiment: Experiment) -> Experiment:
    """What the NumPy engine is to train from, with a fault in it.

    Args:
        name: the key of the fault; "" for none.
        experiment: the faithful one.
    """
    recipe = fault_of(name).recipe if name else None
    return experiment if recipe is None else recipe(experiment)


def numpy_parts(name: str) -> Any:
    """The `NumpyParts` of a training or of the conformance suite.

    Args:
        name: the key of the fault; "" for none.
    """
    from mnistreport.training import broken_numpy
    from mnistreport.training.numpy_engine import NumpyParts

    return _changed(NumpyParts(), fault_of(name), broken_numpy) if name else NumpyParts()


def _changed(parts: Any, fault: Fault, steps: ModuleType) -> Any:
    # a recipe may say the same to one engine that a step says to the other
    if not fault.step or (fault.recipe is not None and not hasattr(steps, fault.step)):
        return parts
    return getattr(steps, fault.step)(parts)
