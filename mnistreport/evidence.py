"""What the calibration seeds gave, by experiment and seed: the evidence on figures and claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mnistreport.calibration import CurveRow, Row
from mnistreport.experiment import Experiment
from mnistreport.run import Run


@dataclass(frozen=True)
class Training:
    """The metrics of one training, and its curves: one value an epoch or table row."""

    metrics: Mapping[str, float]
    curves: Mapping[str, Sequence[float]]

    def at(self, curve: str, index: int) -> float | None:
        """A value of a curve; None where the training has no such curve, or stopped earlier."""
        values = self.curves.get(curve, ())
        return values[index] if index < len(values) else None


@dataclass(frozen=True)
class Trainings:
    """The calibration trainings of one experiment that ended well, by seed."""

    experiment: Experiment
    by_seed: Mapping[int, Training]


Evidence = Mapping[str, Trainings]


def gather(
    experiments: Iterable[Experiment],
    rows: Iterable[Row],
    curves: Iterable[CurveRow],
    dataset: str,
) -> Evidence:
    """The evidence on experiments, by name.

    Rows of another recipe or dataset, and trainings that did not end well, do not count.

    Args:
        experiments: with the profile applied.
        rows: of that profile.
        curves: of the same trainings, as far as they were kept.
        dataset: the first 16 hex digits of its sha256.
    """
    drawn = {row.identity: row.curves for row in curves}
    found: dict[tuple[str, str], dict[int, Training]] = {}
    for row in rows:
        if row.status == "ok" and row.dataset == dataset:
            training = Training(row.metrics, drawn.get(row.identity, {}))
            found.setdefault((row.experiment, row.recipe), {})[row.seed] = training
    return {
        experiment.name: Trainings(
            experiment, found.get((experiment.name, experiment.recipe()), {})
        )
        for experiment in experiments
    }


def training_of(run: Run) -> Training | None:
    """A run as evidence; None where it did not end well."""
    return Training(run.metrics, run.history) if run.status == "ok" else None
