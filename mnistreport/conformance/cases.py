"""What is compared: each rule with the network, the images and the Keras objects that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from mnistreport.conformance.network import CrossEntropy, Model
from mnistreport.conformance.optimizers import KERAS_2, KERAS_3, NUMPY, sgd
from mnistreport.conformance.rules import SGD, Rule
from mnistreport.conformance.trajectory import Problem
from mnistreport.experiment import Dropout, Experiment

STEPS = 100
BATCH = 32
_IMAGES = 640
_CLASSES = 10
#: Keras' epsilon() then and now, at which cross-entropies clip.
_CLIP = 1e-7
_CLIPPED = CrossEntropy(kind="categorical", clip=_CLIP)
_RELU = Model("relu", _CLIPPED)
#: Pixels that make some probabilities pass the clip, and a rate that lets a network live with them.
_SATURATING, _SLOW = 40.0, 1e-5


@dataclass(frozen=True)
class Case:
    """One training on both sides.

    Attributes:
        name: "group/rule".
        model: what the oracle computes.
        rule: how it steps.
        experiment: what Keras is built from, as the engine builds it.
        own: Keras 3's class, taken with its own defaults in place of the experiment's optimizer.
        other: the same optimizer as the other generation of Keras has it, defaults and all.
        scale: of the pixels, which are uniform from 0 to that.
    """

    name: str
    model: Model
    rule: Rule
    experiment: Experiment
    own: str = ""
    other: Rule | None = None
    scale: float = 1.0

    def problem(self) -> Problem:
        """Seeded weights (Glorot uniform), images and labels of a random linear teacher."""
        random = np.random.RandomState(0)
        sizes = [784, *(getattr(layer, "units", 0) for layer in self.experiment.layers)]
        weights = []
        for inputs, units in pairwise(sizes):
            limit = np.sqrt(6 / (inputs + units))
            weights += [random.uniform(-limit, limit, (inputs, units)), np.zeros(units)]
        pixels = random.uniform(0, self.scale, (_IMAGES, sizes[0]))
        teacher = random.randn(sizes[0], _CLASSES)
        labels = np.eye(_CLASSES)[np.argmax((pixels / self.scale - 0.5) @ teacher, axis=1)]
        rows = np.stack([random.permutation(_IMAGES)[:BATCH] for _ in range(STEPS)])
        return Problem(weights, pixels[rows], labels[rows])


_IN_KERAS: dict[str, Any] = {
    "engine": "keras",
    "kernel_initializer": {"class": "GlorotUniform"},
    "epochs": 1,
}
_IN_NUMPY: dict[str, Any] = {
    "engine": "numpy",
    "pixel_divisor": 255.0,
    "kernel_initializer": {"class": "RandomNormal", "stddev": 0.01},
    "iterations": STEPS,
    "evaluate_every": STEPS,
}


def _experiment(
    optimizer: dict[str, Any],
    loss: str = "keras2.CategoricalCrossentropy",
    from_logits: bool = False,
    hidden: str = "relu",
    units: tuple[int, ...] = (12,),
    engine: dict[str, Any] | None = None,
) -> Experiment:
    layers = [{"class": "Dense", "units": n, "activation": hidden} for n in units]
    last = "linear" if from_logits else "softmax"
    return Experiment.model_validate(
        {
            "name": "conformance",
            "document": "none",
            "title": "Conformance",
            "source": "made for comparison",
            "input_shape": [784],
            "pixel_divisor": 1.0,
            "train": _IMAGES,
            "test": 1,
            "layers": [*layers, {"class": "Dense", "units": _CLASSES, "activation": last}],
            "loss": {"class": loss, "from_logits": from_logits},
            "metrics": ["accuracy"],
            "optimizer": optimizer,
            "batch_size": BATCH,
            **(engine or _IN_KERAS),
        }
    )


#: A wide first layer, whose weights are many enough to know their distribution by.
WIDE = _experiment(sgd(), units=(128,))


def dropping(rate: float) -> Experiment:
    """A network with a dropout layer of that rate."""
    dropout = Dropout.model_validate({"class": "Dropout", "rate": rate})
    experiment = _experiment(sgd())
    return experiment.model_copy(update={"layers": (dropout, *experiment.layers)})


def _losses() -> list[Case]:
    def case(
        name: str,
        kind: Literal["categorical", "binary"],
        clip: float | None,
        loss: str,
        from_logits: bool = False,
        sigmoid: bool = False,
    ) -> Case:
        model = Model("relu", CrossEntropy(kind=kind, clip=clip, sigmoid=sigmoid))
        return Case(
            f"loss/{name}",
            model,
            SGD(learning_rate=_SLOW),
            _experiment(sgd(_SLOW), loss, from_logits),
            scale=_SATURATING,
        )

    return [
        case("categorical-probabilities", "categorical", _CLIP, "keras2.CategoricalCrossentropy"),
        case("binary-probabilities", "binary", _CLIP, "keras2.BinaryCrossentropy"),
        case("categorical-softmax", "categorical", None, "CategoricalCrossentropy"),
        case("sparse-logits", "categorical", None, "SparseCategoricalCrossentropy", True),
    ]


def _activations() -> list[Case]:
    return [
        Case(
            f"activation/{hidden}",
            Model(hidden, _CLIPPED),
            SGD(learning_rate=0.1),
            _experiment(sgd(0.1), hidden=hidden, units=(12, 8)),
        )
        for hidden in ("relu", "sigmoid")
    ] + [
        Case(
            "activation/softmax",
            _RELU,
            # without a hidden layer the inputs are large: a higher rate would multiply rounding
            SGD(learning_rate=0.01),
            _experiment(sgd(0.01), units=()),
        )
    ]


def numpy_cases() -> tuple[Case, ...]:
    """Those of the NumPy engine, in the order that they are shown in."""
    model = Model("relu", CrossEntropy(kind="categorical", clip=None))
    return tuple(
        Case(
            f"numpy/{name}",
            model,
            rule,
            _experiment(spec, "CategoricalCrossentropy", engine=_IN_NUMPY),
        )
        for name, (spec, rule) in NUMPY.items()
    )


def trained_cases() -> tuple[Case, ...]:
    """Those of Keras, in the order that they are shown in."""
    old = [
        Case(
            f"keras2/{name}",
            _RELU,
            rule,
            _experiment(spec),
            other=KERAS_3[name][1] if name in KERAS_3 else None,
        )
        for name, (spec, rule) in KERAS_2.items()
    ]
    new = [
        Case(f"keras3/{name}", _RELU, rule, _experiment(sgd()), own, KERAS_2[name][1])
        for name, (own, rule) in KERAS_3.items()
    ]
    return (*old, *new, *_activations(), *_losses())
