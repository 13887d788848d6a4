"""The examination as a child process, and its last outcome in the store."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from mnistreport.conformance.record import Conformance, load, save
from mnistreport.environment import package_version
from mnistreport.errors import MnistReportError, TrainingError, UsageError
from mnistreport.keras_backend import FRAMEWORKS, Backend
from mnistreport.workers import worker_environment

_PACKAGE = Path(__file__).resolve().parent.parent
#: Our own code that an outcome depends on.
_EXAMINED = ("conformance", "experiment", "training")


def check_backend(backend: Backend) -> None:
    """Only Keras on TensorFlow is examined: its roundings are those that the oracle knows.

    Raises:
        UsageError: it is another.
    """
    if backend != "tensorflow":
        raise UsageError(
            f"conformance examines Keras on TensorFlow, and KERAS_BACKEND is {backend!r}",
            "Unset it.",
        )


def kept_path(store: Path) -> Path:
    """Where the outcome of these versions and this code of ours is kept."""
    digest = hashlib.sha256()
    versions = {name: package_version(name) for name in FRAMEWORKS["tensorflow"]}
    digest.update(json.dumps(versions, sort_keys=True).encode())
    for folder in _EXAMINED:
        for path in sorted((_PACKAGE / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return store / "conformance" / f"{digest.hexdigest()[:32]}.json"


def kept_conformance(store: Path) -> Conformance | None:
    """The outcome that the store has for these versions; None where there is none or it is damaged.

    Args:
        store: the store's folder.
    """
    try:
        return load(kept_path(store))
    except MnistReportError:
        return None


class Running:
    """An examination that goes on beside other work; leaving the context ends it.

    Args:
        store: where the outcome of the whole suite is kept.
        globs: of the rules; none for all.
    """

    def __init__(self, store: Path, globs: Sequence[str] = ()) -> None:
        self._kept = None if globs else kept_path(store)
        self._scratch = TemporaryDirectory(prefix="mnistreport-conformance-")
        self._outcome = Path(self._scratch.name) / "outcome.json"
        self._told = Path(self._scratch.name) / "told"
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
        for name, value in worker_environment(1).items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        command = [sys.executable, "-m", "mnistreport.conformance.suite"]
        with self._told.open("wb") as told:
            # a session of its own: Ctrl-C reaches us alone, and we end it
            self._process = subprocess.Popen(
                [*command, str(self._outcome), *globs],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._scratch.cleanup()

    def outcome(self) -> Conformance:
        """Wait for the end.

        Raises:
            TrainingError: the examination crashed.
        """
        code = self._process.wait()
        if code:
            lines = self._told.read_text(encoding="utf-8", errors="replace").split("\n")
            last = next((line for line in reversed(lines) if line.strip()), "it said nothing")
            raise TrainingError(
                f"the conformance suite ended with exit code {code}: {last.strip()}",
                "`--no-conformance` leaves it out of check and build.",
            )
        found = load(self._outcome)
        if self._kept is not None:
            save(found, self._kept)
        return found


def examine(store: Path, globs: Sequence[str] = ()) -> Conformance:
    """Examine anew, and keep the outcome where it is whole.

    Args:
        store: the store's folder.
        globs: of the rules; none for all.

    Raises:
        NothingSelected: a glob matches no rule.
        TrainingError: the examination crashed.
    """
    if globs:
        from mnistreport.conformance.suite import choose_rules

        choose_rules(globs)
    with Running(store, globs) as running:
        return running.outcome()
