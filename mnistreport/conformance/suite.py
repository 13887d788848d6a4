"""The whole examination, in a process of its own: `python -m mnistreport.conformance.suite`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mnistreport.conformance import layers, values
from mnistreport.conformance.cases import (
    STEPS,
    WIDE,
    Case,
    dropping,
    numpy_cases,
    trained_cases,
)
from mnistreport.conformance.causes import find_cause
from mnistreport.conformance.optimizers import DEFAULTS
from mnistreport.conformance.record import Conformance, Finding, save
from mnistreport.conformance.rules import Array, roundings
from mnistreport.conformance.trajectory import TOLERANCE, Moment, Problem, compare, train
from mnistreport.environment import package_version
from mnistreport.experiment import Engine
from mnistreport.globs import choose_names
from mnistreport.keras_backend import FRAMEWORKS

if TYPE_CHECKING:
    from mnistreport.training.keras_engine import KerasParts

Examine = Callable[[], Finding]


def rules_of(engine: Engine) -> tuple[str, ...]:
    """The names of the rules of one engine."""
    return tuple(_of_keras("") if engine == "keras" else _of_numpy(""))


def rules(fault: str = "") -> dict[str, Examine]:
    """Every rule's name, and what examines it. Keras is imported by what is called.

    Args:
        fault: of `mnistreport.faults`, planted into the engines that are examined; "" for none.
    """
    return _of_keras(fault) | _of_numpy(fault)


def _of_numpy(fault: str) -> dict[str, Examine]:
    found: dict[str, Examine] = {
        case.name: partial(_train_in_numpy, fault, case) for case in numpy_cases()
    }
    return found | {"numpy/draws": partial(_examine_draws, fault)}


def _of_keras(fault: str) -> dict[str, Examine]:
    found: dict[str, Examine] = {
        case.name: partial(_train_in_keras, fault, case) for case in trained_cases()
    }
    found |= {f"defaults/{own.lower()}": partial(_compare_defaults, own) for own in DEFAULTS}
    for name, examine in layers.convolutions_and_pools().items():
        found[name] = partial(_examine_layer, examine)
    return found | {
        "layer/dropout": partial(_examine_dropout, fault),
        "initializer/glorot-uniform": partial(_examine_glorot, fault),
        "feed/order": partial(_examine_orders, fault),
    }


def choose_rules(globs: Sequence[str]) -> tuple[str, ...]:
    """The rules that match any of the globs; all where there are none.

    Raises:
        NothingSelected: a glob matches nothing.
    """
    return tuple(choose_names(rules(), globs, "rule"))


def run(globs: Sequence[str] = (), fault: str = "") -> Conformance:
    """Examine in this process.

    Args:
        globs: of the rules; none for all.
        fault: planted into the engines; the first broken rule then ends the examination. "" for
            none.
    """
    every = rules(fault)
    findings: list[Finding] = []
    for name in choose_rules(globs):
        findings.append(every[name]())
        if fault and not findings[-1].agrees:
            break
    return Conformance(
        findings=tuple(findings),
        versions={name: package_version(name) for name in FRAMEWORKS["tensorflow"]},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _parts(fault: str) -> KerasParts:
    from mnistreport.training.planting import keras_parts

    parts: KerasParts = keras_parts(fault)
    return parts


def _train_in_keras(fault: str, case: Case) -> Finding:
    from mnistreport.training.subject import train_by_steps

    problem = case.problem()
    trained = train_by_steps(_parts(fault), case.experiment, case.own, *problem)
    return _compared(case, problem, trained)


def _train_in_numpy(fault: str, case: Case) -> Finding:
    from mnistreport.training.numpy_subject import train_by_steps
    from mnistreport.training.planting import broken_recipe, numpy_parts

    problem, experiment = case.problem(), broken_recipe(fault, case.experiment)
    return _compared(case, problem, train_by_steps(numpy_parts(fault), experiment, *problem))


def _examine_draws(fault: str) -> Finding:
    from mnistreport.training.numpy_subject import drawn
    from mnistreport.training.planting import numpy_parts

    return values.examine_draws(partial(drawn, numpy_parts(fault)))


def _compared(
    case: Case, problem: Problem, trained: Sequence[tuple[float, list[Array]]]
) -> Finding:
    found = [Moment(*moment) for moment in trained]
    largest, deviation = compare(train(case.model, case.rule, problem), found)
    cause = "" if deviation is None else find_cause(case, problem, found, deviation)
    known = roundings(case.rule)
    return Finding(case.name, f"{STEPS} steps", largest, TOLERANCE, deviation, cause, known)


def _compare_defaults(own: str) -> Finding:
    from mnistreport.training.subject import own_defaults

    return values.examine_defaults(own, own_defaults(own))


def _examine_layer(examine: Callable[[layers.Make], Finding]) -> Finding:
    from mnistreport.training.subject import Layer

    return examine(Layer)


def _examine_dropout(fault: str) -> Finding:
    from mnistreport.training.subject import dropped

    return values.examine_dropout(partial(dropped, _parts(fault), dropping(values.DROPPED_RATE)))


def _examine_glorot(fault: str) -> Finding:
    from mnistreport.training.subject import first_weights

    return values.examine_glorot(partial(first_weights, _parts(fault), WIDE))


def _examine_orders(fault: str) -> Finding:
    from mnistreport.training.subject import fed_orders

    return values.examine_orders(partial(fed_orders, _parts(fault)))


def main(path: str, fault: str, *globs: str) -> None:
    """Examine, and leave the outcome in a file.

    Args:
        path: of the file.
        fault: planted into the engine; "" for none.
        globs: of the rules; none for all.
    """
    choose_rules(globs)
    from mnistreport.training.backend import prepare_backend

    prepare_backend(1)
    save(run(globs, fault), Path(path))


if __name__ == "__main__":
    main(*sys.argv[1:])
