"""The section of an experiment: everything that is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from mnistreport.dataset import Dataset
from mnistreport.messages import Message, Phrase, Text
from mnistreport.report.architecture import Block, blocks
from mnistreport.report.charts import Drawing, draw
from mnistreport.report.classes import Reading, reading
from mnistreport.report.curves import (
    TEST_ACCURACY,
    TEST_LOSS,
    TRAIN_ACCURACY,
    TRAIN_LOSS,
    Chart,
    set_lines,
    step_name,
)
from mnistreport.report.findings import Findings
from mnistreport.report.formats import (
    NOTHING,
    anchor,
    count,
    duration,
    figure,
    metric_name,
    moment,
)
from mnistreport.report.hyperparameters import LayerLine, hyperparameters, layer_lines
from mnistreport.report.judged import JudgedMetric, judged_metrics
from mnistreport.report.marks import Mark, mark
from mnistreport.report.misread import Misread, misread
from mnistreport.report.seeds import SeedTable, seed_table
from mnistreport.run import Run


@dataclass(frozen=True)
class RunRow:
    """One training: how it ended, how long it took, and what it is known by."""

    seed: int
    status: Message
    accuracy: str
    seconds: str
    per_step: str
    fingerprint: str
    finished: str


@dataclass(frozen=True)
class CurveTable:
    """The values behind the curves, step by step."""

    step: Message
    header: tuple[Message, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ExperimentSection:
    """An experiment's part of the page; `seed` is that of the run that is shown."""

    id: str
    mark: Mark
    name: str
    title: Message
    document: str
    source: Message
    claim: Message
    note: Message
    accuracy: str
    parameters: str
    published_parameters: str
    weight_norm: str
    bias_norm: str
    seed: str
    several: bool
    seeds: SeedTable | None
    troubles: tuple[Text, ...]
    runs: tuple[RunRow, ...]
    timed: Message
    verdicts: tuple[JudgedMetric, ...]
    blocks: tuple[Block, ...]
    layers: tuple[LayerLine, ...]
    hyperparameters: tuple[tuple[Message, Text], ...]
    charts: tuple[Drawing, ...]
    values: CurveTable | None
    reading: Reading | None
    misread: Misread | None


#: What the median time of a run is of, by engine.
_TIMED = {
    "keras": Message("Per epoch, median"),
    "numpy": Message("Between evaluations, median"),
}


def experiment_section(item: Findings, dataset: Dataset, comparable: bool) -> ExperimentSection:
    """The section of one experiment.

    Args:
        item: what was found.
        dataset: the images, for the digits it misread.
        comparable: whether it was trained as published.
    """
    experiment, run = item.experiment, item.shown
    read, wrong = _test_set(item, dataset)
    return ExperimentSection(
        id=anchor(experiment.name),
        mark=mark(item.judgement),
        name=experiment.name,
        title=Phrase(experiment.title),
        document=experiment.document,
        source=Phrase(experiment.source),
        claim=Phrase(experiment.claim),
        note=Phrase(experiment.published.note),
        accuracy=_measured(run, "test_accuracy"),
        parameters=count(run.parameters) if run and run.parameters else NOTHING,
        published_parameters=_published_parameters(item),
        weight_norm=_measured(run, "weight_norm"),
        bias_norm=_measured(run, "bias_norm"),
        seed=str(run.seed) if run else NOTHING,
        several=len(item.runs) > 1,
        seeds=seed_table(item),
        troubles=tuple(run.ending for run in item.runs if run.status != "ok"),
        runs=tuple(_run_row(run) for run in item.runs),
        timed=_TIMED[experiment.engine],
        verdicts=judged_metrics(item),
        blocks=blocks(experiment, run),
        layers=layer_lines(experiment, run),
        hyperparameters=hyperparameters(experiment),
        charts=_charts(item, comparable),
        values=_curve_table(run),
        reading=read,
        misread=wrong,
    )


def _measured(run: Run | None, metric: str) -> str:
    return figure(metric, run.metrics.get(metric)) if run else NOTHING


def _published_parameters(item: Findings) -> str:
    parameters = item.experiment.published.parameters
    return "" if parameters is None else count(parameters)


def _test_set(item: Findings, dataset: Dataset) -> tuple[Reading | None, Misread | None]:
    shares = item.probabilities.get(item.shown.seed) if item.shown else None
    if shares is None:
        return None, None
    images, labels = dataset.x_test[: len(shares)], dataset.y_test[: len(shares)]
    return reading(labels, shares), misread(images, labels, shares)


def _run_row(run: Run) -> RunRow:
    steps = sorted(run.epoch_seconds)
    return RunRow(
        seed=run.seed,
        status=Phrase(run.status),
        accuracy=figure("test_accuracy", run.metrics.get("test_accuracy")),
        seconds=duration(run.seconds),
        per_step=duration(steps[len(steps) // 2]) if steps else NOTHING,
        fingerprint=run.fingerprint,
        finished=moment(run.finished),
    )


def _charts(item: Findings, comparable: bool) -> tuple[Drawing, ...]:
    charts = []
    for label, train, test in (
        (Message("loss"), TRAIN_LOSS, TEST_LOSS),
        (Message("accuracy"), TRAIN_ACCURACY, TEST_ACCURACY),
    ):
        if lines := set_lines(item, train, test, comparable):
            chart = Chart(
                key=f"{item.experiment.name} {label}",
                lines=lines,
                x_label=step_name(item.shown),
                y_label=label,
                percent=train is TRAIN_ACCURACY,
            )
            charts.append(draw(chart))
    return tuple(charts)


def _curve_table(run: Run | None) -> CurveTable | None:
    if run is None or not run.history:
        return None
    names = [name for name in run.history if name != "iteration"]
    steps = run.history.get("iteration") or range(1, 1 + max(map(len, run.history.values())))
    rows = [
        (count(round(step)), *(_at(name, run.history[name], index) for name in names))
        for index, step in enumerate(steps)
    ]
    step = step_name(run)
    return CurveTable(step, (step, *map(metric_name, names)), tuple(rows))


def _at(name: str, curve: list[float], index: int) -> str:
    return figure(name, curve[index]) if index < len(curve) else NOTHING
