"""The arithmetic of ranges and looks holds for any runs."""

from __future__ import annotations

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from mnistreport.comparison.chance import sign_test
from mnistreport.looks import (
    FIRST_FRESH_SEED,
    SECOND_ALPHA,
    SECOND_SEEDS,
    fresh_seeds,
    joint_rate,
    only_alpha,
    second_alpha,
)
from mnistreport.statistics import Summary, holm, summarize, to_scale
from tests.unit.properties.strategies import accuracies, losses, seeds

alphas = st.floats(1e-12, 0.5)
IMAGES = 1000


@st.composite
def summaries(draw: st.DrawFn) -> Summary:
    """What some runs say of a loss or of an accuracy."""
    if draw(st.booleans()):
        return summarize(draw(st.lists(losses, min_size=2, max_size=30)), "test_loss", IMAGES)
    found = draw(st.lists(accuracies, min_size=2, max_size=30))
    return summarize(found, "test_accuracy", IMAGES)


def of_metric(summary: Summary) -> st.SearchStrategy[float]:
    """New values of the metric of a summary."""
    return accuracies if summary.scale == "logit" else losses


@given(st.data(), summaries())
def test_an_interval_lies_around_the_centre_within_what_can_be(
    data: st.DataObject, summary: Summary
) -> None:
    """Whatever the alpha; the less of it, the more runs or the less widening, the narrower."""
    strict, lax = sorted((data.draw(alphas), data.draw(alphas)))
    runs = data.draw(st.integers(1, 8))
    wide, narrow = summary.interval(strict, runs), summary.interval(lax, runs)
    centre = (
        math.exp(summary.centre) if summary.scale == "log" else 1 / (1 + math.exp(-summary.centre))
    )
    slack = 1e-9 * centre
    assert narrow.low - slack <= centre <= narrow.high + slack
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high
    assert wide.low >= 0
    assert summary.scale == "log" or wide.high <= 1
    more = summary.interval(strict, runs + 1)
    assert wide.low <= more.low
    assert more.high <= wide.high
    widened = summary.interval(strict, runs, widening=2.0)
    assert widened.low <= wide.low
    assert wide.high <= widened.high


@given(st.data(), summaries(), alphas)
def test_a_p_value_says_which_intervals_hold_a_run(
    data: st.DataObject, summary: Summary, alpha: float
) -> None:
    """Above alpha it is inside that interval; its score has the sign of where it lies."""
    value = data.draw(of_metric(summary))
    p, score, t = summary.p_value([value]), summary.score([value]), summary.t([value])
    assert 0 <= p <= 1
    assert math.isfinite(score)
    assert score * t >= 0
    if p > alpha * (1 + 1e-6):
        assert value in summary.interval(alpha)
    elif p < alpha * (1 - 1e-6) and 0 < value < 1:
        # at the very ends of accuracies the interval holds the end, where the logit stops
        assert value not in summary.interval(alpha)


@given(st.data(), summaries())
def test_a_mean_lies_among_its_runs_in_any_order(data: st.DataObject, summary: Summary) -> None:
    """On the scale, and back."""
    found = data.draw(st.lists(of_metric(summary), min_size=1, max_size=8))
    mean = summary.mean(found)
    edge = 0.5 / IMAGES if summary.scale == "logit" else 0.0
    assert min(found) * (1 - 1e-9) - edge <= mean <= max(found) * (1 + 1e-9) + edge
    again = summary.mean(data.draw(st.permutations(found)))
    assert math.isclose(again, mean, rel_tol=1e-9)


@given(losses, accuracies)
def test_scales_can_be_undone(loss: float, accuracy: float) -> None:
    """But for the half image that keeps an accuracy from the ends."""
    assert math.isclose(math.exp(to_scale(loss, "log", IMAGES)), loss, rel_tol=1e-9)
    back = 1 / (1 + math.exp(-to_scale(accuracy, "logit", IMAGES)))
    assert abs(back - accuracy) <= 0.5 / IMAGES + 1e-12
    assume(0 < accuracy < 1)
    assert math.isclose(back, accuracy, rel_tol=1e-9)


@given(st.lists(losses, min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_a_summary_knows_no_order(found: list[float], random: object) -> None:
    """The centre and the spread are those of a set of runs."""
    summary = summarize(found, "test_loss", IMAGES)
    mixed = list(found)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert summarize(mixed, "test_loss", IMAGES) == summary
    assert summary.spread > 0


@given(st.dictionaries(st.integers(), st.floats(0, 1), max_size=20))
def test_holm_only_raises_and_keeps_the_order(p_values: dict[int, float]) -> None:
    """Adjusted values are probabilities, none smaller than raw, the least times their number."""
    adjusted = holm(p_values)
    assert adjusted.keys() == p_values.keys()
    assert all(p_values[key] <= value <= 1 for key, value in adjusted.items())
    ordered = sorted(p_values, key=lambda key: p_values[key])
    assert [adjusted[key] for key in ordered] == sorted(adjusted.values())
    if ordered:
        assert adjusted[ordered[0]] == min(1.0, len(ordered) * p_values[ordered[0]])


@given(st.sets(seeds, min_size=1, max_size=5))
def test_fresh_seeds_are_new_and_fit_the_generators(asked: set[int]) -> None:
    """Four different ones in 32 bits, above every seed that people ask for."""
    found = fresh_seeds(sorted(asked))
    assert len(set(found)) == SECOND_SEEDS
    assert all(FIRST_FRESH_SEED <= seed < 2**32 for seed in found)


@given(st.integers(2, 60), st.integers(1, 2000))
def test_second_looks_keep_every_budget(n: int, checks: int) -> None:
    """Both looks together never exceed a check's share, whatever the seeds and checks."""
    alpha = second_alpha(n, checks)
    assert 0 < alpha <= SECOND_ALPHA
    assert joint_rate(n, alpha) <= only_alpha(checks)


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_the_sign_test_has_no_favourite(gained: int, lost: int) -> None:
    """Either way round it is the same probability, and one more of the fewer raises it."""
    p = sign_test(gained, lost)
    assert 0 < p <= 1 or (p == 0 and abs(gained - lost) > 500)
    assert p == sign_test(lost, gained)
    if gained < lost:
        assert sign_test(gained + 1, lost - 1) >= p
