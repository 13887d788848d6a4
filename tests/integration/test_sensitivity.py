"""Faults planted into real trainings, and the command that measures what notices them."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

import pytest

from mnistreport import cli
from mnistreport.catalog import load_catalog
from mnistreport.data import load_dataset
from mnistreport.faults import FAULTS
from mnistreport.reference import reference_folder
from mnistreport.run import Run
from mnistreport.sensitivity import load_rows, rows_path
from mnistreport.task import Task

STEPS = [
    (fault.name, name)
    for fault in FAULTS.values()
    if fault.step and not fault.control
    for name in fault.experiments[:1]
    + tuple(name for name in fault.experiments[1:] if name.startswith("numpy/"))
]
CONTROLS = [
    ("adadelta-rate-inside", "small/adadelta"),
    ("clipped-far-above", "small/adam"),
]


@cache
def trained(name: str, fault: str = "") -> Run:
    """Two epochs of a small part of the digits, in this process."""
    from mnistreport.training.train import train

    dataset = load_dataset("digits", None)
    entry = load_catalog()[name].for_profile("quick", dataset.sizes)
    changes = {"iterations": 20, "evaluate_every": 10} if entry.engine == "numpy" else {"epochs": 2}
    entry = entry.model_copy(update={"train": 300, "test": 100, **changes})
    task = Task(entry, "quick", 0, dataset.name, dataset.sha256, 1, fault=fault)
    return train(task, dataset, lambda *told: None)[0]


@pytest.mark.parametrize(("fault", "name"), STEPS, ids=lambda value: value)
def test_a_broken_step_changes_what_is_trained(fault: str, name: str) -> None:
    """Whatever it comes to, the run says which fault it had, and it is another run."""
    faithful, broken = trained(name), trained(name, fault)
    assert broken.environment["fault"] == fault
    assert broken.fingerprint != faithful.fingerprint
    assert broken.recipe == faithful.recipe
    assert "fault" not in faithful.environment


@pytest.mark.parametrize(
    ("fault", "name", "told"),
    [
        ("dropout-left-out", "small/adam", "no dropout is active"),
        ("dropout-in-testing", "small/adam", "one of the two does what only training should"),
        ("measured-with-dropout", "small/adam", "one of the two does what only training should"),
        ("half-the-data", "small/adam", "images were trained on"),
        ("relu-to-tanh", "mlp/model1", "a layer with ReLU gave -"),
        ("relu-to-tanh", "numpy/sgd", "a layer with ReLU gave -"),
        ("batch-times-8", "numpy/sgd", "the batches held"),
        ("batch-times-8", "small/adam", "the weights were updated"),
        ("test-in-training", "numpy/sgd", "of the test images are among the training images"),
    ],
)
def test_what_metrics_do_not_show_contradicts_the_recipe(fault: str, name: str, told: str) -> None:
    """Exactly, in the engine that was at fault; the faithful training contradicts nothing."""

    def contradictions(run: Run) -> list[str]:
        return [str(one) for one in run.contradictions]

    assert any(told in line for line in contradictions(trained(name, fault)))
    assert contradictions(trained(name)) == []


@pytest.mark.parametrize(("fault", "name"), CONTROLS, ids=lambda value: value)
def test_a_control_changes_nothing_but_the_rounding(fault: str, name: str) -> None:
    """The same formula in another order."""
    assert trained(name, fault).metrics == pytest.approx(trained(name).metrics, rel=1e-3)


def test_the_command_measures_once_and_prints_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training that ends too early is noticed in all of ten seeds; nothing is trained twice."""
    monkeypatch.delenv("CI", raising=False)
    shutil.copytree(reference_folder(), tmp_path / "reference")
    path = rows_path(tmp_path / "reference", "quick", "digits")
    path.unlink(missing_ok=True)
    call = ["sensitivity", "numpy/sgd", "--fault", "one-epoch-fewer", "--fault", "another-seed"]
    places = ["--reference", str(tmp_path / "reference"), "--store", str(tmp_path / "store"), "-q"]
    assert cli.run([*call, *places, "--seeds", "3000..3009"]) == 0
    assert len(load_rows(path)) == 20
    told = capsys.readouterr().out
    assert "one epoch fewer" in told
    before = path.read_bytes()
    shutil.rmtree(tmp_path / "store")
    assert cli.run([*call, *places, "--seeds", "3000..3009", "--format", "json"]) == 0
    assert path.read_bytes() == before
    fault, control = json.loads(capsys.readouterr().out)["faults"]
    assert fault["exact"]["noticed"] == 10
    assert control["exact"]["noticed"] == control["two_looks"]["noticed"] == 0
