"""Earlier builds, one line of JSON each, in a file beside the reports."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

#: Names the format of a line.
FORMAT: Final = "mnistreport/history/1"
NAME = "history.jsonl"


@dataclass(frozen=True)
class PastExperiment:
    """What a build found of one experiment.

    Attributes:
        verdict: the worst of its verdicts.
        metrics: the value that was judged, of several seeds their mean; None where it is no number.
        fingerprints: of its runs, by seed.
        seconds: of all its trainings.
    """

    verdict: str
    metrics: Mapping[str, float | None]
    fingerprints: Mapping[str, str]
    seconds: float


@dataclass(frozen=True)
class PastBuild:
    """One build, as short as trends allow.

    Attributes:
        created: ISO 8601, UTC.
        profile: the profile trained.
        dataset: its name.
        dataset_sha256: of its images and labels.
        versions: of Python, this package and the frameworks.
        cpu: the processor.
        commit: of the checkout, or why there is none.
        dirty: whether tracked files differed from it.
        headline: what it came to, in one sentence.
        translations: of the headline, by language.
        experiments: by name, in the catalog's order.
    """

    created: str
    profile: str
    dataset: str
    dataset_sha256: str
    versions: Mapping[str, str]
    cpu: str
    commit: str
    dirty: bool
    headline: str
    experiments: Mapping[str, PastExperiment]
    translations: Mapping[str, str] = field(default_factory=dict)
    format: Literal["mnistreport/history/1"] = FORMAT


@cache
def _line() -> TypeAdapter[Any]:
    return TypeAdapter(PastBuild)


def read_history(path: Path, warn: Callable[[str], None]) -> tuple[PastBuild, ...]:
    """All builds of a history file, oldest first; none where there is no file.

    Args:
        path: of the file.
        warn: told, in one line, of lines that are damaged, which are left out, or of a file that
            cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return ()
    except OSError as error:
        warn(f"the history {path} cannot be read: {error.strerror or error}")
        return ()
    builds, damaged = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                builds.append(_line().validate_json(line))
            except ValidationError:
                damaged.append(number)
    if damaged:
        numbers = ", ".join(map(str, damaged[:5])) + (", ..." if len(damaged) > 5 else "")
        word = "line" if len(damaged) == 1 else "lines"
        warn(f"the history {path} is damaged in {word} {numbers}, left out")
    return tuple(builds)


def append_history(path: Path, build: PastBuild) -> None:
    """Add a build to a history file, whole or not at all, whoever else adds one at this moment.

    Raises:
        OSError: the file cannot be written.
    """
    line = _line().dump_json(build) + b"\n"
    with path.open("a+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            # a line that was cut off must not take this one with it
            line = line if file.read(1) == b"\n" else b"\n" + line
        try:
            written = file.write(line)
        except OSError:
            written = 0
            raise
        finally:
            if written != len(line):
                file.truncate(end)
        if written != len(line):
            raise OSError(0, "only a part of the line could be written")
