"""What a command was given, as settings and folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnistreport.errors import UsageError

if TYPE_CHECKING:
    from mnistreport.selection import Settings


def settings_of(given: dict[str, Any]) -> Settings:
    """The settings from a command's own parameters, by their names.

    Raises:
        UsageError: parameters that contradict each other.
    """
    from mnistreport.cluster import parse_resources
    from mnistreport.keras_backend import chosen_backend
    from mnistreport.selection import Settings, parse_seeds

    if given["seed"] is not None and given["seeds"] is not None:
        raise UsageError("--seed and --seeds were both given", "Give one of them.")
    seeds: tuple[int, ...] | None = None if given["seed"] is None else (given["seed"],)
    if given["seeds"] is not None:
        seeds = parse_seeds(given["seeds"])
    scheduler = given.get("scheduler") or ""
    resources = parse_resources(given.get("resources") or ())
    if resources and not scheduler:
        raise UsageError("--resources was given without --scheduler", "Give both, or neither.")
    tensorboard = given.get("tensorboard")
    if tensorboard and scheduler:
        raise UsageError(
            "--tensorboard was given with --scheduler",
            "Event files are written where a training runs: leave one of them out.",
        )
    return Settings(
        profile=given["profile"].value,
        dataset=given["dataset"],
        data_dir=given["data_dir"],
        catalogs=tuple(given["catalog"] or ()),
        seeds=seeds,
        store=store_path(given["store"]),
        reference=reference_path(given["reference"]),
        jobs=given.get("jobs") or available_cores(),
        jobs_asked=bool(given.get("jobs")),
        scheduler=scheduler,
        resources=resources,
        threads=given["threads"],
        backend=chosen_backend(),
        timeout=given.get("timeout"),
        retrain=given.get("retrain", False),
        second_look=given.get("second_look", True),
        conformance=given.get("conformance", True),
        tensorboard=tensorboard,
        fail_on=given["fail_on"].value if "fail_on" in given else "fail",
        strict_published=given.get("strict_published", False),
        baseline=given.get("baseline"),
        language=given["lang"].value if "lang" in given else "en",
        globs=tuple(given["globs"] or ()),
    )


def store_path(given: Path | None) -> Path:
    """The store asked for, else the user's own."""
    from mnistreport.store import default_store

    return given or default_store()


def reference_path(given: Path | None) -> Path:
    """The reference folder asked for, else our own."""
    from mnistreport.reference import reference_folder

    return given or reference_folder()


def available_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
