"""What was asked for, and the trainings that it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mnistreport.catalog import load_catalog
from mnistreport.data import load_dataset
from mnistreport.dataset import Dataset
from mnistreport.errors import UsageError
from mnistreport.experiment import Experiment, Profile
from mnistreport.globs import choose_names
from mnistreport.keras_backend import Backend
from mnistreport.looks import fresh_seeds
from mnistreport.task import Task

Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """What the command line, the environment and the configuration file asked for."""

    profile: Profile = "quick"
    dataset: str = "auto"
    data_dir: Path | None = None
    catalogs: tuple[Path, ...] = ()
    seeds: tuple[int, ...] | None = None
    store: Path = Path()
    reference: Path = Path()
    jobs: int = 1
    jobs_asked: bool = False
    threads: int = 1
    backend: Backend = "tensorflow"
    scheduler: str = ""
    resources: Mapping[str, float] = field(default_factory=dict)
    timeout: float | None = None
    retrain: bool = False
    second_look: bool = True
    conformance: bool = True
    tensorboard: Path | None = None
    fail_on: str = "fail"
    strict_published: bool = False
    baseline: Path | None = None
    language: str = "en"
    globs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """The experiments chosen, with the profile applied, and the tasks that they come to."""

    dataset: Dataset
    experiments: tuple[Experiment, ...]
    tasks: tuple[Task, ...]


def choose(names: Sequence[str], globs: Sequence[str]) -> list[str]:
    """The names that match any of the globs, in their own order; all where there are no globs.

    Raises:
        NothingSelected: a glob matches nothing.
    """
    hint = "`mnistreport list` shows the names; quote patterns, as in 'numpy/*'."
    return choose_names(names, globs, "experiment", hint)


def parse_seeds(text: str) -> tuple[int, ...]:
    """Seeds from "3", "0..9" or "0,2,5..7", without repeats.

    Raises:
        UsageError: it is none of these, or more than 10,000 seeds.
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dots, last = part.strip().partition("..")
        try:
            low = int(first)
            high = int(last) if dots else low
        except ValueError:
            raise UsageError(
                f"--seeds took {text!r}", "Write them as 3, 0..9 or 0,2,5..7."
            ) from None
        if not 0 <= low <= high < 2**32 or high - low >= 10_000:
            raise UsageError(f"--seeds took {part!r}", "Seeds rise from 0, at most 10,000 of them.")
        seeds.extend(range(low, high + 1))
    return tuple(dict.fromkeys(seeds))


def select(settings: Settings, say: Say) -> Selection:
    """Load catalog and data, and lay out the tasks."""
    catalog = load_catalog(settings.catalogs)
    names = choose(list(catalog), settings.globs)
    dataset = load_dataset(settings.dataset, settings.data_dir, say=say)
    experiments = tuple(
        catalog[name].for_profile(settings.profile, dataset.sizes) for name in names
    )
    seeds = {e.name: settings.seeds or (e.seed_for(None),) for e in experiments}
    return _selection(settings, dataset, experiments, seeds)


def second_selection(
    settings: Settings, first: Selection, names: Mapping[str, Sequence[int]]
) -> Selection:
    """The trainings of a second look.

    Args:
        settings: of the command.
        first: the selection of the first look.
        names: experiments that need one, and the seeds they had.
    """
    experiments = tuple(e for e in first.experiments if e.name in names)
    seeds = {name: fresh_seeds(had) for name, had in names.items()}
    return _selection(settings, first.dataset, experiments, seeds)


def _selection(
    settings: Settings,
    dataset: Dataset,
    experiments: tuple[Experiment, ...],
    seeds: Mapping[str, Sequence[int]],
) -> Selection:
    tasks = tuple(
        Task(
            experiment,
            settings.profile,
            seed,
            dataset.name,
            dataset.sha256,
            settings.threads,
            settings.backend,
        )
        for experiment in experiments
        for seed in seeds[experiment.name]
    )
    return Selection(dataset, experiments, tasks)
