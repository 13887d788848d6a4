"""Published figures are judged by the seeds' interval, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from mnistreport.evidence import Training, Trainings
from mnistreport.fidelity import (
    Fidelity,
    Figure,
    as_printed,
    in_plain_words,
    interval_width,
    judge_figures,
)
from mnistreport.published import Curves
from mnistreport.statistics import Interval, prediction_interval
from tests.unit.evidence import around, trainings
from tests.unit.records import experiment, numpy_experiment

VALUES = around(0.95, 0.002)
NARROW = prediction_interval(VALUES, "test_accuracy", 3000, 0.05)
WIDE = prediction_interval(VALUES, "test_accuracy", 3000, 1e-3)
ROUNDING = 5e-5


def final(published: float, values: list[float] = VALUES, **changes: Any) -> Figure:
    """The verdict on a published test accuracy."""
    given = {"test_accuracy": published, "rounding": ROUNDING, **changes}
    ours = trainings(experiment(published=given), {"test_accuracy": values})
    return judge_figures(ours, {}).finals[0]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (0.95, "reproduced"),
        (NARROW.low - 0.9 * ROUNDING, "reproduced"),
        (NARROW.low - 1.1 * ROUNDING, "plausible"),
        (NARROW.high + 0.9 * ROUNDING, "reproduced"),
        (NARROW.high + 1.1 * ROUNDING, "plausible"),
        (WIDE.low - 0.9 * ROUNDING, "plausible"),
        (WIDE.low - 1.1 * ROUNDING, "not reproduced"),
        (WIDE.high + 0.9 * ROUNDING, "plausible"),
        (WIDE.high + 1.1 * ROUNDING, "not reproduced"),
    ],
)
def test_intervals_widened_by_the_rounding_decide(published: float, expected: str) -> None:
    """95% and 99.9%, on both sides, and half a unit of the last digit further."""
    figure = final(published)
    assert figure.verdict == expected
    assert (figure.low, figure.high) == (NARROW.low, NARROW.high)
    assert figure.inside == (expected == "reproduced")


def test_a_figure_may_have_a_rounding_of_its_own() -> None:
    """One that was printed with more digits is given less room."""
    published = NARROW.low - 0.9 * ROUNDING
    figure = final(published, roundings={"test_accuracy": 5e-7})
    assert figure.rounding == 5e-7
    assert figure.verdict == Fidelity.PLAUSIBLE


def test_too_few_seeds_are_inconclusive() -> None:
    """Nine, however well they agree; ten are enough."""
    nine = final(0.95, VALUES[:9])
    assert (nine.verdict, nine.reason) == (
        Fidelity.INCONCLUSIVE,
        "not enough seeds yet: 9 of 10",
    )
    assert nine.inside is None
    assert nine.low is None
    assert final(0.95, VALUES).verdict == Fidelity.REPRODUCED


def test_a_wide_interval_says_nothing_of_what_it_holds() -> None:
    """Seeds of 92% to 98% take half and twice the error alike; 50% is refuted all the same."""
    scattered = around(0.95, 0.02)
    inside = final(0.95, scattered)
    assert inside.verdict == Fidelity.INCONCLUSIVE
    assert "times within the 95% interval" in str(inside.reason)
    assert final(0.5, scattered).verdict == Fidelity.NOT_REPRODUCED


def test_width_is_that_of_the_error() -> None:
    """Odds of a wrong answer for an accuracy, half an image from 0 and 1; ratios for a loss."""
    assert interval_width(Interval(0.96, 0.98), "test_accuracy", 1000) == pytest.approx(
        2.04, abs=0.01
    )
    assert interval_width(Interval(0.5, 2.0), "test_loss", 1000) == 4
    assert interval_width(Interval(0.9, 1.0), "test_accuracy", 1000) == pytest.approx(1999 / 9)


def test_losses_are_judged_on_their_own_scale() -> None:
    """A loss is positive: twice and half are equally far."""
    entry = experiment(published={"test_loss": 0.2, "final_loss": 0.2, "rounding": ROUNDING})
    losses = {"test_loss": around(0.2, 0.005), "final_loss": around(0.1, 0.002)}
    loss, last = judge_figures(trainings(entry, losses), {}).finals
    assert (loss.verdict, last.verdict) == (Fidelity.REPRODUCED, Fidelity.NOT_REPRODUCED)
    assert last.reason == "above the 99.9% interval of a new run"


def test_parameters_are_no_figure_of_a_seed() -> None:
    """They are counted, not drawn."""
    entry = experiment(published={"test_accuracy": 0.95, "parameters": 7850})
    judged = judge_figures(trainings(entry, {"test_accuracy": VALUES}), {})
    assert [figure.metric for figure in judged.finals] == ["test_accuracy"]


# --- which of our figures is set beside -------------------------------------------------


def test_document_d_ends_at_its_last_row() -> None:
    """Its finals are those of the last table row, though the training goes on."""
    entry = numpy_experiment(published={"test_accuracy": 0.9, "rounding": 5e-7})
    ours = trainings(
        entry,
        {"test_accuracy": around(0.97, 0.001)},
        {"test_accuracy": [[0.1, value] for value in around(0.9, 0.001)]},
    )
    published: Curves = {"iteration": [0.0, 600.0], "test_accuracy": [0.1, 0.9]}
    (figure,) = judge_figures(ours, published).finals
    assert (figure.step, figure.verdict) == (600, Fidelity.REPRODUCED)


def test_a_lost_last_epoch_is_judged_at_the_one_before() -> None:
    """The final of document A's Nadam is that of epoch 49."""
    entry = experiment(published={"test_accuracy": 0.9, "rounding": 5e-5})
    curves = {"val_accuracy": [[0.8, value, 0.97] for value in around(0.9, 0.001)]}
    ours = trainings(entry, {"test_accuracy": around(0.97, 0.001)}, curves)
    (figure,) = judge_figures(ours, {"val_accuracy": [0.8, 0.9, None]}).finals
    assert (figure.step, figure.verdict) == (2, Fidelity.REPRODUCED)
    (whole,) = judge_figures(ours, {"val_accuracy": [0.8, 0.9, 0.9]}).finals
    assert (whole.step, whole.verdict) == (None, Fidelity.NOT_REPRODUCED)


def test_binary_accuracy_counts_ten_outputs_an_image() -> None:
    """Its smallest step is a tenth of an image, so its interval may be narrower."""
    entry = experiment(
        metrics=["accuracy", "binary_accuracy"],
        published={"test_binary_accuracy": 0.99598, "rounding": 5e-6},
    )
    binary = [0.99598] * 10
    ours = trainings(entry, {"test_binary_accuracy": binary, "test_accuracy": around(0.979, 0.001)})
    (figure,) = judge_figures(ours, {}).finals
    expected = prediction_interval(binary, "test_binary_accuracy", 30_000, 0.05)
    assert (figure.low, figure.high) == (expected.low, expected.high)
    assert figure.categorical == pytest.approx(0.979)
    words = " ".join(map(str, in_plain_words([figure])))
    assert "99.6% was published; 10 calibration seeds read 97.90% of the images" in words


def test_plain_words_are_for_binary_accuracies() -> None:
    """Any other figure is what it says."""
    assert in_plain_words([final(0.95)]) == []


# --- curves -----------------------------------------------------------------------------


def curve_of(values: list[float | None], seeds: int = 10) -> Any:
    """A published validation accuracy of three epochs beside seeds around .90, .92, .94."""
    ours = [[m + 0.001 * d for m in (0.90, 0.92, 0.94)] for d in around(0, 1, seeds)]
    given = trainings(experiment(published={"rounding": 5e-5}), {}, {"val_accuracy": ours})
    (curve,) = judge_figures(given, {"val_accuracy": values}).curves
    return curve


def test_a_curve_has_the_share_of_its_epochs_inside() -> None:
    """Of what the document kept: two of three, one of two, none lost counted."""
    curve = curve_of([0.90, 0.92, 0.5])
    assert curve.share_inside == pytest.approx(2 / 3)
    assert [figure.step for figure in curve.figures] == [1, 2, 3]
    assert curve.count(Fidelity.NOT_REPRODUCED) == 1
    lost = curve_of([0.90, None, 0.5])
    assert lost.share_inside == 0.5
    assert [figure.step for figure in lost.figures] == [1, 3]


def test_a_curve_without_a_band_has_no_share() -> None:
    """Where there are too few seeds."""
    assert curve_of([0.90, 0.92, 0.94], seeds=3).share_inside is None


def test_a_seed_that_stopped_early_has_no_later_epochs() -> None:
    """An epoch is judged by the seeds that came to it."""
    curves = [[0.9, 0.92][: 1 if seed == 0 else 2] for seed in range(11)]
    given = trainings(experiment(), {}, {"val_accuracy": curves})
    (curve,) = judge_figures(given, {"val_accuracy": [0.9, 0.92]}).curves
    assert [figure.seeds for figure in curve.figures] == [11, 10]


# --- replays ----------------------------------------------------------------------------


def replayed(own: float, seed: int | None = 1) -> Figure:
    """A published .978400 of the document's seed beside a training of ours from that seed."""
    changes: dict[str, Any] = {"published": {"test_accuracy": 0.9784, "rounding": 5e-7}}
    entry = numpy_experiment(**changes, seed=seed)
    published: Curves = {"iteration": [0.0], "test_accuracy": [0.9784]}
    training = Training({}, {"test_accuracy": [own]})
    return judge_figures(Trainings(entry, {}), published, training).finals[0]


def test_a_figure_that_replays_says_so() -> None:
    """All printed digits equal those of the document's own seed; no other seed is needed."""
    figure = replayed(0.97840000001)
    assert (figure.replays, figure.verdict) == (True, Fidelity.REPRODUCED)
    assert figure.reason == "replays digit for digit with the document's seed 1"


@pytest.mark.parametrize(("own", "seed"), [(0.978401, 1), (0.9784, None)])
def test_what_differs_or_has_no_seed_does_not_replay(own: float, seed: int | None) -> None:
    """One digit is enough; and a document that told no seed cannot be replayed."""
    figure = replayed(own, seed)
    assert (figure.replays, figure.verdict) == (False, Fidelity.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("value", "rounding", "text"),
    [(0.98, 5e-5, "0.9800"), (0.99598, 5e-6, "0.99598"), (12.0, 0.5, "12"), (0.25, 0.0, "0.25")],
)
def test_figures_keep_the_digits_they_were_printed_with(
    value: float, rounding: float, text: str
) -> None:
    """Trailing zeros were printed too."""
    assert as_printed(value, rounding) == text
