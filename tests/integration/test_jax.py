"""Keras on JAX: what holds on TensorFlow holds there, and replicas make calibration rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mnistreport.calibration import load_rows
from mnistreport.keras_backend import worker_settings
from tests.integration.conftest import CommandLine, fingerprints

ROOT = Path(__file__).resolve().parent.parent.parent
#: Besides JAX' own tests: those of optimizers, losses and engine that name no backend.
SHARED = (
    "tests/jax",
    "tests/unit/training/test_keras_optimizers.py",
    "tests/unit/training/test_losses.py",
    *(
        f"tests/integration/test_keras_engine.py::test_{name}"
        for name in (
            "what_was_trained_before_does_not_matter",
            "probabilities_give_the_measured_accuracy_and_loss",
            "binary_accuracy_thresholds_each_output",
        )
    ),
)


def environment(folder: Path) -> dict[str, str]:
    """Ours, as a worker on JAX has it."""
    settings = worker_settings("jax", 1, str(folder / "compiled"))
    kept = {name: value for name, value in os.environ.items() if name not in settings}
    return {**kept, **{name: value for name, value in settings.items() if value is not None}}


def test_what_is_said_of_the_engine_holds_on_jax(tmp_path: Path) -> None:
    """Optimizers by their formulas, losses, measurements, repeatability, replicas: none skipped."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SHARED],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "skipped" not in done.stdout.splitlines()[-1]


def test_a_training_on_jax_imports_no_tensorflow(tmp_path: Path) -> None:
    """Ten seconds and half a gigabyte a worker, for a framework that has no part in it."""
    code = (
        "import sys;from mnistreport.data import load_dataset;from mnistreport.task import Task;"
        "from mnistreport.training.train import train;from tests.unit.records import experiment;"
        "digits = load_dataset('digits');"
        "entry = experiment(train=200, test=100, epochs=1, quick={});"
        "task = Task(entry, 'published', 0, 'digits', digits.sha256, 1, 'jax');"
        "run, _ = train(task, digits, lambda *told: None);"
        "assert run.environment['jax device'], run.environment;"
        "print(run.status, 'tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["ok", "False"], done.stderr


def test_one_worker_or_two_give_the_same_bits_on_jax(command_line: CommandLine) -> None:
    """Whatever the user's own settings of JAX and Keras say; the results carry the backend."""
    settings = command_line.folder / "keras.json"
    settings.write_text('{"backend": "tensorflow", "floatx": "float64"}')
    hostile = {"JAX_ENABLE_X64": "1", "KERAS_HOME": str(command_line.folder)}
    found = []
    for jobs in (1, 2):
        document = command_line.check(
            "tiny/dropout",
            "tiny/conv",
            jobs=jobs,
            options=("--store", str(command_line.folder / f"store-{jobs}")),
            KERAS_BACKEND="jax",
            **(hostile if jobs == 2 else {}),
        )
        found.append(fingerprints(document))
        assert document["environment"]["keras backend"] == "jax"
        assert document["command"].startswith("KERAS_BACKEND=jax mnistreport check")
        for run in document["runs"]:
            assert run["environment"]["keras backend"] == "jax"
            assert run["environment"]["jax device"] == document["environment"]["jax device"]
    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_replicas_become_rows_once(command_line: CommandLine) -> None:
    """Missing seeds are trained together, noted as they end, stored nowhere, and never again."""
    reference = command_line.folder / "reference"
    arguments = command_line.arguments("tiny/dropout", "tiny/diverges")
    calibrate = ("calibrate", *arguments, "--reference", str(reference))
    first = command_line.run(*calibrate, "--replicas", "--seeds", "0..2", KERAS_BACKEND="jax")
    assert first.returncode == 0, first.stderr
    rows = load_rows(reference / "calibration" / "published-digits.csv")
    assert {(row.experiment, row.seed, row.status) for row in rows} == {
        *(("tiny/dropout", seed, "ok") for seed in range(3)),
        *(("tiny/diverges", seed, "diverged") for seed in range(3)),
    }
    assert all("keras backend jax" in row.made_with for row in rows)
    assert all(row.made_with.endswith("replicas of 3") for row in rows)
    words = [word for word in calibrate if word != "tiny/diverges"]
    again = command_line.run(*words, "--replicas", "2", "--seeds", "0..3", KERAS_BACKEND="jax")
    assert "0 runs from the store, 1 to train" in again.stderr
    *before, last = load_rows(reference / "calibration" / "published-digits.csv")
    assert before == rows
    assert last.seed == 3
    assert last.made_with.endswith("replicas of 1")
    assert not list(command_line.store.glob("runs/*/*.json"))
