"""A Dask cluster on loopback, started as a user starts one, and what the tests ask of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Client

from tests.integration.conftest import CommandLine
from tests.integration.test_builds import alive, wait_for

#: Trainings long enough to be caught in the middle, and one that never ends; neither needs Keras.
SLOW = """
[defaults]
document = "slow"
source = "made for tests"
engine = "numpy"
input_shape = [784]
pixel_divisor = 255.0
train = 200
test = 100
evaluate_every = 100
kernel_initializer = { class = "RandomNormal", stddev = 0.1 }
loss = { class = "CategoricalCrossentropy", from_logits = false }
metrics = ["accuracy"]
batch_size = 50
optimizer = { class = "numpy.SGD", learning_rate = 0.1 }
layers = [
  { class = "Dense", units = 16, activation = "relu" },
  { class = "Dense", units = 10, activation = "softmax" },
]

[experiments."slow/seconds"]
title = "Seconds"
iterations = 6000

[experiments."slow/endless"]
title = "Hours"
iterations = 100000000
"""


@dataclass
class Cluster:
    """A scheduler and its workers, and a client of the test's own."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_scheduler(self, **environment: str) -> subprocess.Popen[bytes]:
        """`dask scheduler`, reachable when this returns."""
        options = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"]
        file = str(self._file)
        process = self._start("scheduler", *options, "--scheduler-file", file, **environment)
        wait_for(lambda: process.poll() is not None or self._written(), 60)
        self.client = Client(self.address, timeout=60, set_as_default=False)
        return process

    def start_worker(self, *options: str, **environment: str) -> str:
        """`dask worker`, at work when this returns its name."""
        name = f"worker{len(self.processes)}"
        common = ["--scheduler-file", str(self._file), "--name", name, "--no-dashboard"]
        folder = ["--local-directory", str(self.folder / name)]
        self._start("worker", *common, *folder, *options, **environment)
        wait_for(lambda: name in self.names().values(), 60)
        return name

    def _written(self) -> bool:
        # Dask makes the file and fills it afterwards
        return self._file.exists() and self._file.read_text().endswith("}")

    @property
    def address(self) -> str:
        """The scheduler's."""
        return str(json.loads(self._file.read_text())["address"])

    def names(self) -> dict[str, str]:
        """The workers there now: address to name."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        return {address: worker["name"] for address, worker in workers.items()}

    def pids(self) -> list[int]:
        """The workers' own processes; with a nanny they are its children."""
        return list(self.client.run(os.getpid).values())

    def training(self) -> list[str]:
        """The labels of what workers have been given."""
        return [key[1] for keys in self.client.processing().values() for key in keys]

    def starts(self) -> Counter[str]:
        """How often each training was given to a worker, by label."""
        return Counter(key[1] for key, finish in self._transitions() if finish == "processing")

    def most_at_once(self) -> int:
        """The most trainings that workers had been given at one time."""
        now, most = set(), 0
        for key, finish in self._transitions():
            if finish == "processing":
                now.add(key)
            else:
                now.discard(key)
            most = max(most, len(now))
        return most

    def _transitions(self) -> list[tuple[Any, str]]:
        log = self.client.run_on_scheduler(
            lambda dask_scheduler: [entry[:3] for entry in dask_scheduler.transition_log]
        )
        return [(key, finish) for key, _, finish in log if key[0] == "mnistreport-train"]

    def left_behind(self) -> list[str]:
        """Plugins and files that builds left on the cluster."""
        known = self.client.run_on_scheduler(
            lambda dask_scheduler: [n for n in dask_scheduler.worker_plugins if "mnist" in n]
        )
        files = [str(path) for path in self.folder.rglob("mnistreport-*")]
        return [*known, *files]

    def log(self, name: str) -> str:
        """What a worker has written."""
        return (self.folder / f"{name}.log").read_text()

    def stop(self) -> None:
        """End everything, whatever state it is in."""
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if hasattr(self, "client"):
            self.client.close(timeout=5)

    @property
    def _file(self) -> Path:
        return self.folder / "scheduler.json"

    def _start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        name = f"worker{len(self.processes)}" if self.processes else "scheduler"
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [Path(sys.executable).with_name("dask"), *arguments],
                cwd=self.folder,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process


def trainers() -> list[int]:
    """The processes on this machine that train for Dask workers of this test."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            ours = (
                str(os.environ["PYTEST_CURRENT_CLUSTER"]).encode()
                in (folder / "environ").read_bytes()
            )
        except OSError:
            continue
        if b"mnistreport.cluster.trainer" in command and ours and alive(int(folder.name)):
            found.append(int(folder.name))
    return found


def slow(line: CommandLine, cluster: Cluster, *globs: str) -> list[str]:
    """The arguments of a build of slow trainings on a cluster."""
    (line.folder / "slow.toml").write_text(SLOW)
    common = ["--profile", "published", "--dataset", "digits"]
    catalog = ["--catalog", str(line.folder / "slow.toml")]
    return [*globs, *common, *catalog, "--scheduler", cluster.address]
