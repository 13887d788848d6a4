"""One training to be done, and the key under which its result is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from mnistreport.environment import package_version
from mnistreport.experiment import Experiment, Profile
from mnistreport.keras_backend import FRAMEWORKS, Backend, jax_accelerators

#: Raised whenever a change of our own code changes what a training gives.
ENGINE = 2


@dataclass(frozen=True, eq=False)
class Task:
    """One training: an experiment with its profile applied, on a dataset, from a seed.

    `backend` is the one of Keras, and means nothing to the NumPy engine. Two tasks are equal where
    their keys are: the same result answers both.
    """

    experiment: Experiment
    profile: Profile
    seed: int
    dataset: str
    dataset_sha256: str
    threads: int
    backend: Backend = "tensorflow"

    @property
    def label(self) -> str:
        """The experiment's name and the seed, for people."""
        return f"{self.experiment.name} (seed {self.seed})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Task) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @cached_property
    def key(self) -> str:
        """32 hex digits of everything that would make a stored result stale."""
        keras = self.experiment.engine == "keras"
        frameworks = FRAMEWORKS[self.backend] if keras else ("numpy",)
        stale: dict[str, object] = {
            "engine": ENGINE,
            "experiment": self.experiment.name,
            "recipe": self.experiment.recipe(),
            "profile": self.profile,
            "seed": self.seed,
            "dataset": self.dataset_sha256,
            "threads": self.threads,
            "versions": {name: package_version(name) for name in frameworks},
        }
        if keras and self.backend != "tensorflow":
            # TensorFlow's keys are older than the choice, and runs are stored under them
            stale |= {"backend": self.backend, "accelerators": jax_accelerators()}
        return hashlib.sha256(json.dumps(stale, sort_keys=True).encode()).hexdigest()[:32]
