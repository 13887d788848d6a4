"""Which checks notice a fault, and how often; every verdict by the very code that `check` uses."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mnistreport.calibration import Sample
from mnistreport.drift import find_drift
from mnistreport.experiment import Engine
from mnistreport.faults import Fault
from mnistreport.looks import SECOND_SEEDS
from mnistreport.reference import Ranges
from mnistreport.run import METRICS, Run
from mnistreport.sensitivity.records import FaultRow, Ruling
from mnistreport.statistics import Share
from mnistreport.verdict import Judgement, Verdict, judge, needs_second_look

#: Seeds of a fault and experiment, the least that are judged.
LEAST_SEEDS = 10
#: By experiment and seed.
Trained = Mapping[str, Mapping[int, FaultRow]]


@dataclass(frozen=True)
class Detection:
    """A fault in one experiment, by the seed of the first look.

    Attributes:
        experiment: that had the fault.
        engine: that trains it, and whose rules conformance examines.
        exact: whether one run contradicted its recipe.
        single: whether one run was outside the range of a single look.
        looks: whether the check of the ranges with its second look failed.
        witness: the metric that was furthest outside at the first look; "" where none was.
        unchanged: whether the training gave what it gives without the fault.
    """

    experiment: str
    engine: Engine
    exact: Mapping[int, bool]
    single: Mapping[int, bool]
    looks: Mapping[int, bool]
    witness: Mapping[int, str]
    unchanged: Mapping[int, bool]


@dataclass(frozen=True)
class FaultFound:
    """A fault, and what noticed it.

    Attributes:
        fault: it.
        rulings: of the conformance suite, by engine; none where it does not see such faults, or was
            not asked.
        detections: one an experiment.
        drift: whether the suite-wide drift was outside, by seed, with the fault in `detections`'
            experiments alone; empty where the suite is not measured whole.
    """

    fault: Fault
    rulings: Mapping[Engine, Ruling]
    detections: tuple[Detection, ...]
    drift: Mapping[int, bool] = field(default_factory=dict)

    @property
    def conformance(self) -> bool:
        """Whether the conformance suite noticed, in any engine."""
        return any(ruling.rule for ruling in self.rulings.values())

    @property
    def exact(self) -> Share:
        """How often one run contradicted its recipe."""
        return _share(flag for found in self.changed for flag in found.exact.values())

    @property
    def single(self) -> Share:
        """How often one run was outside."""
        return _share(flag for found in self.changed for flag in found.single.values())

    @property
    def looks(self) -> Share:
        """How often the check of the ranges with its second look failed."""
        return _share(flag for found in self.changed for flag in found.looks.values())

    @property
    def checked(self) -> Share:
        """How often `check` failed: by what is exact or by its two looks."""
        return _share(
            found.exact[seed] or flag
            for found in self.changed
            for seed, flag in found.looks.items()
        )

    @property
    def drifted(self) -> Share:
        """How often the drift was outside."""
        return _share(self.drift.values())

    @property
    def together(self) -> Share:
        """How often any layer noticed: conformance, what is exact, the two looks, the drift."""
        shares = self.by_experiment.values()
        return Share(sum(one.noticed for one in shares), sum(one.of for one in shares))

    @property
    def by_experiment(self) -> dict[str, Share]:
        """The same for each experiment."""
        return {
            found.experiment: _share(
                self._rule(found.engine) != ""
                or found.exact[seed]
                or flag
                or self.drift.get(seed, False)
                for seed, flag in found.looks.items()
            )
            for found in self.changed
        }

    def _rule(self, engine: Engine) -> str:
        ruling = self.rulings.get(engine)
        return ruling.rule if ruling else ""

    @property
    def changed(self) -> tuple[Detection, ...]:
        """The experiments and seeds that the fault changes at all; every one of a control."""
        if self.fault.control:
            return self.detections
        return tuple(_changed(found) for found in self.detections if not equivalent(found))

    @property
    def witness(self) -> str:
        """The metric that was furthest outside most often; "" where none was."""
        told = Counter(name for found in self.changed for name in found.witness.values() if name)
        return told.most_common(1)[0][0] if told else ""


def equivalent(found: Detection) -> bool:
    """Whether the fault changes nothing in this experiment, whatever the seed."""
    return bool(found.unchanged) and all(found.unchanged.values())


def _changed(found: Detection) -> Detection:
    """Without the seeds where the training gave what it gives without the fault."""
    seeds = [seed for seed, same in found.unchanged.items() if not same]
    return replace(
        found,
        exact={seed: found.exact[seed] for seed in seeds},
        single={seed: found.single[seed] for seed in seeds},
        looks={seed: found.looks[seed] for seed in seeds},
        witness={seed: found.witness[seed] for seed in seeds},
    )


def detect(
    fault: Fault,
    broken: Trained,
    clean: Trained,
    rulings: Mapping[Engine, Ruling],
    ranges: Ranges,
    samples: Sequence[Sample],
    engines: Mapping[str, Engine],
) -> FaultFound:
    """What notices a fault.

    The second look at a seed is at the next four seeds of the same fault and experiment.

    Args:
        fault: it.
        broken: its trainings.
        clean: those without a fault, for the experiments that the drift takes in beside.
        rulings: of the conformance suite, by engine.
        ranges: they are judged by.
        samples: the calibration that the ranges were made from.
        engines: by experiment.
    """
    detections = tuple(
        _detection(name, engines[name], rows, clean.get(name, {}), ranges)
        for name, rows in broken.items()
        if len(rows) > SECOND_SEEDS
    )
    return FaultFound(fault, rulings, detections, _drifts(broken, clean, ranges, samples))


def _detection(
    name: str,
    engine: Engine,
    rows: Mapping[int, FaultRow],
    clean: Mapping[int, FaultRow],
    ranges: Ranges,
) -> Detection:
    runs = [_run(row) for row in rows.values()]
    checks = sum(entry.gated for entry in ranges.values())
    exact, single, looks, witness, unchanged = {}, {}, {}, {}, {}
    for index, run in enumerate(runs):
        exact[run.seed] = bool(replace(run, observed=rows[run.seed].observed).contradictions)
        first_look = judge([run], ranges, checks=checks)
        fresh = [runs[(index + step) % len(runs)] for step in range(1, SECOND_SEEDS + 1)]
        single[run.seed] = _failed(first_look)
        second = fresh if needs_second_look(first_look) else ()
        looks[run.seed] = _failed(judge([run], ranges, second, checks))
        witness[run.seed] = _furthest(first_look)
        beside = clean.get(run.seed)
        unchanged[run.seed] = beside is not None and _same(beside, rows[run.seed])
    return Detection(name, engine, exact, single, looks, witness, unchanged)


def _failed(verdicts: Iterable[Verdict]) -> bool:
    return any(v.verdict in (Judgement.FAIL, Judgement.ERROR) for v in verdicts)


def _furthest(verdicts: Sequence[Verdict]) -> str:
    if any(v.metric == "training" for v in verdicts):
        return "training"
    outside = [v for v in verdicts if v.gated and v.outside and v.p is not None]
    order = list(METRICS)
    return min(outside, key=lambda v: (v.p, order.index(v.metric))).metric if outside else ""


def _same(one: FaultRow, other: FaultRow) -> bool:
    names = one.row.metrics.keys() & other.row.metrics.keys()
    steps = one.observed.steps, other.observed.steps
    if one.row.status != other.row.status or (all(steps) and steps[0] != steps[1]):
        return False
    return all(
        math.isclose(one.row.metrics[name], other.row.metrics[name], rel_tol=1e-8) for name in names
    )


def _drifts(
    broken: Trained, clean: Trained, ranges: Ranges, samples: Sequence[Sample]
) -> dict[int, bool]:
    suite = {**clean, **broken}
    if not suite or not {name for name, _ in ranges} <= suite.keys():
        return {}
    seeds = set.intersection(*(set(rows) for rows in suite.values()))
    found = {}
    for seed in sorted(seeds):
        runs = {name: [_run(rows[seed])] for name, rows in suite.items()}
        ended = {name: group for name, group in runs.items() if group[0].status == "ok"}
        found[seed] = any(not drift.inside for drift in find_drift(ended, ranges, samples))
    return found


def _run(found: FaultRow) -> Run:
    """What the ranges judge: without what is exact, which is counted by itself."""
    row = found.row
    return Run(
        experiment=row.experiment,
        profile="",
        dataset="",
        dataset_sha256=row.dataset,
        recipe=row.recipe,
        seed=row.seed,
        status="ok" if row.status == "ok" else "diverged",
        metrics=dict(row.metrics),
    )


def _share(flags: Iterable[bool]) -> Share:
    told = list(flags)
    return Share(sum(told), len(told))
