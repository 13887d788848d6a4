"""`mnistreport bench`: time trainings as we do them and as the documents did, beside the limit."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from mnistreport import speed
from mnistreport.bench import text, timer
from mnistreport.cost import precision, training_flops
from mnistreport.data import share
from mnistreport.environment import describe_environment
from mnistreport.errors import ExitCode, UsageError
from mnistreport.selection import Selection, Settings, select
from mnistreport.speed import Account, Bench
from mnistreport.task import Task
from mnistreport.terminal import Terminal


@dataclass(frozen=True)
class Wanted:
    """What to time, and where the figures go.

    Attributes:
        epochs: of each training to time; 0 trains the suite whole.
        plain: time the documents' own way too.
        save: a file for the figures beside the store's own.
        baseline: a file of earlier figures to compare with.
        form: "text" or "json".
    """

    epochs: int
    plain: bool
    save: Path | None
    baseline: Path | None
    form: str


def bench(settings: Settings, terminal: Terminal, wanted: Wanted) -> ExitCode:
    """Measure, keep, print."""
    if settings.backend != "tensorflow":
        raise UsageError(
            f"bench times trainings on TensorFlow, and KERAS_BACKEND is {settings.backend!r}",
            "Unset it.",
        )
    before = speed.load(wanted.baseline) if wanted.baseline else None
    selection = select(settings, terminal.say)
    paths = [path for path in (_kept(settings, selection), wanted.save) if path is not None]
    with _writable():
        for path in paths:
            speed.check_writable(path)
    found = _measure(settings, selection, wanted, terminal.say)
    with _writable():
        for path in paths:
            speed.save(found, path)
    if wanted.form == "json":
        print(json.dumps(found.to_json(), indent=1))
    else:
        print("\n".join(text.table(found)))
        if before is not None:
            print("\n".join(["", *text.changes(speed.compare(before, found))]))
    return ExitCode.PASS


def _measure(
    settings: Settings, selection: Selection, wanted: Wanted, say: Callable[[str], None]
) -> Bench:
    # of several seeds of an experiment, one tells the time of all
    tasks = list({task.experiment.name: task for task in selection.tasks}.values())
    say("measuring the processor's peak")
    peak = timer.measure_peak()
    with TemporaryDirectory(prefix="mnistreport-bench-") as name:
        timings = _time(settings, tasks, wanted, selection, Path(name), say)
    return Bench(
        profile=settings.profile,
        dataset=selection.dataset.slug,
        workers=settings.jobs,
        epochs=wanted.epochs,
        peak=peak,
        start=timings.start,
        wall=timings.wall,
        memory=timings.memory,
        accounts=tuple(
            Account(
                experiment=task.experiment.name,
                precision=precision(task.experiment),
                flops=training_flops(task.experiment),
                ours=timings.ours[task.experiment.name],
                plain=timings.plain.get(task.experiment.name),
            )
            for task in tasks
        ),
        environment=describe_environment(settings.threads, settings.backend),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _time(
    settings: Settings,
    tasks: list[Task],
    wanted: Wanted,
    selection: Selection,
    folder: Path,
    say: Callable[[str], None],
) -> timer.Timings:
    dataset = share(selection.dataset, folder / "datasets")
    if wanted.epochs == 0:
        return timer.time_whole(tasks, settings.jobs, folder, dataset, wanted.plain, say)
    return timer.time_sampled(
        tasks, settings.jobs, folder, dataset, wanted.epochs, wanted.plain, say
    )


def _kept(settings: Settings, selection: Selection) -> Path | None:
    """Reports show the bench of a whole suite; one of some experiments is not kept for them."""
    if settings.globs:
        return None
    return speed.stored_path(settings.store, settings.profile, selection.dataset.slug)


@contextlib.contextmanager
def _writable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"the bench cannot be written to {error.filename}: {error.strerror or error}",
            "Name another file or store.",
        ) from None
