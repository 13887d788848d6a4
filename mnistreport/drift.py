"""The suite-wide drift: a shift of all experiments that no single check would see. Pure.

Each experiment's deviation from its calibration is turned into a standard normal score; their sum,
over the root of their number, has a known spread: that of the calibration seeds themselves. It is
measured, not assumed, because one seed starts several experiments from the same weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mnistreport.calibration import LEAST_SEEDS, Sample
from mnistreport.looks import DRIFT_ALPHA
from mnistreport.messages import Message, Phrase, Text, signed
from mnistreport.reference import Ranges
from mnistreport.run import GATED, METRICS, Run
from mnistreport.statistics import t_quantile

#: Fewer experiments than this are no suite.
LEAST_EXPERIMENTS = 5


@dataclass(frozen=True)
class Drift:
    """What all experiments of a build together say of one metric.

    `value` is the sum of the experiments' scores over the root of their number, `limit` how far
    from 0 it may be; `above` of `experiments` are above their calibrated mean; `shift` is the mean
    score, in standard deviations between seeds.
    """

    metric: str
    experiments: int
    above: int
    shift: float
    value: float
    limit: float
    seeds: int

    @property
    def inside(self) -> bool:
        """Whether it is within its limit."""
        return abs(self.value) <= self.limit

    @property
    def reason(self) -> Text:
        """What was found, in a sentence; empty where it is inside."""
        if self.inside:
            return ""
        told: dict[str, Any] = {
            "metric": Phrase(self.metric.replace("_", " ")),
            "total": self.experiments,
            "shift": f"{abs(self.shift):.2g}",
            "value": signed(self.value, ".2f"),
            "limit": f"{self.limit:.2f}",
        }
        if self.value > 0:
            return Message(
                "{metric} is higher in {n} of {total} experiments, by {shift} SD on average: "
                "{value}, where {limit} is the limit",
                n=self.above,
                **told,
            )
        return Message(
            "{metric} is lower in {n} of {total} experiments, by {shift} SD on average: "
            "{value}, where {limit} is the limit",
            n=self.experiments - self.above,
            **told,
        )


def find_drift(
    runs: Mapping[str, Sequence[Run]], ranges: Ranges, samples: Sequence[Sample]
) -> tuple[Drift, ...]:
    """The drift of each gated metric, where there are experiments and seeds enough.

    Args:
        runs: those that ended well, by experiment; first looks alone.
        ranges: they are judged by.
        samples: the calibration that the ranges were made from.
    """
    found = []
    for metric in METRICS:
        if metric in GATED:
            own = {s.experiment.name: s for s in samples if s.metric == metric}
            scores = {
                name: ranges[name, metric].summary.score([run.metrics[metric] for run in group])
                for name, group in runs.items()
                if name in own and (name, metric) in ranges and group
            }
            drift = _drift(metric, scores, [own[name] for name in scores])
            if drift is not None:
                found.append(drift)
    return tuple(found)


def _drift(metric: str, scores: Mapping[str, float], samples: Sequence[Sample]) -> Drift | None:
    if len(scores) < LEAST_EXPERIMENTS:
        return None
    null = null_drifts(samples)
    if len(null) < LEAST_SEEDS:
        return None
    root = math.sqrt(len(scores))
    # the scores' mean is 0 by their making: only the spread is to be learnt
    spread = math.sqrt(math.fsum(value * value for value in null) / len(null))
    limit = spread * t_quantile(DRIFT_ALPHA / len(GATED), len(null) + 1)
    total = math.fsum(scores.values())
    return Drift(
        metric=metric,
        experiments=len(scores),
        above=sum(score > 0 for score in scores.values()),
        shift=total / len(scores),
        value=total / root,
        limit=limit,
        seeds=len(null),
    )


def null_drifts(samples: Sequence[Sample]) -> list[float]:
    """The drift of each calibration seed that all samples have, judged by the other seeds.

    Args:
        samples: of one metric, one an experiment.
    """
    import numpy as np
    from scipy.special import ndtri, stdtr

    common = sorted(set.intersection(*(set(sample.by_seed) for sample in samples)))
    total = np.zeros(len(common))
    for sample in samples:
        t = sample.beside_others
        scores = np.sign(t) * -ndtri(np.maximum(stdtr(len(t) - 2, -np.abs(t)), 1e-300))
        by_seed = dict(zip(sample.by_seed, scores, strict=True))
        total += np.array([by_seed[seed] for seed in common])
    return [float(value) for value in total / math.sqrt(len(samples))]
