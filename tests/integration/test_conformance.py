"""Conformance in processes of its own: the command, and as a part of `check`."""

from __future__ import annotations

import json
import os

from tests.integration.conftest import CommandLine

#: Keras 3 with another default, in the process that examines it and in no other.
PLANTED = """
import sys
if "mnistreport.conformance.suite" in sys.orig_argv:
    import keras
    class Adagrad(keras.optimizers.Adagrad):
        def __init__(self):
            super().__init__(initial_accumulator_value=0.0)
    keras.optimizers.Adagrad = Adagrad
"""
CAUSE = "the accumulator starts at 0, not 0.1"


def planted(line: CommandLine) -> dict[str, str]:
    """The environment in which Keras is at fault."""
    folder = line.folder / "planted"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PLANTED)
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


def test_some_rules_by_name(command_line: CommandLine) -> None:
    """One line a rule, exit 0; an outcome of some is not kept for `check`."""
    done = command_line.run("conformance", "keras?/adam", "feed/*")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["pass", "keras2/adam"],
        ["pass", "keras3/adam"],
        ["pass", "feed/order"],
    ]
    assert "beta_2 power: 0.999 becomes 0.9990000128746033" in done.stdout
    assert lines[-1].startswith("3 of 3 rules conform (tensorflow ")
    assert not (command_line.store / "conformance").exists()


def test_a_fault_of_keras_ends_with_1_and_its_cause(command_line: CommandLine) -> None:
    """In the training and in the table of defaults; JSON says the same."""
    done = command_line.run("conformance", "*/adagrad", "--format", "json", **planted(command_line))
    assert done.returncode == 1, done.stderr
    findings = {finding["rule"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert findings["keras2/adagrad"]["deviation"] is None
    assert findings["keras3/adagrad"]["cause"] == CAUSE
    assert findings["defaults/adagrad"]["deviation"] == {
        "step": None,
        "what": "initial_accumulator_value",
        "expected": 0.1,
        "found": 0.0,
        "relative": 1.0,
    }


def test_check_examines_once_and_fails(command_line: CommandLine) -> None:
    """All rules beside the trainings; the second time the store knows, and nothing is imported."""
    words = ["check", *command_line.arguments("tiny/dropout")]
    environment = {"MNISTREPORT_CONFORMANCE": "1", **planted(command_line)}
    done = command_line.run(*words, **environment)
    assert done.returncode == 1, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("fail: ")]
    assert [line.split(":")[1].strip() for line in told] == ["keras3/adagrad", "defaults/adagrad"]
    assert told[0].endswith(CAUSE)
    assert "rules keras3/adagrad and" in done.stderr or "do not conform" in done.stderr
    (command_line.folder / "tensorflow.py").write_text("raise SystemExit('imported tensorflow')")
    (command_line.folder / "keras.py").write_text("raise SystemExit('imported keras')")
    again = command_line.run(*words, **environment)
    assert (again.returncode, again.stdout) == (1, done.stdout)
    without = command_line.run(*words, "--no-conformance", **environment)
    assert without.returncode == 0, without.stderr
