"""What a batch asks of whatever trains for it: processes of this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from mnistreport.run import Run
from mnistreport.task import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Progress:
    """How far a training is: `done` of `total` epochs or iterations, accuracy so far (or NaN)."""

    done: int
    total: int
    accuracy: float


@dataclass(frozen=True)
class Outcome:
    """A training that ended.

    `not_stored` says why the store refused it, `not_recorded` why its event files are missing;
    empty where there is nothing to say.
    """

    run: Run
    probabilities: NDArray[np.float32] | None
    not_stored: str = ""
    not_recorded: str = ""


class TrainingFailed(Exception):
    """A training ended without a run; the text is the reason, in one line."""


class Pool(Protocol):
    """Trains tasks in other processes. What a future returns is in the store already."""

    def __enter__(self) -> Self:
        """Get ready."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process; with an error, whatever still trains is stopped."""

    def submit(self, task: Task, timeout: float | None) -> Future[Outcome]:
        """Schedule a training, after those submitted before.

        A future that fails with `BrokenProcessPool` says that a new pool should try again, with
        `ClusterError` that the batch is over; any other error is this training's own.

        Args:
            task: what to train.
            timeout: seconds it may take once it has begun; None for no limit.
        """

    def progress(self, task: Task) -> Progress | None:
        """How far a training is; None where it has not begun."""

    def explain(self, error: BaseException, timeout: float | None) -> str:
        """Why a training failed, in one line."""

    def attend(self) -> Sequence[str]:
        """Do what is due, and return what the user should know. Called a few times a second.

        Raises:
            ClusterError: nothing more can be trained.
        """
