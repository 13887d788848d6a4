"""Every optimizer that is compared: an entry of the catalog, and the oracle's rule beside it."""

from __future__ import annotations

from typing import Any

from mnistreport.conformance.rules import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    Nadam,
    RMSprop,
    Rule,
)


def sgd(learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False) -> Any:
    """An entry's `optimizer`: SGD, plain or with momentum."""
    return {
        "class": "keras.SGD",
        "learning_rate": learning_rate,
        "momentum": momentum,
        "nesterov": nesterov,
    }


_MOMENTUM = frozenset({"momentum"})
_POWERS = frozenset({"beta_1 power", "beta_2 power"})
_BETAS: dict[str, Any] = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
_OF_NADAM = frozenset({"decay", "beta_2 power"})

#: Keras 2's rules: what the catalog trains with. The dictionary is an entry's `optimizer`.
KERAS_2: dict[str, tuple[dict[str, Any], Rule]] = {
    "sgd": (sgd(), SGD(learning_rate=0.01)),
    "momentum": (
        sgd(momentum=0.9),
        SGD(learning_rate=0.01, momentum=0.9, float32=_MOMENTUM),
    ),
    "nesterov": (
        sgd(momentum=0.9, nesterov=True),
        SGD(learning_rate=0.01, momentum=0.9, look_ahead=True, float32=_MOMENTUM),
    ),
    "adagrad": (
        {"class": "keras2.Adagrad", "learning_rate": 0.01, "epsilon": 1e-7},
        Adagrad(learning_rate=0.01, epsilon=1e-7, inside=False, accumulator=0.0),
    ),
    "rmsprop": (
        {"class": "keras2.RMSprop", "learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-7},
        RMSprop(learning_rate=0.001, rho=0.9, epsilon=1e-7, inside=False),
    ),
    "adadelta": (
        {"class": "keras.Adadelta", "learning_rate": 1.0, "rho": 0.95, "epsilon": 1e-7},
        Adadelta(learning_rate=1.0, rho=0.95, epsilon=1e-7),
    ),
    "adam": (
        {"class": "keras.Adam", "learning_rate": 0.001, **_BETAS, "amsgrad": False},
        Adam(learning_rate=0.001, **_BETAS, float32=_POWERS),
    ),
    "adamax": (
        {"class": "keras.Adamax", "learning_rate": 0.002, **_BETAS},
        Adamax(learning_rate=0.002, **_BETAS, float32=frozenset({"beta_1 power"})),
    ),
    "nadam": (
        {"class": "keras2.Nadam", "learning_rate": 0.002, **_BETAS, "schedule_decay": 0.004},
        Nadam(
            learning_rate=0.002,
            **_BETAS,
            schedule_decay=0.004,
            float32=_OF_NADAM | {"decay product"},
        ),
    ),
}

#: Keras 3's own classes with their own defaults, each in its documented rule.
KERAS_3: dict[str, tuple[str, Rule]] = {
    "sgd": ("SGD", SGD(learning_rate=0.01)),
    "adagrad": (
        "Adagrad",
        Adagrad(
            learning_rate=0.001,
            epsilon=1e-7,
            inside=True,
            accumulator=0.1,
            float32=frozenset({"accumulator"}),
        ),
    ),
    "rmsprop": ("RMSprop", RMSprop(learning_rate=0.001, rho=0.9, epsilon=1e-7, inside=True)),
    "adadelta": ("Adadelta", Adadelta(learning_rate=0.001, rho=0.95, epsilon=1e-7)),
    "adam": ("Adam", Adam(learning_rate=0.001, **_BETAS, float32=_POWERS)),
    "adamax": (
        "Adamax",
        Adamax(learning_rate=0.001, **_BETAS, float32=frozenset({"beta_1 power"})),
    ),
    "nadam": (
        "Nadam",
        Nadam(
            learning_rate=0.001,
            **_BETAS,
            schedule_decay=1.0,
            float32=_OF_NADAM | {"beta_1", "beta_2"},
        ),
    ),
}

#: The hyperparameters that those classes had when their rules were written down: Keras 3.3 to 3.15.
DEFAULTS: dict[str, dict[str, float | bool]] = {
    "SGD": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
    "Adagrad": {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
    "RMSprop": {
        "learning_rate": 0.001,
        "rho": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-7,
        "centered": False,
    },
    "Adadelta": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7},
    "Adam": {"learning_rate": 0.001, **_BETAS, "amsgrad": False},
    "Adamax": {"learning_rate": 0.001, **_BETAS},
    "Nadam": {"learning_rate": 0.001, **_BETAS},
}

#: Document D's rules, which its own engine trains with: an entry's `optimizer`, and the oracle's.
NUMPY: dict[str, tuple[dict[str, Any], Rule]] = {
    "sgd": ({"class": "numpy.SGD", "learning_rate": 0.1}, SGD(learning_rate=0.1)),
    "momentum": (
        {"class": "numpy.Momentum", "learning_rate": 0.01, "beta": 0.9},
        SGD(learning_rate=0.01, momentum=0.9),
    ),
    "nesterov": (
        {"class": "numpy.Nesterov", "learning_rate": 0.01, "beta": 0.9},
        SGD(learning_rate=0.01, momentum=0.9, look_ahead=True),
    ),
    "adagrad": (
        {"class": "numpy.AdaGrad", "learning_rate": 0.01, "epsilon": 1e-7},
        Adagrad(learning_rate=0.01, epsilon=1e-7, inside=False, accumulator=0.0),
    ),
    "rmsprop": (
        {"class": "numpy.RMSprop", "learning_rate": 0.001, "beta": 0.999, "epsilon": 1e-7},
        RMSprop(learning_rate=0.001, rho=0.999, epsilon=1e-7, inside=False),
    ),
    "adam": (
        {"class": "numpy.Adam", "learning_rate": 0.001, **_BETAS},
        Adam(learning_rate=0.001, **_BETAS, after=True),
    ),
}
