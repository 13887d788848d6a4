"""The page's records: all that the templates print, computed first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mnistreport.claims import in_short
from mnistreport.dataset import Dataset
from mnistreport.drift import Drift
from mnistreport.experiment import Experiment
from mnistreport.messages import Message, Phrase, Sentences, Text, signed
from mnistreport.report.calibrated import CalibrationSection, calibration_section
from mnistreport.report.claimed import ClaimRow, claim_rows
from mnistreport.report.compared import ComparedPage, compared_page
from mnistreport.report.conformity import ConformanceSection, conformance_section
from mnistreport.report.defaults import OptimizersSection, optimizers_section
from mnistreport.report.documents import DocumentSection, document_section
from mnistreport.report.findings import Findings, by_experiment, is_comparable
from mnistreport.report.formats import NOTHING, count, duration, metric_name, moment
from mnistreport.report.foundations import FoundationsSection, foundations_section
from mnistreport.report.galleries import Gallery, sample_gallery
from mnistreport.report.headline import headline, overall
from mnistreport.report.marks import Mark, mark
from mnistreport.report.overview import (
    Filter,
    OverviewRow,
    PlotKey,
    Trouble,
    overview_filters,
    overview_row,
    plot_key,
    troubles,
    troubles_title,
)
from mnistreport.report.published import PublishedSection, published_section
from mnistreport.report.quiz import Quiz, make_quiz
from mnistreport.report.sections import ExperimentSection, experiment_section
from mnistreport.report.sensed import SensitivitySection, sensitivity_section
from mnistreport.report.timing import SpeedSection, speed_section
from mnistreport.report.trends import HistorySection, history_section
from mnistreport.results import Results
from mnistreport.run import METRICS
from mnistreport.verdict import Judgement


@dataclass(frozen=True)
class ClassCount:
    """How many images show a digit; shares are of the most frequent one, in percent."""

    digit: int
    train: str
    test: str
    train_share: int
    test_share: int


@dataclass(frozen=True)
class DatasetSection:
    """The dataset, as texts."""

    name: str
    origin: Message
    sha256: str
    train: str
    test: str
    counts: tuple[ClassCount, ...]
    gallery: Gallery


@dataclass(frozen=True)
class DriftRow:
    """What all experiments together say of a metric, as texts."""

    mark: Mark
    metric: Message
    higher: Message
    shift: str
    value: str
    limit: str


@dataclass(frozen=True)
class Page:
    """Everything on the page, in its order."""

    title: Message
    profile: str
    created: str
    headline: Message
    mark: Mark
    banners: tuple[Text, ...]
    facts: tuple[tuple[Message, Text], ...]
    troubles: tuple[Trouble, ...]
    more_troubles: int
    troubles_title: Message
    plot_key: PlotKey | None
    overview: tuple[OverviewRow, ...]
    compared: ComparedPage | None
    drift: tuple[DriftRow, ...]
    documents: tuple[DocumentSection, ...]
    optimizers: OptimizersSection
    foundations: FoundationsSection | None
    published: PublishedSection | None
    claims: tuple[ClaimRow, ...]
    claims_in_short: Message
    experiments: tuple[ExperimentSection, ...]
    quiz: Quiz | None
    filters: tuple[Filter, ...]
    history: HistorySection | None
    dataset: DatasetSection
    speed: SpeedSection
    calibration: CalibrationSection | None
    conformance: ConformanceSection
    sensitivity: SensitivitySection | None
    metrics: tuple[tuple[Message, Message], ...]
    environment: tuple[tuple[Message, Message], ...]
    command: str


def make_page(results: Results) -> Page:
    """The records of the page; the same for the same results."""
    found = by_experiment(results)
    comparable = is_comparable(results)
    shown, more = troubles(found)
    return Page(
        title=Message(
            "{profile} profile on {dataset}",
            profile=Phrase(results.profile.capitalize()),
            dataset=results.dataset.title,
        ),
        profile=results.profile,
        created=moment(results.created),
        headline=headline(results),
        mark=mark(overall(results)),
        banners=_banners(results, comparable),
        facts=_facts(results),
        troubles=tuple(shown),
        more_troubles=more,
        troubles_title=troubles_title(shown),
        plot_key=plot_key(found, comparable, results.dataset.name),
        overview=tuple(overview_row(item) for item in found),
        compared=compared_page(results.compared) if results.compared else None,
        drift=tuple(_drift_row(drift) for drift in results.drift),
        documents=_documents(found, comparable, results.dataset),
        optimizers=optimizers_section(results.experiments),
        foundations=_foundations(results.experiments),
        published=published_section(results.figures),
        claims=claim_rows(results.claims),
        claims_in_short=in_short(results.claims),
        experiments=tuple(experiment_section(item, results.dataset, comparable) for item in found),
        quiz=make_quiz(found, results.dataset),
        filters=overview_filters(found),
        history=history_section(found, results),
        dataset=_dataset(results.dataset),
        speed=speed_section(found, results),
        calibration=calibration_section(results, found),
        conformance=conformance_section(results),
        sensitivity=sensitivity_section(results.sensitivity, results.sensitivity_source),
        metrics=tuple((metric_name(name), Phrase(told)) for name, told in METRICS.items()),
        environment=tuple(
            (Phrase(name), Phrase(value)) for name, value in results.environment.items()
        ),
        command=results.command,
    )


def _banners(results: Results, comparable: bool) -> tuple[Text, ...]:
    banners: list[Text] = [*results.notices]
    if results.dataset.notice:
        banners.append(Phrase(results.dataset.notice))
    if not comparable:
        what = []
        if results.profile != "published":
            what.append(Message("the quick profile trains on less than the documents did"))
        if results.dataset.name != "mnist":
            name = results.dataset.name
            what.append(Message("the data is {name}, not MNIST", name=name))
        banners.append(
            Message(
                "Published figures are shown but not comparable: {what}. Runs are judged against "
                "ranges of their own profile and data.",
                what=Sentences(what, "; "),
            )
        )
    return tuple(dict.fromkeys(banners))


def _facts(results: Results) -> tuple[tuple[Message, Text], ...]:
    train, test = results.dataset.sizes
    seeds = sorted({run.seed for run in results.runs})
    told = ", ".join(map(str, seeds))
    if len(seeds) > 6:
        told = f"{seeds[0]} {NOTHING} {seeds[-1]}"
    data = Message(
        "{name}, {train} + {test} images",
        name=results.dataset.title,
        train=count(train),
        test=count(test),
    )
    return (
        (Message("Experiments"), count(len(results.experiments))),
        (Message("Trainings"), count(len(results.runs))),
        (Message("Seeds") if len(seeds) > 1 else Message("Seed"), told),
        (Message("Data"), data),
        (Message("Training time"), duration(sum(run.seconds for run in results.runs))),
        (Message("Made"), moment(results.created)),
    )


def _drift_row(drift: Drift) -> DriftRow:
    return DriftRow(
        mark=mark(Judgement.PASS if drift.inside else Judgement.FAIL),
        metric=metric_name(drift.metric),
        higher=Message("{n} of {total}", n=drift.above, total=drift.experiments),
        shift=signed(drift.shift, ".2f") + " SD",
        value=signed(drift.value, ".2f"),
        limit=f"\N{PLUS-MINUS SIGN}{drift.limit:.2f}",
    )


def _documents(
    found: tuple[Findings, ...], comparable: bool, dataset: Dataset
) -> tuple[DocumentSection, ...]:
    letters = dict.fromkeys(item.experiment.document for item in found)
    return tuple(
        document_section(
            letter,
            number,
            [item for item in found if item.experiment.document == letter],
            comparable,
            dataset.name == "mnist",
        )
        for number, letter in enumerate(letters, 1)
    )


def _foundations(experiments: Iterable[Experiment]) -> FoundationsSection | None:
    """They are document C's, and stand where it does."""
    explained = any(experiment.document == "C" for experiment in experiments)
    return foundations_section() if explained else None


def _dataset(dataset: Dataset) -> DatasetSection:
    train = np.bincount(dataset.y_train, minlength=10)
    test = np.bincount(dataset.y_test, minlength=10)
    return DatasetSection(
        name=dataset.title,
        origin=Phrase(dataset.origin),
        sha256=dataset.sha256,
        train=count(len(dataset.y_train)),
        test=count(len(dataset.y_test)),
        counts=tuple(
            ClassCount(
                digit,
                count(int(train[digit])),
                count(int(test[digit])),
                round(100 * train[digit] / max(train.max(), 1)),
                round(100 * test[digit] / max(test.max(), 1)),
            )
            for digit in range(10)
        ),
        gallery=sample_gallery(dataset.x_train, dataset.y_train),
    )
