"""The errors that a user can mend, and the exit codes they end with."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns; the last line on stderr gives the reason."""

    PASS = 0
    OUTSIDE_REFERENCE = 1
    USAGE = 2
    TRAINING_FAILED = 3
    BAD_DATA = 4
    NOTHING_SELECTED = 5
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


class MnistReportError(Exception):
    """Base of every error that ends a command with one line instead of a traceback.

    Args:
        wrong: what was wrong, and what came instead.
        mend: how to mend it; empty where nothing better than the first part can be said.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, wrong: str, mend: str = "") -> None:
        super().__init__(f"{wrong}. {mend}" if mend else wrong)
        self.wrong = wrong
        self.mend = mend


class UsageError(MnistReportError):
    """An option or argument that cannot be used."""


class OutputLost(MnistReportError):
    """stdout takes no more: its disk is full, for one."""


class BrokenPipe(OutputLost):
    """Who read stdout (head, less) has gone."""

    exit_code = ExitCode.BROKEN_PIPE

    def __init__(self) -> None:
        super().__init__("the reader of stdout has gone")


class CatalogError(MnistReportError):
    """A catalog file with faults; the message lists all of them."""


class DataError(MnistReportError):
    """A dataset that is missing, damaged or not what its name says."""

    exit_code = ExitCode.BAD_DATA


class ReferenceFileError(MnistReportError):
    """A reference file (published figures, ranges, calibration rows) that cannot be read."""

    exit_code = ExitCode.BAD_DATA


class ResultsError(MnistReportError):
    """A results.json that is missing or cannot be read."""

    exit_code = ExitCode.BAD_DATA


class TrainingError(MnistReportError):
    """A training that a command cannot go on without."""

    exit_code = ExitCode.TRAINING_FAILED


class StoreError(MnistReportError):
    """A store that cannot be written to."""

    exit_code = ExitCode.BAD_DATA


class ClusterError(MnistReportError):
    """A cluster that was lost, or whose workers cannot give what was asked for."""

    exit_code = ExitCode.TRAINING_FAILED


class NothingSelected(MnistReportError):
    """No experiment, or no stored run, matches what was asked for."""

    exit_code = ExitCode.NOTHING_SELECTED
