"""One row for each metric of each run: what the table, JUnit and the summary share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mnistreport.published import Comparison
from mnistreport.report.findings import Findings, by_experiment
from mnistreport.results import Results
from mnistreport.run import Run
from mnistreport.verdict import Verdict


@dataclass(frozen=True)
class Row:
    """A metric of a run: its value, and its judgement and published figure where it has them."""

    item: Findings
    run: Run
    metric: str
    value: float | None
    verdict: Verdict | None
    comparison: Comparison | None


def rows(results: Results) -> Iterator[Row]:
    """Every metric of every run, judged ones first, then those that are only published."""
    for item in by_experiment(results):
        for run in item.runs:
            judged = [v.metric for v in item.verdicts if run.seed in v.seeds]
            beside = [c.metric for c in item.comparisons if c.seed == run.seed]
            for metric in dict.fromkeys((*judged, *run.metrics, *beside)):
                yield _row(item, run, metric)


def _row(item: Findings, run: Run, metric: str) -> Row:
    verdict = item.verdict(metric)
    if verdict is not None and run.seed not in verdict.seeds:
        verdict = None
    comparison = item.comparison(metric, run.seed)
    value = run.metrics.get(metric)
    if value is None:
        value = verdict.value if verdict else comparison.value if comparison else None
    return Row(item, run, metric, value, verdict, comparison)
