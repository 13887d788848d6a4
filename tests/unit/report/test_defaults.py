"""Optimizers then and now: one table, from the rules that conformance examines."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mnistreport.catalog import load_catalog
from mnistreport.conformance.optimizers import DEFAULTS, KERAS_2, KERAS_3
from mnistreport.conformance.rules import Rule
from mnistreport.report.defaults import OptimizerRow, formula, optimizers_section

#: What document A prints of Keras 2.3, but for `decay=0.0` and `epsilon=None`.
PRINTED: dict[str, dict[str, float | bool]] = {
    "SGD": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
    "Adagrad": {"learning_rate": 0.01},
    "RMSprop": {"learning_rate": 0.001, "rho": 0.9},
    "Adadelta": {"learning_rate": 1.0, "rho": 0.95},
    "Adam": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "amsgrad": False},
    "Adamax": {"learning_rate": 0.002, "beta_1": 0.9, "beta_2": 0.999},
    "Nadam": {"learning_rate": 0.002, "beta_1": 0.9, "beta_2": 0.999, "schedule_decay": 0.004},
}

CATALOG = tuple(load_catalog().values())


def rows() -> dict[str, OptimizerRow]:
    """The table of the whole catalog, by optimizer."""
    return {row.name: row for row in optimizers_section(CATALOG).rows}


def test_the_table_has_what_document_a_prints() -> None:
    """Every default of Keras 2 that the document shows is the one that the table starts from."""
    assert list(rows()) == list(PRINTED)
    for name, printed in PRINTED.items():
        assert printed.items() <= KERAS_2[name.lower()][0].items()


def test_documents_a_and_b_train_at_those_defaults() -> None:
    """All their experiments but the one whose learning rate they changed."""
    found = [alike for row in rows().values() for alike in row.trained]
    usual = {name for alike in found if not alike.but for name, _ in alike.names}
    ours = {e.name for e in CATALOG if e.document in "AB" and e.engine == "keras"}
    # of eight with Adam three are named, those of A and B first
    assert ours - usual == {"wide/sgd-0.001"}
    told = {alike.names[0][0]: str(alike.but) for alike in found if alike.but}
    assert told["wide/sgd-0.001"] == "learning rate 0.001"
    assert told["depth/relu5"] == "epsilon 1e-08"


def test_every_changed_default_has_its_line() -> None:
    """Both values side by side, and the rule where it is another one."""
    changes = {
        name: [(str(c.name), str(c.then), str(c.now)) for c in row.changes]
        for name, row in rows().items()
    }
    assert changes["SGD"] == changes["Adam"] == []
    assert changes["Adadelta"] == [("learning rate", "1", "0.001")]
    assert changes["Adamax"] == [("learning rate", "0.002", "0.001")]
    assert changes["RMSprop"] == [("rule", "w ← w − η·g / (√v + ε)", "w ← w − η·g / √(v + ε)")]
    assert changes["Adagrad"][:2] == [
        ("learning rate", "0.01", "0.001"),
        ("initial accumulator value", "0", "0.1"),
    ]
    assert changes["Nadam"][1] == ("schedule decay", "0.004", "–")
    intro = str(optimizers_section(()).intro)
    assert intro.startswith("5 of the 7 optimizers")
    assert "3 of them by their very rule" in intro


def test_no_default_of_keras_3_is_left_out() -> None:
    """Each is told once, among the changes or with what is the same."""
    for name, row in rows().items():
        told = [str(change.name) for change in row.changes if not change.code]
        told += [re.sub(r" \S+$", "", part) for part in str(row.same).split(", ")]
        assert len(told) == len(set(told))
        assert {key.replace("_", " ") for key in DEFAULTS[name]} <= set(told)


#: Signs of the formulas, as Python has them; longer ones first.
SIGNS = {
    "μ₁⋯μₜ₊₁": "product(t + 1)",
    "μ₁⋯μₜ": "product(t)",
    "μₜ₊₁": "mu(t + 1)",
    "μₜ": "mu(t)",
    "β₁ᵗ": "beta_1**t",
    "β₂ᵗ": "beta_2**t",
    "β₁": "beta_1",
    "β₂": "beta_2",
    "η": "learning_rate",
    "ε": "epsilon",
    "ρ": "rho",
    "|g|": "abs(g)",
    "√(": "sqrt(",
    "½": "0.5",
    "²": "**2",
    "^": "**",
    "·": "*",
    "−": "-",
    "←": "=",
}


def computed(rule: Rule, gradients: list[float]) -> float:
    """The weight that the formula, read as a program, makes of 1."""
    state: dict[str, Any] = {
        **vars(rule),
        **dict.fromkeys("vmd", 0.0),
        "a": getattr(rule, "accumulator", 0.0),
        "w": 1.0,
        "sqrt": math.sqrt,
        "max": max,
        "abs": abs,
    }
    state["product"] = lambda t: math.prod(state["mu"](n) for n in range(1, t + 1))
    for t, g in enumerate(gradients, 1):
        state |= {"t": t, "g": g}
        for line in formula(rule):
            code = line
            for sign, python in SIGNS.items():
                code = code.replace(sign, python)
            code = re.sub(r"√(\w)", r"sqrt(\1)", code)
            exec(re.sub(r"^mu\(t\) =", "mu = lambda t:", code), state)
    return float(state["w"])


@pytest.mark.parametrize("rules", [KERAS_2, KERAS_3], ids=["keras2", "keras3"])
@pytest.mark.parametrize("name", KERAS_3)
def test_the_formulas_are_the_rules(rules: dict[str, tuple[Any, Rule]], name: str) -> None:
    """Computed as it is printed, each formula steps as the rule that conformance compares with."""
    rule = replace(rules[name][1], float32=frozenset())
    gradients = [0.3, -0.2, 0.05, 0.4]
    p = np.ones(1)
    state = rule.start(p)
    for t, g in enumerate(gradients, 1):
        p = rule.step(p, np.array([g]), state, t)
    assert computed(rule, gradients) == pytest.approx(float(p[0]), rel=1e-12)
