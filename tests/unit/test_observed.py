"""What a training must be exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mnistreport.observed import Observed
from mnistreport.reference import Ranges
from mnistreport.training.trained import share_leaked
from mnistreport.verdict import Judgement, judge
from tests.unit.records import run

LOSS = 0.25
SEEN = Observed(
    steps=10,
    steps_due=10,
    images=60,
    images_due=60,
    drawn=100,
    drawn_due=100,
    leaked=0.0,
    called_loss=LOSS,
    dropping=True,
    dropping_due=True,
    rectified_least=0.0,
    kept_loss=LOSS,
)
RANGES: Ranges = {}


def test_a_training_that_is_what_it_should_be_contradicts_nothing() -> None:
    """Nor one of which nobody knows anything, nor one whose loss was rounded."""
    assert list(SEEN.contradictions(LOSS)) == []
    assert list(Observed().contradictions(LOSS)) == []
    assert list(replace(SEEN, called_loss=LOSS * (1 + 1e-6)).contradictions(LOSS)) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"steps": 9}, "the weights were updated 9 times, where the recipe asks for 10"),
        ({"images": 59}, "59 images were trained on, where the recipe asks for 60"),
        ({"drawn": 400}, "the batches held 400 images in all, where the recipe asks for 100"),
        ({"leaked": 0.5}, "50.0% of the test images are among the training images"),
        ({"called_loss": 0.26}, "has a loss of 0.26, but evaluating it gave 0.25"),
        ({"called_loss": float("nan")}, "has a loss of nan"),
        ({"kept_loss": 0.26}, "the test loss was 0.26 after the epoch whose weights the recipe"),
        ({"rectified_least": -0.5}, "a layer with ReLU gave -0.5"),
        ({"dropping": False}, "no dropout is active"),
        ({"dropping_due": False}, "the recipe has no dropout"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_contradiction_fails_in_words(change: dict[str, float], told: str) -> None:
    """Whatever the metrics, and without a range."""
    found = run(observed=replace(SEEN, **change), metrics={"test_loss": LOSS})  # type: ignore[arg-type]
    verdicts = [v for v in judge([found], RANGES, checks=1) if v.metric == "training"]
    assert [v.verdict for v in verdicts] == [Judgement.FAIL]
    assert told in str(verdicts[0].reason)


def test_a_training_that_ended_badly_is_told_once() -> None:
    """It was not as long as it should have been, which everybody knows."""
    found = run(status="diverged", reason="NaN", metrics={}, observed=replace(SEEN, steps=3))
    assert [str(v.reason) for v in judge([found], RANGES, checks=1)] == ["NaN"]


def test_leaked_images_are_counted_bit_by_bit() -> None:
    """One of four; a picture that differs in one pixel is another."""
    train = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    test = np.random.default_rng(1).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    assert share_leaked(train, test) == 0
    test[2], test[3] = train[7], train[8]
    test[3, 0, 0] ^= 1
    assert share_leaked(train, test) == 0.25


def test_it_comes_back_from_a_record() -> None:
    """Truth values and all."""
    found = run(observed=SEEN)
    assert type(found).from_json(found.to_json()).observed == SEEN
