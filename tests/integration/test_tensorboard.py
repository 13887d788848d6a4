"""`--tensorboard`: event files beside trainings that know nothing of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.integration.conftest import CommandLine, fingerprints
from tests.integration.test_builds import GOOD

FOLDER = "published-digits"


def curves(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard itself reads of a folder: steps and values by tag."""
    reader = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    found = {}
    for tag in reader.Tags()["scalars"]:
        found[tag] = [(event.step, event.value) for event in reader.Scalars(tag)]
    return found


def runs_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The runs by experiment."""
    return {run["experiment"]: run for run in document["runs"]}


def test_event_files_hold_the_training_and_change_none(command_line: CommandLine) -> None:
    """Two workers, both engines: the same bits as without, each epoch and each batch told."""
    logs = command_line.folder / "logs"
    events = logs / FOLDER
    watched = command_line.check(
        *GOOD, "tiny/diverges", options=("--seeds", "0,1", "--tensorboard", str(logs))
    )
    store = str(command_line.folder / "other")
    plain = command_line.check(*GOOD, "tiny/diverges", options=("--seeds", "0,1", "--store", store))
    assert fingerprints(watched) == fingerprints(plain)
    assert len(list(events.iterdir())) == 4
    for run in watched["runs"]:
        folder = events / run["experiment"].replace("/", "__") / f"seed-{run['seed']}"
        assert {path.name for path in folder.iterdir()} == {"epoch", "batch"}
        if run["status"] == "ok":
            (compare_numpy if "numpy" in run["experiment"] else compare_keras)(run, folder)


def compare_keras(run: dict[str, Any], folder: Path) -> None:
    """4 batches of 50 images an epoch, whose mean is what Keras told of the epoch."""
    epochs, batches = curves(folder / "epoch"), curves(folder / "batch")
    assert set(epochs) == set(run["history"])
    for name, curve in run["history"].items():
        assert [step for step, _ in epochs[name]] == [0, 1]
        assert [value for _, value in epochs[name]] == pytest.approx(curve)
    for name in ("loss", "accuracy"):
        steps, values = zip(*batches[f"batch_{name}"], strict=True)
        assert steps == tuple(range(8))
        means = [sum(values[:4]) / 4, sum(values[4:]) / 4]
        assert means == pytest.approx(run["history"][name], rel=1e-5)
    # of 50 images each: not a mean over what came before
    rights = [50 * value for _, value in batches["batch_accuracy"]]
    assert rights == pytest.approx([round(right) for right in rights], abs=1e-3)


def compare_numpy(run: dict[str, Any], folder: Path) -> None:
    """The loss of each of 30 iterations; every tenth evaluated."""
    evaluations, batches = curves(folder / "epoch"), curves(folder / "batch")
    assert set(evaluations) == set(run["history"]) - {"iteration"}
    steps = [step for step, _ in evaluations["test_accuracy"]]
    assert steps == run["history"]["iteration"] == [0, 10, 20]
    losses = [value for _, value in batches["batch_loss"]]
    assert len(losses) == 30
    assert sum(losses[:10]) / 10 == pytest.approx(run["metrics"]["first_epoch_loss"])
    assert sum(losses[-10:]) / 10 == pytest.approx(run["metrics"]["final_loss"])


def test_stored_runs_give_their_epochs(command_line: CommandLine) -> None:
    """Said in one line, once; nothing is trained, and what is there already is left alone."""
    before = command_line.check("tiny/numpy")
    options = ("--tensorboard", "logs")
    first = command_line.check("tiny/numpy", options=options)
    assert "1 runs are from the store: TensorBoard gets their epochs" in first["stderr"]
    folder = command_line.folder / "logs" / FOLDER / "tiny__numpy" / "seed-1"
    assert [path.name for path in folder.iterdir()] == ["epoch"]
    told = [value for _, value in curves(folder / "epoch")["test_accuracy"]]
    history = runs_of(before)["tiny/numpy"]["history"]
    assert told == pytest.approx(history["test_accuracy"])
    again = command_line.check("tiny/numpy", options=options)
    assert "TensorBoard" not in again["stderr"]
    assert fingerprints(again) == fingerprints(first) == fingerprints(before)


def test_a_disk_that_refuses_costs_the_event_files_alone(command_line: CommandLine) -> None:
    """One line for several trainings, and every result is there."""
    events = command_line.folder / "logs" / FOLDER
    events.mkdir(parents=True)
    for name in ("tiny__dropout", "tiny__numpy"):
        (events / name).touch()
    done = command_line.check("tiny/dropout", "tiny/numpy", options=("--tensorboard", "logs"))
    assert {run["status"] for run in done["runs"]} == {"ok"}
    lines = [line for line in done["stderr"].splitlines() if "event files" in line]
    assert len(lines) == 1
    assert "and 1 more trainings could not be written" in lines[0]
    assert lines[0].endswith("a directory; the results are not affected")
    assert "Traceback" not in done["stderr"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--tensorboard", "catalog.toml/logs"), "cannot be written to"),
        (("--tensorboard", "logs", "--scheduler", "tcp://10.0.0.1:1"), "leave one of them out"),
    ],
)
def test_what_cannot_be_is_refused_at_once(
    command_line: CommandLine, options: tuple[str, ...], message: str
) -> None:
    """Before anything trains, in one line."""
    done = command_line.run("check", *command_line.arguments("tiny/numpy"), *options)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]
