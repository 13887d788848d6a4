"""A catalog of tiny trainings, and the command line in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CATALOG = """
[defaults]
document = "tiny"
source = "made for tests"
engine = "keras"
input_shape = [784]
pixel_divisor = 255.0
train = 200
test = 100
kernel_initializer = { class = "GlorotUniform" }
loss = { class = "CategoricalCrossentropy", from_logits = false }
metrics = ["accuracy"]
batch_size = 50
optimizer = { class = "keras.SGD", learning_rate = 0.1, momentum = 0.0, nesterov = false }

[experiments."tiny/dropout"]
title = "Dropout"
epochs = 2
layers = [
  { class = "Dense", units = 16, activation = "relu" },
  { class = "Dropout", rate = 0.5 },
  { class = "Dense", units = 10, activation = "softmax" },
]

[experiments."tiny/conv"]
title = "Convolution"
epochs = 2
input_shape = [28, 28, 1]
layers = [
  { class = "Conv2D", filters = 4, kernel_size = 3, padding = "valid", activation = "relu" },
  { class = "MaxPooling2D", pool_size = 2 },
  { class = "Flatten" },
  { class = "Dense", units = 10, activation = "softmax" },
]

[experiments."tiny/diverges"]
title = "A rate far too high"
epochs = 2
pixel_divisor = 1.0
layers = [
  { class = "Dense", units = 16, activation = "linear" },
  { class = "Dense", units = 10, activation = "linear" },
]
loss = { class = "CategoricalCrossentropy", from_logits = true }
optimizer = { class = "keras.SGD", learning_rate = 1e30, momentum = 0.0, nesterov = false }

[experiments."slow/one"]
title = "Hours of epochs"
epochs = 1000000
layers = [{ class = "Dense", units = 10, activation = "softmax" }]

[experiments."tiny/numpy"]
title = "NumPy"
engine = "numpy"
iterations = 30
evaluate_every = 10
seed = 1
layers = [
  { class = "Dense", units = 16, activation = "relu" },
  { class = "Dense", units = 10, activation = "softmax" },
]
kernel_initializer = { class = "RandomNormal", stddev = 0.1 }
optimizer = { class = "numpy.SGD", learning_rate = 0.1 }
"""


#: SIGABRT makes Python print the stack of every thread.
FAULTS = {"PYTHONFAULTHANDLER": "1"}


def _hear_interrupts() -> None:
    """As at a terminal: a test run in a shell's background inherits a SIGINT that is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class CommandLine:
    """`mnistreport` in processes of their own, with a store, catalog and caches of one test."""

    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def store(self) -> Path:
        """The store of this test."""
        return self.folder / "store"

    @property
    def scratch(self) -> Path:
        """Where temporary files go, which a command that ends by itself leaves empty."""
        return self.folder / "scratch"

    def _settings(self) -> dict[str, str]:
        # what tiny trainings are tested for does not depend on half a minute of conformance
        return {
            "MNISTREPORT_STORE": str(self.store),
            "MNISTREPORT_CONFORMANCE": "0",
            "CI": "",
            "TMPDIR": str(self.scratch),
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """A command that runs on, in a process group of its own as a terminal would make it."""
        dropped = ("MNISTREPORT_", "KERAS_BACKEND", "GITHUB_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
        process = subprocess.Popen(
            [sys.executable, "-m", "mnistreport", *arguments],
            cwd=self.folder,
            env={**kept, **self._settings(), **FAULTS, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_hear_interrupts,  # noqa: PLW1509  (one call, and no thread here)
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command, run to its end."""
        return self.finish(self.start(*arguments, **environment))

    def finish(
        self, process: subprocess.Popen[str], seconds: float = 240
    ) -> subprocess.CompletedProcess[str]:
        """Wait for the end of a command; one that hangs shows where each of its threads is."""
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGABRT)
            out, err = process.communicate(timeout=30)
            pytest.fail(f"not finished within {seconds:g} s:\n{err[-6000:]}")
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def arguments(self, *globs: str, jobs: int = 1) -> list[str]:
        """What every training of these tests has in common.

        One worker imports the frameworks once, which takes longer than these trainings.
        """
        catalog = str(self.folder / "catalog.toml")
        common = ["--profile", "published", "--dataset", "digits", "--catalog", catalog]
        return [*(globs or ("tiny/*",)), *common, "-j", str(jobs)]

    def check(
        self, *globs: str, jobs: int = 1, options: tuple[str, ...] = (), **environment: str
    ) -> dict[str, Any]:
        """The results document of `check`, by experiment."""
        arguments = (*self.arguments(*globs, jobs=jobs), "--format", "json", *options)
        done = self.run("check", *arguments, **environment)
        assert done.stdout, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        document["stderr"], document["code"] = done.stderr, done.returncode
        return document


def fingerprints(document: dict[str, Any]) -> dict[str, str]:
    """Experiment and seed to fingerprint."""
    return {f"{r['experiment']}:{r['seed']}": r["fingerprint"] for r in document["runs"]}


@pytest.fixture
def command_line(tmp_path: Path) -> Iterator[CommandLine]:
    """A fresh command line; whatever it started is gone afterwards."""
    (tmp_path / "catalog.toml").write_text(CATALOG)
    line = CommandLine(tmp_path)
    line.scratch.mkdir()
    yield line
    for process in line.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
