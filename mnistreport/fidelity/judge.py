"""Published figures judged: one draw each, of a seed that nobody knows. Pure.

A published figure is set beside the prediction interval of one new run, made from our seeds on the
metric's scale and widened by the figure's rounding. About one faithful figure in twenty is only
plausible, by chance alone; the figures of one curve are not independent of each other.
"""

from __future__ import annotations

import math
from dataclasses import replace

from mnistreport.calibration import LEAST_SEEDS
from mnistreport.evidence import Training, Trainings
from mnistreport.experiment import Experiment
from mnistreport.fidelity.figures import (
    CurveFigures,
    Fidelity,
    Figure,
    PublishedFigures,
    as_printed,
)
from mnistreport.messages import Message, Text
from mnistreport.published import Curves
from mnistreport.statistics import Interval, prediction_interval, scale_of

#: False-alarm rates of "reproduced" and of "plausible".
ALPHA, WIDE_ALPHA = 0.05, 1e-3
#: An interval that holds the error of its middle both divided and multiplied by this is too wide
#: to say anything: it would take half the error and twice the error alike for reproduced. Error
#: means the odds of a wrong answer for an accuracy, the loss itself for a loss.
MARGIN = 2.0
#: The curves that end in a published final.
_ENDS = {
    "test_accuracy": ("val_accuracy", "test_accuracy"),
    "train_accuracy": ("train_accuracy",),
    "test_loss": ("val_loss",),
    "final_loss": ("loss",),
}
_AXES = frozenset({"iteration", "epoch"})


def judge_figures(
    trainings: Trainings, published: Curves, own: Training | None = None
) -> PublishedFigures:
    """A verdict on each figure that a document published of an experiment.

    Args:
        trainings: of our seeds.
        published: the document's curves of the experiment; may be empty.
        own: the training from the document's own seed, where it told it and we have one.
    """
    experiment = trainings.experiment
    own = None if experiment.seed is None else own
    finals = tuple(
        _final(trainings, metric, value, published, own)
        for metric, value in experiment.published.figures().items()
        if metric != "parameters"
    )
    curves = tuple(
        _curve(trainings, name, values, published.get("iteration"), own)
        for name, values in published.items()
        if name not in _AXES
    )
    return PublishedFigures(experiment.name, finals, curves)


def _final(
    trainings: Trainings, metric: str, value: float, published: Curves, own: Training | None
) -> Figure:
    """A final is the end of our training too, unless the document's last figure is older."""
    place = _older_than_the_end(metric, published)
    rounding = trainings.experiment.published.rounding_of(metric)
    if place is not None:
        name, index, step = place
        ours = _values(trainings, name, index)
        replay = own.at(name, index) if own else None
        return _judge(trainings.experiment, metric, step, value, rounding, ours, replay)
    ours = [
        training.metrics[metric]
        for training in trainings.by_seed.values()
        if metric in training.metrics
    ]
    replay = own.metrics.get(metric) if own else None
    figure = _judge(trainings.experiment, metric, None, value, rounding, ours, replay)
    return _with_categorical(figure, trainings) if "binary" in metric else figure


def _older_than_the_end(metric: str, published: Curves) -> tuple[str, int, int] | None:
    """Curve, index and step of a final that was not printed for the end of the training.

    Document D prints its last row 400 iterations before it stops, and A has lost an epoch 50.
    """
    for name in _ENDS.get(metric, ()):
        kept = [i for i, value in enumerate(published.get(name, ())) if value is not None]
        if not kept:
            continue
        index, iterations = kept[-1], published.get("iteration")
        if iterations is not None:
            return name, index, _step(iterations, index)
        if index < len(published[name]) - 1:
            return name, index, index + 1
    return None


def _curve(
    trainings: Trainings,
    name: str,
    values: list[float | None],
    iterations: list[float | None] | None,
    own: Training | None,
) -> CurveFigures:
    experiment = trainings.experiment
    figures = tuple(
        _judge(
            experiment,
            name,
            _step(iterations, index),
            value,
            experiment.published.rounding,
            _values(trainings, name, index),
            own.at(name, index) if own else None,
        )
        for index, value in enumerate(values)
        if value is not None
    )
    return CurveFigures(experiment.name, name, figures)


def _step(iterations: list[float | None] | None, index: int) -> int:
    named = iterations[index] if iterations is not None else None
    return index + 1 if named is None else round(named)


def _values(trainings: Trainings, curve: str, index: int) -> list[float]:
    found = (training.at(curve, index) for training in trainings.by_seed.values())
    return [value for value in found if value is not None]


def _judge(
    experiment: Experiment,
    metric: str,
    step: int | None,
    published: float,
    rounding: float,
    ours: list[float],
    own: float | None,
) -> Figure:
    images = _images(experiment, metric)
    replays = own is not None and as_printed(own, rounding) == as_printed(published, rounding)
    narrow = wide = None
    if len(ours) >= LEAST_SEEDS:
        narrow = prediction_interval(ours, metric, images, ALPHA)
        wide = prediction_interval(ours, metric, images, WIDE_ALPHA)
    verdict, reason = _verdict(metric, images, published, rounding, narrow, wide)
    if replays:
        verdict = Fidelity.REPRODUCED
        reason = Message(
            "replays digit for digit with the document's seed {seed}", seed=experiment.seed
        )
    elif narrow is None:
        reason = Message("not enough seeds yet: {n} of {least}", n=len(ours), least=LEAST_SEEDS)
    return Figure(
        experiment=experiment.name,
        metric=metric,
        step=step,
        published=published,
        rounding=rounding,
        seeds=len(ours),
        mean=math.fsum(ours) / len(ours) if narrow else None,
        low=narrow.low if narrow else None,
        high=narrow.high if narrow else None,
        wide_low=wide.low if wide else None,
        wide_high=wide.high if wide else None,
        verdict=verdict,
        replays=replays,
        reason=reason,
    )


def _verdict(
    metric: str,
    images: int,
    published: float,
    rounding: float,
    narrow: Interval | None,
    wide: Interval | None,
) -> tuple[Fidelity, Text]:
    """The verdict of the intervals; a wide one says nothing, except of what lies far outside it."""
    if narrow is None or wide is None:
        return Fidelity.INCONCLUSIVE, ""
    if not wide.low - rounding <= published <= wide.high + rounding:
        if published < wide.low:
            return Fidelity.NOT_REPRODUCED, Message("below the 99.9% interval of a new run")
        return Fidelity.NOT_REPRODUCED, Message("above the 99.9% interval of a new run")
    width = interval_width(narrow, metric, images)
    if width > MARGIN**2:
        if math.isfinite(width):
            times = f"{width:.2g}"
            told = Message("the error varies {times} times within the 95% interval", times=times)
        else:
            told = Message("the error varies without limit within the 95% interval")
        return Fidelity.INCONCLUSIVE, told
    if narrow.low - rounding <= published <= narrow.high + rounding:
        return Fidelity.REPRODUCED, ""
    return Fidelity.PLAUSIBLE, Message(
        "outside the 95% interval of a new run, inside the 99.9% one"
    )


def interval_width(interval: Interval, metric: str, images: int) -> float:
    """How many times the error at one end of an interval is that at the other.

    Of an accuracy the odds of a wrong answer count, half an image kept from 0 and 1.
    """
    low, high = interval.low, interval.high
    if scale_of(metric) == "logit":
        edge = 0.5 / images
        low, high = (min(max(value, edge), 1 - edge) for value in (low, high))
        return (high / (1 - high)) / (low / (1 - low))
    return high / low if low > 0 else math.inf


def _images(experiment: Experiment, metric: str) -> int:
    """What an accuracy was counted over: images, or the outputs of all images."""
    of_test = metric.startswith(("test", "val"))
    images = experiment.test if of_test else experiment.train
    return images * 10 if "binary" in metric else images


def _with_categorical(figure: Figure, trainings: Trainings) -> Figure:
    found = [training.metrics.get("test_accuracy") for training in trainings.by_seed.values()]
    read = [value for value in found if value is not None]
    return replace(figure, categorical=math.fsum(read) / len(read)) if read else figure
