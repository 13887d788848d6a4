"""How well each digit was read: confusion matrix, precision, recall and F1."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistreport.messages import Message
from mnistreport.report.formats import count, percent

_DIGITS = range(10)


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: `shade` 0..100, `kind` "hit", "miss" or "nil"."""

    count: int
    shade: int
    kind: str


@dataclass(frozen=True)
class ClassRow:
    """One digit's precision, recall and F1 as text, and how many images show it.

    `right` is the recall as a fraction.
    """

    digit: int
    precision: str
    recall: str
    f1: str
    support: int
    right: float


@dataclass(frozen=True)
class Reading:
    """What a model made of its test images; the matrix has a row for each true digit."""

    images: int
    wrong: int
    confusion: tuple[tuple[Cell, ...], ...]
    classes: tuple[ClassRow, ...]

    @property
    def told(self) -> Message:
        """How many were misread, in words."""
        return Message(
            "{n} of {total} test images misread.",
            n=count(self.wrong),
            total=count(self.images),
        )

    @property
    def hardest(self) -> ClassRow | None:
        """The digit of which the least share was read right; None where all were."""
        if not self.wrong:
            return None
        return min((row for row in self.classes if row.support), key=lambda row: row.right)


def reading(labels: NDArray[np.uint8], probabilities: NDArray[np.float32]) -> Reading:
    """The confusion matrix and the figures of each class.

    Args:
        labels: of the test images, (n,).
        probabilities: of the classes, (n, 10).
    """
    read = probabilities.argmax(axis=1)
    matrix, scores = confusion_and_scores(labels, read)
    return Reading(
        images=len(labels),
        wrong=int(np.sum(read != labels)),
        confusion=_cells(matrix),
        classes=tuple(
            ClassRow(
                digit,
                precision=percent(float(scores[0][digit]), 1),
                recall=percent(float(scores[1][digit]), 1),
                f1=percent(float(scores[2][digit]), 1),
                support=int(matrix[digit].sum()),
                right=float(scores[1][digit]),
            )
            for digit in _DIGITS
        ),
    )


def confusion_and_scores(
    labels: NDArray[np.integer], read: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Confusion matrix (true, read), and precision, recall and F1 of each digit, (3, 10).

    What `sklearn.metrics` gives (tested), without the second that importing it takes.
    """
    matrix = np.zeros((10, 10), dtype=np.int64)
    np.add.at(matrix, (labels, read), 1)
    right = np.diag(matrix).astype(np.float64)
    called, there = matrix.sum(axis=0), matrix.sum(axis=1)
    parts = [(right, called), (right, there), (2 * right, called + there)]
    return matrix, np.stack([top / np.maximum(bottom, 1) for top, bottom in parts])


def _cells(matrix: NDArray[np.int64]) -> tuple[tuple[Cell, ...], ...]:
    most = int(max((matrix - np.diag(np.diag(matrix))).max(), 1))
    return tuple(tuple(_cell(matrix, true, said, most) for said in _DIGITS) for true in _DIGITS)


def _cell(matrix: NDArray[np.int64], true: int, said: int, most: int) -> Cell:
    number = int(matrix[true, said])
    if not number:
        return Cell(0, 0, "nil")
    if true == said:
        return Cell(number, round(100 * number / int(matrix[true].sum())), "hit")
    # the square root keeps a single error visible beside a frequent one
    return Cell(number, round(100 * math.sqrt(number / most)), "miss")
