"""The human test of document E: digits to read oneself, and what each model made of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from mnistreport.dataset import Dataset
from mnistreport.report.findings import Findings
from mnistreport.report.galleries import sprite

#: How many digits document E showed its reader.
DIGITS = 100


@dataclass(frozen=True)
class Quiz:
    """`sprite` holds the digits side by side; `data` is JSON for the page's script.

    The JSON has the true digits as one string of characters ("labels"), what each model read by
    its name ("models"), and the name of the best of them on the whole test set ("best").
    """

    sprite: str
    data: Markup
    count: int
    best: str


def make_quiz(found: Sequence[Findings], dataset: Dataset) -> Quiz | None:
    """The test on random test digits, always the same ones; None where no model read any.

    Args:
        found: the experiments, those of which take part whose run has probabilities.
        dataset: the images.
    """
    read = {
        item.experiment.name: item.probabilities[item.shown.seed].argmax(axis=1)
        for item in found
        if item.shown and item.shown.seed in item.probabilities
    }
    if not read:
        return None
    # all models can be set beside a person only on the images that all of them read
    common = min(map(len, read.values()))
    chosen = np.random.RandomState(0).permutation(common)[:DIGITS]
    labels = dataset.y_test
    accuracy = {name: float(np.mean(said == labels[: len(said)])) for name, said in read.items()}
    best = max(accuracy, key=lambda name: accuracy[name])
    told = {
        "labels": _digits(labels[chosen]),
        "models": {name: _digits(said[chosen]) for name, said in read.items()},
        "best": best,
    }
    # within a script element nothing but "<" could end it
    text = json.dumps(told, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    return Quiz(sprite(dataset.x_test[chosen]), Markup(text), len(chosen), best)  # noqa: S704


def _digits(values: np.ndarray) -> str:
    return "".join(str(int(value)) for value in values)
