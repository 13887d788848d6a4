"""Evidence that no training gave: metrics and curves of so many seeds, as asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mnistreport.calibration import (
    CurveRow,
    Row,
    curves_path,
    rows_path,
    write_curves,
    write_rows,
)
from mnistreport.dataset import MNIST_SHA256
from mnistreport.evidence import Training, Trainings
from mnistreport.experiment import Experiment
from mnistreport.reference import SHORT

#: Ten deviations, mean 0 and standard deviation 1.
SPREAD = (-1.49, -1.04, -0.67, -0.38, -0.12, 0.12, 0.38, 0.67, 1.04, 1.49)


def around(mean: float, sd: float, seeds: int = 10) -> list[float]:
    """Values of so many seeds about a mean."""
    return [mean + sd * SPREAD[seed % len(SPREAD)] for seed in range(seeds)]


def trainings(
    experiment: Experiment,
    metrics: Mapping[str, Sequence[float]] | None = None,
    curves: Mapping[str, Sequence[Sequence[float]]] | None = None,
) -> Trainings:
    """Trainings whose metrics and curves are given by name, one entry a seed."""
    metrics, curves = metrics or {}, curves or {}
    seeds = max((len(v) for v in (*metrics.values(), *curves.values())), default=0)
    return Trainings(
        experiment,
        {
            seed: Training(
                {name: values[seed] for name, values in metrics.items() if seed < len(values)},
                {name: values[seed] for name, values in curves.items() if seed < len(values)},
            )
            for seed in range(seeds)
        },
    )


def write_evidence(folder: Path, found: Sequence[Trainings]) -> None:
    """Write trainings as the calibration files of the published profile on MNIST."""
    sha256 = MNIST_SHA256[:SHORT]
    rows, curves = [], []
    for one in found:
        name, recipe = one.experiment.name, one.experiment.recipe()
        for seed, training in one.by_seed.items():
            values = {curve: tuple(v) for curve, v in training.curves.items()}
            rows.append(Row(name, recipe, sha256, seed, "ok", "", "", training.metrics))
            curves.append(CurveRow(name, recipe, sha256, seed, values))
    rows_path(folder, "published", "mnist").parent.mkdir(parents=True, exist_ok=True)
    write_rows(rows_path(folder, "published", "mnist"), rows)
    write_curves(curves_path(folder, "published", "mnist"), curves)
