"""The sections of the documents: each with its figures, none knowing an experiment's name."""

import re
from dataclasses import replace

import pytest

from mnistreport.report.curves import TEST_ACCURACY, TRAIN_LOSS, comparison_lines, points
from mnistreport.report.documents import MOST_SWITCHED, DocumentSection, document_section
from mnistreport.report.findings import by_experiment
from tests.unit.report.fake_results import fake_results


def section(letter: str, comparable: bool = True, renamed: bool = False) -> DocumentSection:
    """The section of one document of the fake results."""
    found = [i for i in by_experiment(fake_results()) if i.experiment.document == letter]
    if renamed:
        found = [
            replace(i, experiment=i.experiment.model_copy(update={"name": f"x/{n}"}))
            for n, i in enumerate(found)
        ]
    return document_section(letter, 1, found, comparable, comparable)


@pytest.mark.parametrize(
    ("letter", "titles"),
    [
        ("A", ["Training loss", "Test loss", "Training accuracy", "Test accuracy"]),
        ("B", ["Training loss", "Test loss", "Training accuracy", "Test accuracy"]),
        ("C", ["Training loss", "Test accuracy"]),
        ("D", ["Training accuracy", "Test accuracy"]),
        ("E", ["Training loss", "Test accuracy"]),
        ("my own notes", ["Training loss", "Test loss", "Training accuracy", "Test accuracy"]),
    ],
)
def test_each_document_has_its_curves(letter: str, titles: list[str]) -> None:
    """The known documents have the curves they published, a user's own gets generic ones."""
    assert [figure.title for figure in section(letter).figures] == titles


@pytest.mark.parametrize("renamed", [False, True])
def test_parts_follow_from_the_data(renamed: bool) -> None:
    """Gap, binary table, replay and progression are found whatever the experiments are called."""
    deep, numpy, mlp = (section(letter, renamed=renamed) for letter in "CDE")
    assert len(deep.gaps) == 2
    assert len(deep.binary) == 2
    assert numpy.replay is not None
    assert mlp.progression is not None
    assert len(mlp.progression.models) == 2


def test_a_loss_that_document_a_cut_is_cut_here() -> None:
    """The training loss of document A is drawn from 0 to 1, where both can be compared."""
    assert "cut at 1" not in str(section("A", comparable=False).notes)
    assert "cut at 1" in str(section("A").notes)
    svg = section("A").figures[0].drawing.svg
    assert re.findall(r">([\d.]+)</text>", svg)[-6:] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]


def test_published_curves_stand_behind_only_where_comparable() -> None:
    """Published curves are drawn, and said to be, only beside trainings like the published."""
    dashes = 'stroke-dasharray="4.8,3"'
    there, not_there = section("A"), section("A", comparable=False)
    assert dashes in there.figures[1].drawing.svg
    assert "Dashed" in str(there.notes)
    assert dashes not in not_there.figures[1].drawing.svg
    assert "Not comparable" in str(not_there.notes)


def test_each_series_can_be_switched_off() -> None:
    """Its curves, leaders and labels are one class in each figure; the published ones another."""
    there = section("A")
    assert [(series.slot, series.name) for series in there.series] == [(0, "sgd"), (1, "adam")]
    assert there.with_published
    for figure in there.figures:
        assert figure.drawing.svg.count('class="series-0"') == 3
        assert figure.drawing.svg.count('class="series-0 published"') == 1
    assert not section("A", comparable=False).with_published
    # the gap's and the progression's lines are no experiments
    assert "series-" not in "".join(figure.drawing.svg for figure in section("C").gaps)
    progression = section("E").progression
    assert progression is not None
    assert "series-" not in progression.drawing.svg


def test_one_series_has_no_switch() -> None:
    """Nor has a document of more than the style sheet has rules for."""
    assert not section("D").series
    (item, *_) = [i for i in by_experiment(fake_results()) if i.experiment.document == "A"]
    for count, switched in ((MOST_SWITCHED, True), (MOST_SWITCHED + 1, False)):
        made = document_section("A", 1, [item] * count, True, True)
        assert bool(made.series) is switched


def test_people_are_drawn_on_mnist_alone() -> None:
    """The human band belongs to MNIST's digits."""
    there, not_there = section("E").progression, section("E", comparable=False).progression
    assert there is not None
    assert "people" in there.drawing.svg
    assert not_there is not None
    assert "people" not in not_there.drawing.svg


def test_an_unfinished_run_is_named() -> None:
    """An experiment without a finished run is not drawn silently as nothing."""
    assert "Without a finished run: small/nadam." in str(section("B").notes)


def test_an_experiment_keeps_its_colour() -> None:
    """The same list of experiments gives each the same slot in every plot, missing ones or not."""
    found = by_experiment(fake_results())[:5]
    slots = {
        line.label: line.slot
        for names in (TRAIN_LOSS, TEST_ACCURACY)
        for line in comparison_lines(found, names, False)
    }
    assert slots["sgd"] == 2  # small/sgd, the last of that short name
    assert slots["relu5"] == 4


def test_missing_points_are_skipped() -> None:
    """NaN of a diverged run and what a document lost leave a gap in x, not a zero in y."""
    assert points({"loss": [2.0, float("nan"), 0.5]}, ("loss",)) == ((1.0, 2.0), (3.0, 0.5))
    assert points({"val_loss": [None, 0.5]}, ("val_loss",)) == ((2.0, 0.5),)
    assert points({}, ("loss",)) == ()
