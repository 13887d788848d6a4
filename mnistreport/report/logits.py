"""A network's ten outputs for one image: their probabilities, and the logits behind them.

Logits themselves are not stored. A softmax loses no more of them than a constant, so that the
logarithms of its probabilities are logits too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistreport.report.formats import percent

#: Below this a probability is 0 as float32, and its logarithm unknown.
LEAST = -103.0


@dataclass(frozen=True)
class Output:
    """One digit's probability and its natural logarithm as texts, and their bars, 0..100."""

    share: str
    log: str
    share_bar: int
    log_bar: int


@dataclass(frozen=True)
class Outputs:
    """The outputs for one image, digit by digit; its true digit, and what it was read as."""

    rows: tuple[Output, ...]
    true: int
    read: int


def logarithms(probabilities: NDArray[np.float32]) -> list[str]:
    """Natural logarithms of probabilities (10,) as texts, "-inf" of one too small.

    Three decimals down to -10 keep a probability to a twentieth of a percent of itself.
    """
    with np.errstate(divide="ignore"):
        logs = np.log(probabilities.astype(np.float64))
    # + 0.0 takes the sign from a zero
    return [f"{round(x, 3) + 0.0:.3f}" if x > -10 else f"{x:.1f}" for x in map(float, logs)]


def outputs(probabilities: NDArray[np.float32], true: int) -> Outputs:
    """The outputs of an image, from its probabilities (10,) as `logarithms` writes them.

    The page's script computes the same from the same texts for the digit that a reader chooses.
    A bar of a logarithm begins at the least one.
    """
    texts = logarithms(probabilities)
    logs = [max(float(text), LEAST) for text in texts]
    lowest, span = min(logs), (max(logs) - min(logs)) or 1.0
    rows = [
        Output(
            percent(math.exp(log), 1),
            f"< {LEAST:.0f}" if text == "-inf" else text,
            round(100 * math.exp(log)),
            round(100 * (log - lowest) / span),
        )
        for text, log in zip(texts, logs, strict=True)
    ]
    return Outputs(tuple(rows), true, int(probabilities.argmax()))
