"""The first screen: what is not a pass, and one row for each experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mnistreport.messages import Message, Phrase, Text, listing
from mnistreport.report.findings import Findings
from mnistreport.report.formats import (
    NOTHING,
    anchor,
    duration,
    figure,
    interval,
    metric_name,
    percent,
)
from mnistreport.report.judged import beside, spread
from mnistreport.report.marks import Mark, mark
from mnistreport.report.rangeplot import range_plot
from mnistreport.report.sparkline import sparkline
from mnistreport.verdict import Judgement, Verdict

#: The metric of the table.
MAIN = "test_accuracy"

#: Most experiments under "What needs a look"; the sections have the rest.
MOST_TROUBLES = 60

#: More metrics than this do not fit a screen: each experiment then shows its worst alone.
_MOST_METRICS = 12

_TROUBLES = (Judgement.ERROR, Judgement.FAIL, Judgement.WARN, Judgement.PASS)


@dataclass(frozen=True)
class PlotKey:
    """What the small drawings hold beside range and value; empty where they do not."""

    second: bool
    published: Text
    unpublished: Text


@dataclass(frozen=True)
class TroubledMetric:
    """A verdict that is not a plain pass; `plot` is empty where there was no value to draw."""

    mark: Mark
    metric: Message
    value: str
    plot: Markup
    range: str
    published: Text
    seeds: Text
    reason: Text


@dataclass(frozen=True)
class Trouble:
    """An experiment with verdicts that are not plain passes, the worst of them first.

    `more` names those that are left to its section.
    """

    mark: Mark
    name: str
    href: str
    title: Message
    metrics: tuple[TroubledMetric, ...]
    more: Text


@dataclass(frozen=True)
class OverviewRow:
    """An experiment's row; texts to show, `seeds` empty where there is one run."""

    mark: Mark
    name: str
    href: str
    title: Message
    document: str
    optimizer: str
    accuracy: Text
    seeds: Text
    plot: Markup
    range: str
    published: str
    published_kind: Text
    difference: str
    compared: Text
    seconds: str
    spark: Markup
    values: Mapping[str, str]


@dataclass(frozen=True)
class Filter:
    """A group of buttons; `choices` are a value that rows carry and how it is shown."""

    key: str
    title: Message
    choices: tuple[tuple[str, Text], ...]


def notable(found: Sequence[Findings]) -> list[tuple[Findings, Verdict]]:
    """The verdicts that are no plain pass: the worst first, second looks that passed last."""
    return [
        (item, verdict)
        for judgement in _TROUBLES
        for item in found
        for verdict in item.verdicts
        if verdict.verdict is judgement and (judgement is not Judgement.PASS or verdict.second)
    ]


def troubles(found: Sequence[Findings]) -> tuple[list[Trouble], int]:
    """The experiments that are no plain pass, the worst first, and how many more there are."""
    groups: dict[str, list[tuple[Findings, Verdict]]] = {}
    for row in notable(found):
        groups.setdefault(row[0].experiment.name, []).append(row)
    kept = list(groups.values())[:MOST_TROUBLES]
    most = 1 if sum(map(len, kept)) > _MOST_METRICS else _MOST_METRICS
    return [_trouble(rows, most) for rows in kept], len(groups) - len(kept)


def troubles_title(shown: Sequence[Trouble]) -> Message:
    """What the troubles have in common: where all passed in the end, nothing is left to look at."""
    passed = all(trouble.mark.kind == "pass" for trouble in shown)
    return Message("Passed at a second look") if passed else Message("What needs a look")


def _trouble(rows: Sequence[tuple[Findings, Verdict]], most: int) -> Trouble:
    item, worst = rows[0]
    more = [metric_name(verdict.metric) for _, verdict in rows[most:]]
    return Trouble(
        mark=mark(worst.verdict),
        name=item.experiment.name,
        href=anchor(item.experiment.name),
        title=Phrase(item.experiment.title),
        metrics=tuple(_troubled_metric(*row) for row in rows[:most]),
        more=Message("and {metrics}", metrics=listing(more, most=None)) if more else "",
    )


def _troubled_metric(item: Findings, verdict: Verdict) -> TroubledMetric:
    metric = verdict.metric
    figures = item.experiment.published.figures()
    return TroubledMetric(
        mark=mark(verdict.verdict),
        metric=metric_name(metric),
        value="" if verdict.value is None else figure(metric, verdict.value),
        plot=range_plot(verdict, item.values(metric), item.drawn(metric)),
        range=interval(metric, verdict.low, verdict.high),
        published=Message("published {figure}", figure=figure(metric, figures[metric]))
        if metric in figures
        else "",
        seeds=seeds_of(verdict) if len(item.runs) > 1 else "",
        reason=verdict.reason,
    )


def plot_key(found: Sequence[Findings], comparable: bool, dataset: str) -> PlotKey | None:
    """What the drawings of a build's ranges hold; None where there is no range to draw.

    Args:
        found: the experiments.
        comparable: whether they were trained as published.
        dataset: its name.
    """
    verdicts = [verdict for item in found for verdict in item.verdicts]
    if all(verdict.low is None for verdict in verdicts):
        return None
    published: Text = Message("published")
    if not comparable:
        published = Message("published, after the whole training")
    unpublished: Text = ""
    if dataset != "mnist":
        published = ""
        unpublished = Message(
            "what was published is of MNIST, and is not drawn beside {name}", name=dataset
        )
    second = any(verdict.second is not None for verdict in verdicts)
    return PlotKey(second, published, unpublished)


def seeds_of(verdict: Verdict) -> Message:
    """The seeds of a verdict, as few words."""
    seeds = ", ".join(map(str, verdict.seeds))
    if len(verdict.seeds) > 4:
        seeds = f"{min(verdict.seeds)} {NOTHING} {max(verdict.seeds)}"
    return Message("{n:seed|seeds} {seeds}", n=len(verdict.seeds), seeds=seeds)


def overview_row(item: Findings) -> OverviewRow:
    """An experiment in one line; with several seeds the mean, and how far apart they are."""
    experiment = item.experiment
    values = item.values(MAIN)
    verdict = item.verdict(MAIN)
    compared = beside(item, MAIN)
    mean = sum(values) / len(values) if values else None
    low, high = (verdict.low, verdict.high) if verdict else (None, None)
    published, kind = _published(item)
    return OverviewRow(
        mark=mark(item.judgement),
        name=experiment.name,
        href=anchor(experiment.name),
        title=Phrase(experiment.title),
        document=experiment.document,
        optimizer=experiment.optimizer.kind,
        accuracy=_outcome(item, mean),
        seeds=spread(MAIN, values),
        plot=range_plot(verdict, values, item.drawn(MAIN)),
        range=interval(MAIN, low, high),
        published=published,
        published_kind=kind,
        difference=compared.difference,
        compared=compared.compared,
        seconds=duration(sum(run.seconds for run in item.runs)),
        spark=sparkline(item),
        values=_values(item, mean),
    )


def _values(item: Findings, mean: float | None) -> dict[str, str]:
    """What a row is sorted and filtered by; empty where there is nothing."""
    compared = [c for c in item.comparisons if c.metric == MAIN]
    differences = [c.difference for c in compared if c.comparable and c.difference is not None]
    return {
        "verdict": str(list(Judgement).index(item.judgement)),
        "accuracy": "" if mean is None else repr(mean),
        "published": repr(compared[0].published) if compared else "",
        "difference": repr(sum(differences) / len(differences)) if differences else "",
        "seconds": repr(sum(run.seconds for run in item.runs)),
        "optimizer": _family(item),
    }


def _family(item: Findings) -> str:
    """The optimizer's name, whoever implements it: Keras writes Adagrad, document D AdaGrad."""
    name = item.experiment.optimizer.kind.partition(".")[2]
    return "Adagrad" if name == "AdaGrad" else name


def overview_filters(found: Sequence[Findings]) -> tuple[Filter, ...]:
    """The groups that more than one experiment can be told apart by."""
    documents = sorted({item.experiment.document for item in found})
    optimizers = sorted({_family(item) for item in found}, key=str.lower)
    judgements = sorted({item.judgement for item in found}, key=list(Judgement).index)
    groups = (
        Filter("document", Message("Document"), tuple((d, d) for d in documents)),
        Filter("optimizer", Message("Optimizer"), tuple((o, o) for o in optimizers)),
        Filter(
            "verdict",
            Message("Verdict"),
            tuple((str(list(Judgement).index(j)), mark(j).word) for j in judgements),
        ),
    )
    return tuple(group for group in groups if len(group.choices) > 1)


def _outcome(item: Findings, mean: float | None) -> Text:
    if mean is not None:
        return percent(mean)
    return Phrase(item.shown.status) if item.shown else NOTHING


def _published(item: Findings) -> tuple[str, Text]:
    """The published accuracy, and what kind it is where it is not the table's."""
    figures = item.experiment.published.figures()
    if MAIN in figures:
        return figure(MAIN, figures[MAIN]), ""
    if "test_binary_accuracy" in figures:
        return figure("test_binary_accuracy", figures["test_binary_accuracy"]), Message("binary")
    return NOTHING, ""
