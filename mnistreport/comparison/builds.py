"""A build as its results.json tells it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnistreport.comparison.groups import traits
from mnistreport.errors import ResultsError
from mnistreport.run import Run

#: What can be compared: 3 added verdicts, which no comparison reads.
_SCHEMAS = ("mnistreport/results/2", "mnistreport/results/3")


@dataclass(frozen=True)
class Reading:
    """A run, how many test images it read, and the wrong ones: number of the image, digit read.

    `images` and `misread` are None where the run gave no probabilities.
    """

    run: Run
    images: int | None
    misread: Mapping[int, int] | None


@dataclass(frozen=True)
class Build:
    """What a results.json holds of a build, as far as another can be compared with it.

    `entries` are the catalog's, as trained, by experiment; `readings` by experiment and seed.
    """

    path: Path
    created: str
    command: str
    profile: str
    dataset: str
    dataset_sha256: str
    environment: Mapping[str, str]
    entries: Mapping[str, Mapping[str, Any]]
    readings: Mapping[tuple[str, int], Reading]

    @property
    def experiments(self) -> tuple[str, ...]:
        """Those that have runs, in the catalog's order."""
        return tuple(dict.fromkeys(name for name, _ in self.readings))

    def seeds(self, experiment: str) -> tuple[int, ...]:
        """The seeds of an experiment's runs."""
        return tuple(seed for name, seed in self.readings if name == experiment)


def load_build(path: Path) -> Build:
    """Read a results.json, or the one in a folder.

    Raises:
        ResultsError: there is none, it is damaged, or too old to be compared.
    """
    file = path / "results.json" if path.is_dir() else path
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultsError(
            f"there is no {file}", "`mnistreport build` and `mnistreport report` write one."
        ) from None
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ResultsError(f"{file} is no JSON: {error}") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema not in _SCHEMAS:
        raise ResultsError(
            f"{file} is no results.json that can be compared: its schema is {schema!r}, "
            f"not {' or '.join(map(repr, _SCHEMAS))}"
        )
    if "experiments" not in document:
        raise ResultsError(
            f"{file} does not say which test images were misread: an older mnistreport wrote it",
            "Write it again with `mnistreport report`, which trains nothing.",
        )
    try:
        return read_build(file, document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ResultsError(f"{file} is damaged: {type(error).__name__} {error}") from None


def read_build(file: Path, document: Mapping[str, Any]) -> Build:
    """The build that a results.json holds.

    Args:
        file: where it is, or will be.
        document: its content.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is damaged.
    """
    readings = [_reading(record) for record in document["runs"]]
    for entry in document["experiments"]:
        list(traits(entry))
    return Build(
        path=file,
        created=document["created"],
        command=document["command"],
        profile=document["profile"],
        dataset=document["dataset"]["name"],
        dataset_sha256=document["dataset"]["sha256"],
        environment=dict(document["environment"]),
        entries={entry["name"]: entry for entry in document["experiments"]},
        readings={(r.run.experiment, r.run.seed): r for r in readings},
    )


def _reading(record: Mapping[str, Any]) -> Reading:
    told = dict(record)
    images, misread = told.pop("test_images"), told.pop("misread")
    wrong = None if misread is None else {int(at): int(read) for at, read in misread.items()}
    if wrong is not None and not all(0 <= at < images for at in wrong):
        raise ValueError("a misread image has a number beyond the last")
    return Reading(Run.from_json(told), images, wrong)
