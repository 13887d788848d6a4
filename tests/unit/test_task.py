"""Keys of stored runs: what makes one stale, and what must not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mnistreport import keras_backend
from mnistreport import task as module
from mnistreport.task import Task
from tests.unit.records import numpy_experiment, task

VERSIONS = {
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.4.6",
    "jax": "0.10.2",
    "jaxlib": "0.10.2",
}


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The versions and the engine number that the pinned keys were made with."""
    monkeypatch.setattr(module, "package_version", lambda name: VERSIONS[name])
    monkeypatch.setattr(module, "ENGINE", 1)
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")


def test_keys_from_before_the_choice_of_a_backend_still_hold() -> None:
    """The keys that release 0.1.0 computed: no stored run is lost to the new field."""
    assert task(seed=3).key == "f066cc050a0b4d88094e27c66f0fdda4"
    numpy_task = Task(numpy_experiment(), "quick", 1, "toy", "ab" * 32, 2)
    assert numpy_task.key == "d9f2d2846ee0904d4ba2e989ea35e081"


def test_a_numpy_training_is_the_same_on_any_backend() -> None:
    """Keras has no part in it."""
    numpy_task = Task(numpy_experiment(), "quick", 1, "toy", "ab" * 32, 2)
    assert replace(numpy_task, backend="jax").key == numpy_task.key


def test_a_training_on_jax_has_keys_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the versions of JAX and its plug-ins, and not by TensorFlow's."""
    on_jax = replace(task(), backend="jax")
    assert on_jax.key != task().key
    for name in ("jax", "jaxlib", "keras", "numpy"):
        with monkeypatch.context() as context:
            context.setitem(VERSIONS, name, "0")
            assert replace(on_jax).key != on_jax.key
    monkeypatch.setitem(VERSIONS, "tensorflow", "0")
    assert replace(on_jax).key == on_jax.key
    monkeypatch.setattr(module, "jax_accelerators", lambda: "jax-cuda13-plugin 0.10.2")
    assert replace(on_jax).key != on_jax.key
    assert keras_backend.jax_accelerators() == ""
