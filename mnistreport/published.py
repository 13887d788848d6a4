"""What the documents printed: finals beside a run's, and the curves of `reference/published/`."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnistreport.errors import ReferenceFileError
from mnistreport.experiment import Experiment
from mnistreport.run import Run

#: history name -> one value an epoch or table row, None where the document lost it.
Curves = dict[str, list[float | None]]

_TABLES = frozenset({"document", "source", "curves", "finals"})
_HISTORY = frozenset(
    {"loss", "accuracy", "val_loss", "val_accuracy", "train_accuracy", "test_accuracy"}
)
_AXES = frozenset({"epoch", "iteration"})


@dataclass(frozen=True)
class Comparison:
    """A published figure beside ours; `difference` is ours minus published.

    `comparable` is False where the training was not the published one (quick profile, other data).
    """

    experiment: str
    seed: int
    metric: str
    published: float
    value: float | None
    difference: float | None
    comparable: bool


def set_beside(experiment: Experiment, run: Run, comparable: bool) -> list[Comparison]:
    """The published finals of an experiment beside those of a run."""
    measured: dict[str, float] = {**run.metrics, "parameters": float(run.parameters)}
    if experiment.engine == "numpy":
        # document D trains on after its last table row, which is what it published
        rows_of = ("train_accuracy", "test_accuracy")
        measured.update({name: run.history[name][-1] for name in rows_of if name in run.history})
    rows = []
    for metric, published in experiment.published.figures().items():
        value = measured.get(metric) if run.status == "ok" else None
        if value is not None and not math.isfinite(value):
            value = None
        difference = None if value is None else value - published
        rows.append(
            Comparison(run.experiment, run.seed, metric, published, value, difference, comparable)
        )
    return rows


def load_published(folder: Path) -> dict[str, Curves]:
    """Every published curve by experiment; none where the folder is not there.

    Raises:
        ReferenceFileError: a file is no TOML, or holds something that is no curve.
    """
    published: dict[str, Curves] = {}
    for path in sorted(folder.glob("*.toml")):
        for name, curves in _tables(path).items():
            place = f'{path}, curves."{name}"'
            if name in published:
                raise ReferenceFileError(f"{place}: another file has the curves of this experiment")
            published[name] = _curves(curves, place)
    return published


def _tables(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or no TOML
        raise ReferenceFileError(f"published figures {path}: {error}") from None
    unknown = sorted(table.keys() - _TABLES)
    if unknown:
        raise ReferenceFileError(f"published figures {path}: unknown table {unknown[0]!r}")
    curves = table.get("curves", {})
    if not isinstance(curves, dict):
        raise ReferenceFileError(f"published figures {path}: curves is no table")
    return curves


def _curves(table: Any, place: str) -> Curves:
    if not isinstance(table, dict) or not all(isinstance(c, list) for c in table.values()):
        raise ReferenceFileError(f"{place}: expected arrays of numbers")
    unknown = sorted(table.keys() - _HISTORY - _AXES)
    if unknown or not table.keys() & _HISTORY:
        what = f"{unknown[0]!r} is no name of a history" if unknown else "there is no curve"
        raise ReferenceFileError(f"{place}: {what}")
    if len({len(curve) for curve in table.values()}) > 1:
        raise ReferenceFileError(f"{place}: the curves differ in length")
    return {name: [_value(v, f"{place}, {name}") for v in curve] for name, curve in table.items()}


def _value(value: object, place: str) -> float | None:
    """Take a number, and TOML's nan for a figure that is lost."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e9:
        raise ReferenceFileError(f"{place}: {str(value)[:80]!r} is no figure")
    return None if math.isnan(value) else float(value)
