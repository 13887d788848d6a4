"""A build's results, gathered by experiment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnistreport.experiment import Experiment
from mnistreport.published import Comparison
from mnistreport.results import Results
from mnistreport.run import Run
from mnistreport.verdict import Judgement, Verdict, worst

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Findings:
    """All that a build knows of one experiment.

    `published` are the document's curves by history name; `probabilities` those of the test
    images, by seed, (n_test, 10) float32.
    """

    experiment: Experiment
    runs: tuple[Run, ...]
    verdicts: tuple[Verdict, ...]
    comparisons: tuple[Comparison, ...]
    published: Mapping[str, list[float | None]]
    probabilities: Mapping[int, NDArray[np.float32]]

    @property
    def judgement(self) -> Judgement:
        """The worst of its verdicts."""
        return worst(self.verdicts)

    @property
    def finished(self) -> tuple[Run, ...]:
        """The runs that ended well."""
        return tuple(run for run in self.runs if run.status == "ok")

    @property
    def shown(self) -> Run | None:
        """The run whose curves are drawn: the document's own seed, else the first that ended."""
        candidates = self.finished or self.runs
        own = [run for run in candidates if run.seed == self.experiment.seed]
        return next(iter((*own, *candidates)), None)

    def values(self, metric: str) -> list[float]:
        """One metric of the runs that ended well, in their order."""
        return [run.metrics[metric] for run in self.finished if metric in run.metrics]

    def verdict(self, metric: str) -> Verdict | None:
        """The judgement of one metric."""
        return next((v for v in self.verdicts if v.metric == metric), None)

    def drawn(self, metric: str) -> float | None:
        """The published figure to draw beside ours: both must be of MNIST, whatever the profile."""
        found = (c.published for c in self.comparisons if c.metric == metric)
        on_mnist = self.shown is not None and self.shown.dataset == "mnist"
        return next(found, None) if on_mnist else None

    def comparison(self, metric: str, seed: int) -> Comparison | None:
        """The published figure beside one metric of one run."""
        found = (c for c in self.comparisons if c.metric == metric and c.seed == seed)
        return next(found, None)


def by_experiment(results: Results) -> tuple[Findings, ...]:
    """What was found, experiment by experiment, in the catalog's order."""
    runs: dict[str, list[Run]] = defaultdict(list)
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    comparisons: dict[str, list[Comparison]] = defaultdict(list)
    for run in results.runs:
        runs[run.experiment].append(run)
    for verdict in results.verdicts:
        verdicts[verdict.experiment].append(verdict)
    for comparison in results.comparisons:
        comparisons[comparison.experiment].append(comparison)
    return tuple(
        Findings(
            experiment,
            tuple(runs[experiment.name]),
            tuple(verdicts[experiment.name]),
            tuple(comparisons[experiment.name]),
            results.published_curves.get(experiment.name, {}),
            {s: p for (name, s), p in results.probabilities.items() if name == experiment.name},
        )
        for experiment in results.experiments
    )


def is_comparable(results: Results) -> bool:
    """Whether the trainings were the published ones, so that published curves can be set beside."""
    return results.profile == "published" and results.dataset.name == "mnist"
