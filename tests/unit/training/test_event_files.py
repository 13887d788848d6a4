"""Event files, read back with TensorFlow's own reader."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mnistreport.errors import UsageError
from mnistreport.event_folders import check_writable, event_folder, has_event_files
from tests.unit.records import run, task

Scalars = dict[str, list[tuple[int, float]]]


@pytest.fixture(scope="module")
def event_files() -> Any:
    """The module, which imports TensorFlow."""
    from mnistreport.training import event_files

    return event_files


def scalars(folder: Path) -> Scalars:
    """Steps and values by tag, of the one event file in a folder."""
    import tensorflow as tf

    found: Scalars = {}
    (path,) = folder.iterdir()
    for event in tf.compat.v1.train.summary_iterator(str(path)):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def in_the_way(folder: Path) -> None:
    """A file instead of a folder."""
    shutil.rmtree(folder)
    folder.touch()


def test_epochs_and_batches_have_a_folder_each(tmp_path: Path, event_files: Any) -> None:
    """As in document C, with the batches counted through all epochs."""
    with event_files.EventFiles(tmp_path, task(seed=3)) as files:
        for epoch in range(2):
            files.batch({"loss": 4.0 - epoch})
            files.batch({"loss": 3.5 - epoch})
            files.epoch(epoch, {"loss": 3.0 - epoch, "val_loss": 2.5})
        files.batch({"loss": 0.25})
    assert files.failure == ""
    folder = tmp_path / "small__adam" / "seed-3"
    assert folder == event_folder(tmp_path, task(seed=3))
    assert scalars(folder / "epoch") == {
        "loss": [(0, 3.0), (1, 2.0)],
        "val_loss": [(0, 2.5), (1, 2.5)],
    }
    values = (4.0, 3.5, 3.0, 2.5, 0.25)
    assert scalars(folder / "batch") == {"batch_loss": list(enumerate(values))}


def test_a_training_again_takes_the_place_of_its_files(tmp_path: Path, event_files: Any) -> None:
    """Else TensorBoard would draw both curves as one; other seeds and strangers' files stay."""
    stranger = tmp_path / "small__adam" / "seed-0" / "notes.txt"
    for loss in (2.0, 1.0):
        for seed in (0, 1):
            with event_files.EventFiles(tmp_path, task(seed=seed)) as files:
                files.epoch(0, {"loss": loss})
        stranger.touch()
    assert scalars(event_folder(tmp_path, task(seed=0)) / "epoch") == {"loss": [(0, 1.0)]}
    assert has_event_files(tmp_path, task(seed=1))
    assert stranger.exists()
    assert not has_event_files(tmp_path, task(seed=0, epochs=3))


@pytest.mark.parametrize("lose", [shutil.rmtree, in_the_way], ids=["deleted", "a file now"])
def test_a_folder_that_is_lost_is_one_line(
    tmp_path: Path, event_files: Any, lose: Callable[[Path], None]
) -> None:
    """The training goes on, what follows is not kept in memory, and the reason is told."""
    root = tmp_path / "events"
    with event_files.EventFiles(root, task()) as files:
        files.epoch(0, {"loss": 1.0})
        lose(root)
        files.batch({"loss": 1.0})
        files.epoch(1, {"loss": 1.0})
        files.batch({"loss": 1.0})
    assert "the folder has gone" in files.failure or "not a directory" in files.failure.lower()
    assert not {"\n", "{", "["} & set(files.failure)
    assert files._batches == []


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may grow beyond 5 kB: what a full disk is to who writes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_is_one_line_and_leaves_no_half(tmp_path: Path, event_files: Any) -> None:
    """Whoever looked at half a curve would take it for the training."""
    with event_files.EventFiles(tmp_path, task()) as files:
        for epoch in range(3):
            for _ in range(100):
                files.batch({"loss": 1.0})
            files.epoch(epoch, {"loss": 1.0})
    assert files.failure.endswith("File too large")
    assert "\n" not in files.failure
    assert not has_event_files(tmp_path, task())


def test_a_stored_run_gives_its_epochs(tmp_path: Path, event_files: Any) -> None:
    """By epoch for Keras, by iteration for NumPy."""
    keras, numpy = task(seed=0), task(seed=1)
    history = {"iteration": [0.0, 10.0], "test_accuracy": [0.25, 0.5]}
    runs = {keras: run(), numpy: run(seed=1, history=history)}
    assert event_files.write_stored(tmp_path, runs) == ""
    assert scalars(event_folder(tmp_path, keras) / "epoch")["loss"] == [(0, 1.0), (1, 0.5)]
    numbers = scalars(event_folder(tmp_path, numpy) / "epoch")
    assert numbers == {"test_accuracy": [(0, 0.25), (10, 0.5)]}
    assert has_event_files(tmp_path, keras)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "a b/\x00", "-rf", "/etc"])
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    """Names of the catalog cannot be so; if one were, it would be one folder all the same."""
    hostile = task()
    object.__setattr__(hostile, "experiment", hostile.experiment.model_copy(update={"name": name}))
    folder = event_folder(tmp_path, hostile)
    assert folder.resolve().parent.parent == tmp_path.resolve()


def test_a_folder_that_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    """Before anything trains, with the option that mends it."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="--tensorboard"):
        check_writable(tmp_path / "file" / "events")
