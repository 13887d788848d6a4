"""The choice of Keras' backend, groups of replicas, and what the command line makes of both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mnistreport import cli, keras_backend
from mnistreport import replicas as module
from mnistreport.calibration import row_of
from mnistreport.errors import UsageError
from mnistreport.keras_backend import chosen_backend, jax_accelerators, worker_settings
from mnistreport.pool import Progress
from mnistreport.progress import PlainLines
from mnistreport.replicas import make_groups
from tests.unit.records import run, task


@pytest.mark.parametrize(
    ("named", "backend"), [(None, "tensorflow"), ("", "tensorflow"), ("jax", "jax")]
)
def test_the_environment_chooses(
    named: str | None, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorFlow where it says nothing."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if named is not None:
        monkeypatch.setenv("KERAS_BACKEND", named)
    assert chosen_backend() == backend


def test_another_backend_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the two that there are."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert cli.run(["build", "--dataset", "digits", "--dry-run"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "'torch'" in line
    assert "tensorflow and jax" in line


def test_jax_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(keras_backend, "package_version", lambda name: "not installed")
    with pytest.raises(UsageError, match=r"mnistreport\[jax\]"):
        chosen_backend()


def test_a_worker_on_jax_hears_of_no_setting_but_its_platform(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the arithmetic depends on is ours, in float32 and with one thread."""
    monkeypatch.setenv("JAX_ENABLE_X64", "1")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    settings = worker_settings("jax", 1, "/scratch")
    assert settings["JAX_ENABLE_X64"] is None
    assert "JAX_PLATFORMS" not in settings
    assert settings["KERAS_BACKEND"] == "jax"
    assert settings["NPROC"] == "1"
    assert "multi_thread_eigen=false" in (settings["XLA_FLAGS"] or "")
    assert "multi_thread_eigen=true" in (worker_settings("jax", 2, "")["XLA_FLAGS"] or "")
    assert worker_settings("tensorflow", 1, "")["XLA_FLAGS"] is None


@pytest.mark.parametrize("setting", [("JAX_PLATFORMS", "cpu"), ("CUDA_VISIBLE_DEVICES", "")])
def test_a_gpu_that_is_hidden_does_not_count(
    setting: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever plug-ins are installed."""
    monkeypatch.setattr(keras_backend, "entry_points", lambda group: pytest.fail("was asked"))
    monkeypatch.setenv(*setting)
    assert jax_accelerators() == ""


def test_groups_hold_the_seeds_of_one_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as were asked for, else 8 on the CPU and all on a GPU; the longest first."""
    tasks = [task(seed) for seed in range(3)] + [task(s, name="b/b", epochs=50) for s in range(10)]
    sizes = [(group[0].experiment.name, len(group)) for group in make_groups(tasks, 2)]
    assert sizes == [("b/b", 2)] * 5 + [("small/adam", 2), ("small/adam", 1)]
    monkeypatch.setattr(module, "jax_accelerators", lambda: "")
    assert sorted(map(len, make_groups(tasks, 0))) == [2, 3, 8]
    monkeypatch.setattr(module, "jax_accelerators", lambda: "jax-cuda13-plugin 0.10.2")
    assert sorted(map(len, make_groups(tasks, 0))) == [3, 10]


@pytest.mark.parametrize(
    "arguments",
    [["--replicas"], ["--replicas", "4"], ["--replicas", "wide/*"], ["--replicas", "--quiet"]],
)
def test_replicas_need_jax_and_no_number(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every form is understood, and refused on TensorFlow."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delenv("CI", raising=False)
    assert cli.run(["calibrate", *arguments]) == 2
    assert "set KERAS_BACKEND=jax" in capsys.readouterr().err.splitlines()[-1]


def test_a_negative_number_of_replicas_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """By the option's own limits."""
    assert cli.run(["calibrate", "--replicas", "-3"]) == 2
    assert "--replicas" in capsys.readouterr().err


def test_rows_say_what_made_them() -> None:
    """TensorFlow's as ever; JAX' with the backend, its device and how many seeds went together."""
    common = {"keras": "3", "numpy": "2", "threads per training": "1", "cpu": "C"}
    tail = "keras 3, numpy 2, threads per training 1, cpu C"
    made = {"tensorflow": "2.21", "keras backend": "tensorflow", **common}
    assert row_of(run(environment=made)).made_with == f"tensorflow 2.21, {tail}"
    made |= {"keras backend": "jax", "jax": "0.10", "jaxlib": "0.11", "jax device": "H200"}
    wanted = f"keras backend jax, jax 0.10, jaxlib 0.11, jax device H200, {tail}"
    assert row_of(run(environment=made)).made_with == wanted
    made["replicas"] = "8"
    assert row_of(run(environment=made)).made_with == f"{wanted}, replicas of 8"


def test_the_seeds_of_one_program_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """And those of several programs are not."""
    said: list[str] = []
    monkeypatch.setattr("mnistreport.progress._PLAIN_EVERY", -1.0)
    tasks = [replace(task(seed), backend="jax") for seed in range(3)]
    together, alone = Progress(1, 5, float("nan")), Progress(2, 5, 0.9)
    PlainLines(said.append).running({tasks[0]: together, tasks[1]: together, tasks[2]: alone})
    assert said == ["training small/adam (2 seeds) 1/5, small/adam (seed 2) 2/5"]
