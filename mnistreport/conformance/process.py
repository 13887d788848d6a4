"""The examination as a child process, and its last outcome in the store."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

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


@contextlib.contextmanager
def running(
    store: Path, globs: Sequence[str] = (), fault: str = ""
) -> Iterator[Callable[[], Conformance]]:
    """An examination that goes on beside other work; leaving the context ends it.

    Args:
        store: the store's folder, where the outcome of the whole suite is kept.
        globs: of the rules; none for all.
        fault: of `mnistreport.faults`, planted into the engine; "" for none.

    Yields:
        What waits for the outcome, and raises TrainingError where the examination crashed.
    """
    with TemporaryDirectory(prefix="mnistreport-conformance-") as name:
        path, told = Path(name) / "outcome.json", Path(name) / "told"
        with told.open("wb") as file:
            # a session of its own: Ctrl-C reaches us alone, and we end it
            process = subprocess.Popen(
                [sys.executable, "-m", "mnistreport.conformance.suite", str(path), fault, *globs],
                env=_environment(name),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

        def outcome() -> Conformance:
            if process.wait():
                raise _crash(process.returncode, told)
            found = load(path)
            if not globs and not fault:
                # a store that refuses it costs another examination
                with contextlib.suppress(OSError):
                    save(found, kept_path(store))
            return found

        try:
            yield outcome
        finally:
            process.kill()
            process.wait()


def _environment(scratch: str) -> dict[str, str]:
    """That of a worker with one thread, and no GPU."""
    changes = {**worker_environment(1, scratch), "CUDA_VISIBLE_DEVICES": "-1"}
    kept = {name: value for name, value in os.environ.items() if name not in changes}
    return kept | {name: value for name, value in changes.items() if value is not None}


def _crash(code: int, told: Path) -> TrainingError:
    lines = told.read_text(encoding="utf-8", errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return TrainingError(
        f"the conformance suite ended with exit code {code}: {last}",
        "`--no-conformance` leaves it out of check and build.",
    )


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
    with running(store, globs) as outcome:
        return outcome()
