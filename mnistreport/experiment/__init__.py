"""Experiments as data: what one published training is made of.

An `Experiment` is a frozen, validated record. It names no default that a framework release
could change: every hyperparameter of every layer and optimizer is a required field.
"""

from mnistreport.experiment.entry import (
    PROFILES,
    Engine,
    Experiment,
    Overrides,
    Profile,
    Published,
)
from mnistreport.experiment.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPooling2D,
)
from mnistreport.experiment.optimizers import (
    Keras2Adagrad,
    Keras2Nadam,
    Keras2RMSprop,
    KerasAdadelta,
    KerasAdagrad,
    KerasAdam,
    KerasAdamax,
    KerasNadam,
    KerasRMSprop,
    KerasSGD,
    NumpyAdaGrad,
    NumpyAdam,
    NumpyMomentum,
    NumpyNesterov,
    NumpyRMSprop,
    NumpySGD,
    Optimizer,
)
from mnistreport.experiment.parts import (
    EarlyStopping,
    KernelInitializer,
    Loss,
)

__all__ = [
    "PROFILES",
    "AveragePooling2D",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "Dropout",
    "EarlyStopping",
    "Engine",
    "Experiment",
    "Flatten",
    "Keras2Adagrad",
    "Keras2Nadam",
    "Keras2RMSprop",
    "KerasAdadelta",
    "KerasAdagrad",
    "KerasAdam",
    "KerasAdamax",
    "KerasNadam",
    "KerasRMSprop",
    "KerasSGD",
    "KernelInitializer",
    "Layer",
    "Loss",
    "MaxPooling2D",
    "NumpyAdaGrad",
    "NumpyAdam",
    "NumpyMomentum",
    "NumpyNesterov",
    "NumpyRMSprop",
    "NumpySGD",
    "Optimizer",
    "Overrides",
    "Profile",
    "Published",
]
