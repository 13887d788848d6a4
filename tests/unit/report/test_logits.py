"""The ten outputs for a digit."""

import numpy as np
import pytest

from mnistreport.report.logits import LEAST, logarithms, outputs


def softmax(logits: list[float]) -> np.ndarray:
    """Probabilities (10,) float32 of logits."""
    powers = np.exp(np.array(logits) - max(logits))
    return np.asarray(powers / powers.sum(), dtype=np.float32)


LOGITS = [3.0, -2.0, 5.0, 0.0, 1.5, -4.0, 2.0, 2.5, 4.8, -1.0]


def test_log_probabilities_are_logits_up_to_a_constant() -> None:
    """The differences are those of the very logits that the softmax was given."""
    found = np.array([float(text) for text in logarithms(softmax(LOGITS))])
    assert np.ptp(found - LOGITS) < 0.002


def test_probabilities_are_those_of_the_run() -> None:
    """What is computed back from the rounded logarithms is right to the digit that is shown."""
    probabilities = softmax(LOGITS)
    told = outputs(probabilities, true=8)
    assert [row.share for row in told.rows] == [f"{100 * p:.1f}%" for p in probabilities]
    assert (told.true, told.read) == (8, 2)


def test_bars_reach_from_the_least_probable_digit_to_the_most() -> None:
    """Of the logarithms; those of the probabilities begin at zero."""
    rows = outputs(softmax(LOGITS), true=8).rows
    assert (rows[5].log_bar, rows[2].log_bar) == (0, 100)
    assert rows[2].share_bar == round(100 * float(softmax(LOGITS)[2]))


@pytest.mark.parametrize("digit", range(10))
def test_a_certain_answer_has_no_infinite_bar(digit: int) -> None:
    """A probability that float32 cannot hold is told to be below what it can."""
    rows = outputs(np.eye(10, dtype=np.float32)[digit], true=digit).rows
    assert (rows[digit].share, rows[digit].log) == ("100.0%", "0.000")
    assert (rows[digit - 1].share, rows[digit - 1].log) == ("0.0%", f"< {LEAST:.0f}")
    assert (rows[digit].log_bar, rows[digit - 1].log_bar) == (100, 0)
