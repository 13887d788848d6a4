"""The whole examination, in a process of its own: `python -m mnistreport.conformance.suite`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mnistreport.conformance import layers
from mnistreport.conformance.cases import DEFAULTS, STEPS, WIDE, Case, dropping, trained_cases
from mnistreport.conformance.causes import find_cause
from mnistreport.conformance.record import Conformance, Finding, save
from mnistreport.conformance.rules import roundings
from mnistreport.conformance.trajectory import TOLERANCE, Moment, compare, train
from mnistreport.environment import package_version
from mnistreport.globs import choose_names
from mnistreport.keras_backend import FRAMEWORKS

if TYPE_CHECKING:
    from mnistreport.training.keras_engine import KerasParts


def rules(fault: str = "") -> dict[str, Callable[[], Finding]]:
    """Every rule's name, and what examines it. Keras is imported by what is called.

    Args:
        fault: of `mnistreport.faults`, planted into the engine that is examined; "" for none.
    """
    found: dict[str, Callable[[], Finding]] = {
        case.name: partial(_train_both, fault, case) for case in trained_cases()
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
        fault: planted into the engine; the first broken rule then ends the examination. "" for
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


def _train_both(fault: str, case: Case) -> Finding:
    from mnistreport.training.subject import train_by_steps

    problem = case.problem()
    trained = train_by_steps(
        _parts(fault), case.experiment, case.own, problem.weights, problem.x, problem.y
    )
    found = [Moment(*moment) for moment in trained]
    largest, deviation = compare(train(case.model, case.rule, problem), found)
    cause = "" if deviation is None else find_cause(case, problem, found, deviation)
    known = roundings(case.rule)
    return Finding(case.name, f"{STEPS} steps", largest, TOLERANCE, deviation, cause, known)


def _compare_defaults(own: str) -> Finding:
    from mnistreport.training.subject import own_defaults

    return layers.examine_defaults(own, own_defaults(own))


def _examine_layer(examine: Callable[[layers.Make], Finding]) -> Finding:
    from mnistreport.training.subject import Layer

    return examine(Layer)


def _examine_dropout(fault: str) -> Finding:
    from mnistreport.training.subject import dropped

    return layers.examine_dropout(partial(dropped, _parts(fault), dropping(layers.DROPPED_RATE)))


def _examine_glorot(fault: str) -> Finding:
    from mnistreport.training.subject import first_weights

    return layers.examine_glorot(partial(first_weights, _parts(fault), WIDE))


def _examine_orders(fault: str) -> Finding:
    from mnistreport.training.subject import fed_orders

    return layers.examine_orders(partial(fed_orders, _parts(fault)))


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
