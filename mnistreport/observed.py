"""What a training lets be seen beside its metrics, and must be: exact, without a range.

Where a metric has a range because it differs from seed to seed, these do not differ at all: a
training that was asked for 60 updates of its weights and made 59 is wrong, whatever it scored.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from mnistreport.messages import Message

#: Between two float32 sums of the same losses, relatively; a fault moves them a hundred times more.
_ROUNDING = 1e-4
#: Share of the test images that may be found among the training images by chance: MNIST and the
#: digits have none, a dataset of simpler pictures may well have some.
_LEAKED = 0.01


@dataclass(frozen=True)
class Observed:
    """Of one training. None where nobody looked; nothing is said of that.

    Attributes:
        steps: how often the weights were updated.
        steps_due: how often the recipe asks for it.
        images: how many images it was trained on.
        images_due: how many the recipe asks for.
        drawn: how many images its batches held in all, of the NumPy engine.
        drawn_due: how many the recipe asks for.
        leaked: share of the test images that are among the training images, bit by bit.
        called_loss: the loss of what the model gives when it is called on the test images, outside
            training. It is the test loss that evaluating gave, but for rounding. None where the
            test loss was computed from those very outputs.
        dropping: whether the model gives other outputs in training than in testing.
        dropping_due: whether the recipe has dropout.
        rectified_least: the least output of the layers that the recipe gives a ReLU, for some test
            images; never below 0. None where there is no such layer.
    """

    steps: int | None = None
    steps_due: int | None = None
    images: int | None = None
    images_due: int | None = None
    drawn: int | None = None
    drawn_due: int | None = None
    leaked: float | None = None
    called_loss: float | None = None
    dropping: bool | None = None
    dropping_due: bool | None = None
    rectified_least: float | None = None
    kept_loss: float | None = None

    def contradictions(self, test_loss: float) -> Iterator[Message]:
        """Where it was not what the recipe says, or not what it says itself.

        Args:
            test_loss: that evaluating gave.
        """
        if _differ(self.steps, self.steps_due):
            yield Message(
                "the weights were updated {steps} times, where the recipe asks for {due}",
                steps=self.steps,
                due=self.steps_due,
            )
        if _differ(self.images, self.images_due):
            yield Message(
                "{n} images were trained on, where the recipe asks for {due}",
                n=self.images,
                due=self.images_due,
            )
        if _differ(self.drawn, self.drawn_due):
            yield Message(
                "the batches held {n} images in all, where the recipe asks for {due}",
                n=self.drawn,
                due=self.drawn_due,
            )
        if self.leaked is not None and self.leaked > _LEAKED:
            yield Message(
                "{share} of the test images are among the training images",
                share=f"{self.leaked:.1%}",
            )
        if not _same(self.called_loss, test_loss):
            yield Message(
                "what the model gives for the test images has a loss of {found}, but evaluating it "
                "gave {evaluated}: one of the two does what only training should",
                found=f"{self.called_loss:.6g}",
                evaluated=f"{test_loss:.6g}",
            )
        if not _same(self.kept_loss, test_loss):
            yield Message(
                "the test loss was {found} after the epoch whose weights the recipe keeps, but the "
                "trained model has {evaluated}: those are not its weights",
                found=f"{self.kept_loss:.6g}",
                evaluated=f"{test_loss:.6g}",
            )
        if self.rectified_least is not None and not self.rectified_least >= 0:
            yield Message(
                "a layer with ReLU gave {least}, and a ReLU gives nothing below 0",
                least=f"{self.rectified_least:.6g}",
            )
        if _differ(self.dropping, self.dropping_due):
            yield (
                Message("in training the model gives the outputs of testing: no dropout is active")
                if self.dropping_due
                else Message(
                    "in training the model gives other outputs than in testing, and the recipe has "
                    "no dropout"
                )
            )


def _differ(found: int | None, due: int | None) -> bool:
    return None not in (found, due) and found != due


def _same(loss: float | None, test_loss: float) -> bool:
    return loss is None or math.isclose(loss, test_loss, rel_tol=_ROUNDING)
