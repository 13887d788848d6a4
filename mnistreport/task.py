"""One training to be done, and the key under which its result is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from mnistreport.environment import package_version
from mnistreport.experiment import Experiment, Profile
from mnistreport.keras_backend import FRAMEWORKS, Backend, jax_accelerators
from mnistreport.reference import SHORT

#: Raised whenever a change of our own code changes what a training gives.
ENGINE = 5

_OWN_ENGINE = "mnistreport's engine"


@dataclass(frozen=True, eq=False)
class Task:
    """One training: an experiment with its profile applied, on a dataset, from a seed.

    `backend` is the one of Keras, and means nothing to the NumPy engine. `fault` names one of
    `mnistreport.faults` that is planted into the training. Two tasks are equal where their keys
    are: the same result answers both.
    """

    experiment: Experiment
    profile: Profile
    seed: int
    dataset: str
    dataset_sha256: str
    threads: int
    backend: Backend = "tensorflow"
    fault: str = ""

    @property
    def label(self) -> str:
        """The experiment's name and the seed, for people."""
        named = f"{self.experiment.name} (seed {self.seed})"
        return f"{named} with {self.fault}" if self.fault else named

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Task) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def row_identity(self) -> tuple[str, str, str, int]:
        """That of the calibration row which its run would have."""
        experiment = self.experiment
        return experiment.name, experiment.recipe(), self.dataset_sha256[:SHORT], self.seed

    @property
    def versions(self) -> dict[str, str]:
        """The installed frameworks that this training rests on."""
        keras = self.experiment.engine == "keras"
        names = FRAMEWORKS[self.backend] if keras else ("numpy",)
        return {name: package_version(name) for name in names}

    @cached_property
    def key(self) -> str:
        """32 hex digits of everything that would make a stored result stale."""
        keras = self.experiment.engine == "keras"
        stale: dict[str, object] = {
            "engine": ENGINE,
            "experiment": self.experiment.name,
            "recipe": self.experiment.recipe(),
            "profile": self.profile,
            "seed": self.seed,
            "dataset": self.dataset_sha256,
            "threads": self.threads,
            "versions": self.versions,
        }
        if keras and self.backend != "tensorflow":
            # TensorFlow's keys are older than the choice, and runs are stored under them
            stale |= {"backend": self.backend, "accelerators": jax_accelerators()}
        if self.fault:
            stale["fault"] = self.fault
        return hashlib.sha256(json.dumps(stale, sort_keys=True).encode()).hexdigest()[:32]


def made_with(tasks: Iterable[Task]) -> dict[str, str]:
    """What a worker must have for its results to answer these tasks: names and versions."""
    own = {"mnistreport": package_version("mnistreport"), _OWN_ENGINE: str(ENGINE)}
    return {name: version for task in tasks for name, version in task.versions.items()} | own


def differences(promised: Mapping[str, str]) -> list[str]:
    """Where this machine is not what `made_with` gave elsewhere, one line for each."""
    here = {name: package_version(name) for name in promised} | {_OWN_ENGINE: str(ENGINE)}
    return [
        f"{name} {here[name]} where this build has {wanted}"
        for name, wanted in promised.items()
        if here[name] != wanted
    ]
