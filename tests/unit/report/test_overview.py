"""The first screen: what needs a look, experiment by experiment, and what its drawings hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mnistreport.experiment import Experiment
from mnistreport.report.findings import Findings, by_experiment
from mnistreport.report.marks import mark
from mnistreport.report.overview import overview_row, plot_key, troubles, troubles_title
from mnistreport.results import Results
from mnistreport.verdict import Judgement, Verdict
from tests.unit.report.fake_results import experiments, fake_results, toy_dataset


def failing(chosen: Sequence[Experiment], metrics: int) -> tuple[Findings, ...]:
    """Experiments that are each outside in so many metrics, trained on MNIST as published."""
    results = fake_results(chosen, toy_dataset(name="mnist"), profile="published", troubled=False)
    names = ("test_accuracy", "test_loss", "final_loss", "weight_norm")[:metrics]
    verdicts = [
        Verdict(one.name, name, (0,), 0.5, 0.6, 0.7, Judgement.FAIL, "0.5 is below")
        for one in chosen
        for name in names
    ]
    return by_experiment(replace(results, verdicts=tuple(verdicts)))


def test_nothing_needs_a_look_where_all_pass() -> None:
    """No experiment is listed."""
    assert troubles(by_experiment(fake_results(troubled=False))) == ([], 0)


def test_an_experiment_is_listed_once_with_all_that_is_outside() -> None:
    """Three experiments, four metrics each: each drawn, with nothing left out."""
    rows, more = troubles(failing(experiments()[:3], 4))
    assert [row.name for row in rows] == ["wide/sgd", "wide/adam", "small/sgd"]
    assert all(len(row.metrics) == 4 and not row.more for row in rows)
    assert all(metric.plot for row in rows for metric in row.metrics)
    assert more == 0


def test_what_passed_at_a_second_look_needs_no_other() -> None:
    """The heading says so; one experiment outside, and there is something to look at."""
    shown, _ = troubles(failing(experiments()[:2], 1))
    assert troubles_title(shown) == "What needs a look"
    passed = [replace(one, mark=mark(Judgement.PASS)) for one in shown]
    assert troubles_title(passed) == "Passed at a second look"
    assert troubles_title([shown[0], passed[1]]) == "What needs a look"


def test_many_experiments_show_their_worst_metric_alone() -> None:
    """What does not fit the first screen is named beside it."""
    rows, _ = troubles(failing(experiments(), 4))
    assert [len(row.metrics) for row in rows] == [1] * 11
    assert rows[0].metrics[0].metric == "test accuracy"
    assert rows[0].more == "and test loss, final loss and weight norm"


def test_a_very_large_suite_is_cut() -> None:
    """The rest is counted."""
    base = experiments()[0]
    many = [base.model_copy(update={"name": f"own/n{number}"}) for number in range(70)]
    rows, more = troubles(failing(many, 1))
    assert (len(rows), more) == (60, 10)


def test_crashed_and_diverged_trainings_have_a_reason_and_no_drawing() -> None:
    """There is no value to draw."""
    rows, _ = troubles(by_experiment(fake_results()))
    ended = {row.name: row.metrics[0] for row in rows if row.metrics[0].metric == "training"}
    assert set(ended) == {"mlp/model3", "small/nadam"}
    for metric in ended.values():
        assert not metric.plot
        assert not metric.value
        assert metric.reason


def told(results: Results) -> str:
    """What the key says of published figures."""
    comparable = results.profile == "published" and results.dataset.name == "mnist"
    key = plot_key(by_experiment(results), comparable, results.dataset.name)
    assert key is not None
    return str(key.published or key.unpublished)


@pytest.mark.parametrize(
    ("name", "profile", "drawn", "said"),
    [
        ("mnist", "published", True, "published"),
        ("mnist", "quick", True, "published, after the whole training"),
        (
            "digits",
            "quick",
            False,
            "what was published is of MNIST, and is not drawn beside digits",
        ),
    ],
)
def test_published_figures_are_drawn_on_mnist_alone(
    name: str, profile: str, drawn: bool, said: str
) -> None:
    """In each drawing of both lists; elsewhere the key gives the reason."""
    results = fake_results(dataset=toy_dataset(name=name), profile=profile)  # type: ignore[arg-type]
    found = by_experiment(results)
    rows, _ = troubles(found)
    (warned,) = (row.metrics[0] for row in rows if row.name == "wide/adam")
    assert ("r-tick" in warned.plot) is drawn
    assert ("r-tick" in overview_row(found[0]).plot) is drawn
    assert str(warned.published) == "published 96.94%"
    assert told(results) == said


def test_without_ranges_there_is_no_key() -> None:
    """Nothing is drawn, so nothing is explained."""
    results = fake_results(experiments()[:2], troubled=False)
    unjudged = tuple(replace(v, low=None, high=None) for v in results.verdicts)
    assert plot_key(by_experiment(replace(results, verdicts=unjudged)), False, "digits") is None
