"""Finished runs on disk: a JSON record and an npz of probabilities for each, written atomically."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mnistreport.atomic import write_bytes, write_text
from mnistreport.errors import StoreError
from mnistreport.run import Run
from mnistreport.sealed import seal, unseal
from mnistreport.task import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = "mnistreport/run/1"


def default_store() -> Path:
    """Where runs are kept if nobody says otherwise: MNISTREPORT_STORE, else the user's cache."""
    from platformdirs import user_cache_path

    named = os.environ.get("MNISTREPORT_STORE")
    return Path(named) if named else user_cache_path("mnistreport") / "store"


@dataclass(frozen=True)
class StoredRun:
    """A run and the probabilities (n_test, 10) float32 that it gave; None where it gave none."""

    run: Run
    probabilities: NDArray[np.float32] | None


class Store:
    """Runs under a folder, found by `Task.key`.

    Args:
        root: the folder; made when first written to.
        warn: told, in one line, of each damaged entry.
    """

    def __init__(self, root: Path, warn: Callable[[str], None] = lambda line: None) -> None:
        self.root = root
        self._warn = warn

    def check_writable(self) -> None:
        """Fail early, before hours of training.

        Raises:
            StoreError: nothing can be written there.
        """
        probe = self.root / f".writable-{os.getpid()}"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise StoreError(
                f"the store {self.root} cannot be written to: {error.strerror or error}",
                "Name another folder with --store or MNISTREPORT_STORE.",
            ) from None

    def load(self, task: Task) -> StoredRun | None:
        """The stored result of a task; None where there is none or it is damaged."""
        path = self._path(task)
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(f"stored run {path} cannot be read ({error.strerror}); training again")
            return None
        try:
            body = unseal(text)
            if body["format"] != FORMAT or body["key"] != task.key:
                raise ValueError("it is another record")
            run = Run.from_json(body["run"])
            return StoredRun(run, _load_probabilities(path.with_suffix(".npz"), body["npz"]))
        except (ValueError, TypeError, KeyError, OSError):
            self._warn(f"stored run {path} is damaged; training {task.label} again")
            return None

    def save(self, task: Task, run: Run, probabilities: NDArray[np.float32] | None) -> None:
        """Keep a result. The record is written last, so that what it names is there.

        Raises:
            OSError: the disk refuses.
        """
        path = self._path(task)
        path.parent.mkdir(parents=True, exist_ok=True)
        npz_sha256 = ""
        if probabilities is not None:
            archive = _npz(probabilities)
            npz_sha256 = hashlib.sha256(archive).hexdigest()
            write_bytes(path.with_suffix(".npz"), archive)
        body = {"format": FORMAT, "key": task.key, "npz": npz_sha256, "run": run.to_json()}
        write_text(path, json.dumps(seal(body), indent=1, allow_nan=False) + "\n")

    def _path(self, task: Task) -> Path:
        folder = re.sub(r"[^A-Za-z0-9_.+-]", "__", task.experiment.name)
        return self.root / "runs" / folder / f"{task.key}.json"


def probabilities_sha256(probabilities: NDArray[np.float32] | None) -> str:
    """The digest by which a record knows its probabilities; empty where there are none."""
    if probabilities is None:
        return ""
    return hashlib.sha256(probabilities.tobytes()).hexdigest()


def _npz(probabilities: NDArray[np.float32]) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(buffer, probabilities=probabilities)
    return buffer.getvalue()


def _load_probabilities(path: Path, sha256: str) -> NDArray[np.float32] | None:
    """The archive, read only once its checksum fits: unpacking damaged bytes can fail anyhow."""
    if not sha256:
        return None
    import numpy as np

    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError("the probabilities do not fit the record")
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        probabilities: NDArray[np.float32] = archive["probabilities"]
    return probabilities
