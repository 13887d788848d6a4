"""Small records that several tests start from."""

from __future__ import annotations

from typing import Any

from mnistreport.conformance import Conformance, Deviation, Finding
from mnistreport.experiment import Experiment
from mnistreport.run import LayerRow, Run
from mnistreport.speed import Account, Bench, Timing
from mnistreport.task import Task

ENTRY: dict[str, Any] = {
    "name": "small/adam",
    "document": "B",
    "title": "Small sample, Adam",
    "source": "a document",
    "engine": "keras",
    "input_shape": [784],
    "pixel_divisor": 255.0,
    "train": 8192,
    "test": 3000,
    "layers": [
        {"class": "Dense", "units": 512, "activation": "relu"},
        {"class": "Dropout", "rate": 0.2},
        {"class": "Dense", "units": 10, "activation": "softmax"},
    ],
    "kernel_initializer": {"class": "GlorotUniform"},
    "loss": {"class": "CategoricalCrossentropy", "from_logits": False},
    "metrics": ["accuracy"],
    "optimizer": {
        "class": "keras.Adam",
        "learning_rate": 0.001,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": False,
    },
    "batch_size": 128,
    "epochs": 20,
    "quick": {"train": 1000, "test": 300, "epochs": 5},
}

NUMPY_ENTRY: dict[str, Any] = {
    **{key: value for key, value in ENTRY.items() if key != "epochs"},
    "name": "numpy/sgd",
    "document": "D",
    "engine": "numpy",
    "layers": [
        {"class": "Dense", "units": 20, "activation": "relu"},
        {"class": "Dense", "units": 10, "activation": "softmax"},
    ],
    "kernel_initializer": {"class": "RandomNormal", "stddev": 0.01},
    "optimizer": {"class": "numpy.SGD", "learning_rate": 0.1},
    "batch_size": 20,
    "iterations": 100,
    "evaluate_every": 10,
    "seed": 1,
    "quick": {"iterations": 20},
}


def experiment(**changes: Any) -> Experiment:
    """A valid Keras experiment, with changes."""
    return Experiment.model_validate({**ENTRY, **changes})


def numpy_experiment(**changes: Any) -> Experiment:
    """A valid NumPy experiment, with changes."""
    return Experiment.model_validate({**NUMPY_ENTRY, **changes})


def task(seed: int = 0, **changes: Any) -> Task:
    """A task on a dataset that exists in name only."""
    return Task(experiment(**changes), "published", seed, "toy", "ab" * 32, 1)


def run(**changes: Any) -> Run:
    """A finished run of `experiment()`, with changes."""
    values: dict[str, Any] = {
        "experiment": "small/adam",
        "profile": "published",
        "dataset": "toy",
        "dataset_sha256": "ab" * 32,
        "recipe": experiment().recipe(),
        "seed": 0,
        "status": "ok",
        "metrics": {"test_accuracy": 0.95, "test_loss": 0.2},
        "history": {"loss": [1.0, 0.5], "val_accuracy": [0.9, 0.95]},
        "layers": (LayerRow("dense", "Dense", (10,), 7850),),
        "weight_norms": {"dense": 3.0},
        "seconds": 1.5,
        "epoch_seconds": [0.7, 0.8],
        "environment": {"numpy": "2"},
    }
    return Run(**{**values, **changes})


def bench() -> Bench:
    """Three experiments on two workers, in round figures."""
    return Bench(
        profile="published",
        dataset="toy",
        workers=2,
        epochs=3,
        peak={
            "float32": {"numpy": 1e11, "tensorflow": 2e11},
            "float64": {"numpy": 1e11, "tensorflow": 5e10},
        },
        start=2.0,
        wall=None,
        memory=900_000_000,
        accounts=(
            Account("small/adam", "float32", 2e11, Timing(0.1, 3.0, 2), Timing(0.2, 3.0, 1)),
            Account("small/sgd", "float32", 4e11, Timing(0.1, 4.0, 2), Timing(0.2, 5.0, 1)),
            Account("numpy/sgd", "float64", 4e11, Timing(0.5, 10.0, 2), Timing(0.6, 12.0, 1)),
        ),
        environment={"cpu": "a processor", "tensorflow": "2", "numpy": "2"},
        created="2026-01-02T03:04:05+00:00",
    )


def conformance(**changes: Any) -> Conformance:
    """Two rules: one that is kept, and Keras 2's Adagrad, which starts elsewhere."""
    deviation = Deviation(1, "b1[3]", -0.25, -0.125, 0.5)
    cause = "the accumulator starts at 0.1, not 0"
    values: dict[str, Any] = {
        "findings": (
            Finding(
                "keras2/adam", "100 steps", 5e-15, 1e-9, roundings=("beta_2 power: a becomes b",)
            ),
            Finding("keras2/adagrad", "100 steps", 0.5, 1e-9, deviation, cause),
        ),
        "versions": {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6"},
        "created": "2026-01-02T03:04:05+00:00",
    }
    return Conformance(**{**values, **changes})
