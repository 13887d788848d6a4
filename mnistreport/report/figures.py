"""Which figures each document has. A table of data: the code that draws knows no document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mnistreport.messages import Message, Text
from mnistreport.report.curves import TEST_ACCURACY, TEST_LOSS, TRAIN_ACCURACY, TRAIN_LOSS

#: Things beside curves: "gap" compares train and test loss with and without dropout, "binary"
#: sets binary beside categorical accuracy, "replay" compares tables row by row, "progression"
#: follows the test accuracy from model to model.
Part = Literal["gap", "binary", "replay", "progression"]


@dataclass(frozen=True)
class Curve:
    """One metric of all experiments of a document in one plot.

    `names` are the metric's in the engines' histories. `y_limits` are those of the document's own
    figure, kept where ours can be compared with it, and `note` says so.
    """

    title: Message
    names: tuple[str, ...]
    y_limits: tuple[float, float] | None = None
    note: Text = ""


@dataclass(frozen=True)
class Plan:
    """A document's figures. `stacked` puts its curves in columns, one above the other."""

    title: Message
    intro: Message
    curves: tuple[Curve, ...]
    parts: tuple[Part, ...] = ()
    stacked: bool = False


_TRAIN_LOSS = Curve(Message("Training loss"), TRAIN_LOSS)
_TEST_LOSS = Curve(Message("Test loss"), TEST_LOSS)
_TRAIN_ACCURACY = Curve(Message("Training accuracy"), TRAIN_ACCURACY)
_TEST_ACCURACY = Curve(Message("Test accuracy"), TEST_ACCURACY)

PLANS = {
    "A": Plan(
        Message("Optimizers on one wide network"),
        Message("One hidden layer of 1000 units on raw pixels, trained by each optimizer in turn."),
        (
            Curve(
                Message("Training loss"),
                TRAIN_LOSS,
                (0.0, 1.0),
                Message("As in the document, the training loss is cut at 1."),
            ),
            _TEST_LOSS,
            _TRAIN_ACCURACY,
            _TEST_ACCURACY,
        ),
        stacked=True,
    ),
    "B": Plan(
        Message("Optimizers on a small sample, with dropout"),
        Message(
            "Two hidden layers with dropout on the first part of the data. Training loss above, "
            "test loss below: dropout is on in the one and off in the other."
        ),
        (_TRAIN_LOSS, _TEST_LOSS, _TRAIN_ACCURACY, _TEST_ACCURACY),
        stacked=True,
    ),
    "C": Plan(
        Message("From softmax regression to dropout"),
        Message("Deeper networks on raw pixels, with binary cross-entropy as their loss."),
        (_TRAIN_LOSS, _TEST_ACCURACY),
        ("gap", "binary"),
    ),
    "D": Plan(
        Message("A network written in NumPy"),
        Message(
            "The same three layers under six update rules. NumPy's old random generator never "
            "changes, so the document's tables can be compared digit by digit."
        ),
        (_TRAIN_ACCURACY, _TEST_ACCURACY),
        ("replay",),
    ),
    "E": Plan(
        Message("From a small perceptron to a convolutional network"),
        Message("Each model is wider, deeper or better regularised than the one before."),
        (_TRAIN_LOSS, _TEST_ACCURACY),
        ("progression",),
    ),
}

#: For a document that only a user's catalog knows.
GENERIC = Plan(
    Message(""),
    Message(""),
    (_TRAIN_LOSS, _TEST_LOSS, _TRAIN_ACCURACY, _TEST_ACCURACY),
    stacked=True,
)
