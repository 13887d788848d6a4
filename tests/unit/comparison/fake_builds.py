"""Builds that nobody trained: the catalog's experiments, each metric its calibration's mean."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mnistreport.calibration import Row
from mnistreport.catalog import load_catalog
from mnistreport.comparison import METRICS, Build, Reading
from mnistreport.run import Run

SHA = "ab" * 32
IMAGES = 1000
NAMES = tuple(load_catalog())
ENTRIES: dict[str, Mapping[str, Any]] = {
    name: entry.model_dump(mode="json", by_alias=True, exclude_none=True)
    for name, entry in load_catalog().items()
}
#: A metric's typical value, and how far seeds are apart: 20 wrong digits more or less, or 5%.
TYPICAL = {name: 0.9 if name == "test_accuracy" else 1.0 for name in METRICS}
SPREAD = {name: 0.01 if name == "test_accuracy" else 0.05 for name in METRICS}

#: From experiment and metric to how many SPREADs a build's value is off.
Off = Callable[[str, str], float]


def value(metric: str, off: float) -> float:
    """A metric that many seed standard deviations off its typical value."""
    return TYPICAL[metric] + off * SPREAD[metric]


def reading(experiment: str, off: Off, seed: int = 0, **changes: Any) -> Reading:
    """One run; its misread images are the first ones, as many as its accuracy says."""
    metrics = {metric: value(metric, off(experiment, metric)) for metric in METRICS}
    wrong = round(IMAGES * (1 - metrics["test_accuracy"]))
    values: dict[str, Any] = {
        "experiment": experiment,
        "profile": "quick",
        "dataset": "toy",
        "dataset_sha256": SHA,
        "recipe": "r",
        "seed": seed,
        "status": "ok",
        "metrics": metrics,
        **changes,
    }
    run = Run(**values)
    misread = dict.fromkeys(range(wrong), 0) if run.status == "ok" else None
    return Reading(run, IMAGES if misread is not None else None, misread)


def build(
    off: Off = lambda experiment, metric: 0.0,
    names: Sequence[str] = NAMES,
    seeds: Sequence[int] = (0,),
    **changes: Any,
) -> Build:
    """A build of some experiments."""
    readings = {(name, seed): reading(name, off, seed) for name in names for seed in seeds}
    values: dict[str, Any] = {
        "path": Path("results.json"),
        "created": "2026-01-02T03:04:05+00:00",
        "command": "mnistreport build",
        "profile": "quick",
        "dataset": "toy",
        "dataset_sha256": SHA,
        "environment": {"tensorflow": "2.16.2", "numpy": "2"},
        "entries": {name: ENTRIES[name] for name in names},
        "readings": readings,
        **changes,
    }
    return Build(**values)


def with_reading(made: Build, changed: Reading) -> Build:
    """A build with one run replaced."""
    key = changed.run.experiment, changed.run.seed
    return replace(made, readings={**made.readings, key: changed})


def calibration(names: Sequence[str] = NAMES, seeds: int = 20) -> list[Row]:
    """Rows of independent seeds, normal about the typical values."""
    draw = random.Random(1)
    return [
        Row(
            experiment=name,
            recipe="r",
            dataset=SHA[:16],
            seed=1000 + seed,
            status="ok",
            made_with="",
            date="",
            metrics={metric: value(metric, draw.gauss(0, 1)) for metric in METRICS},
        )
        for name in names
        for seed in range(seeds)
    ]


def only(names: Sequence[str], metric: str, off: float) -> Off:
    """Some experiments off in one metric."""
    return lambda name, its: off if name in names and its == metric else 0.0
