"""An experiment's settings and layers as rows of text: all of them, whatever it has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mnistreport.experiment import Experiment
from mnistreport.messages import Message, Phrase, Sentences, Text
from mnistreport.report.formats import NOTHING, TIMES, count
from mnistreport.run import Run

#: Shown elsewhere on the page, or not part of the training.
_ELSEWHERE = {
    "name",
    "document",
    "title",
    "source",
    "layers",
    "published",
    "quick",
    "claim",
    "seed",
}


#: Names that say too little outside their record.
_CLEARER = {"train": "training images", "test": "test images"}


@dataclass(frozen=True)
class LayerLine:
    """One layer as texts."""

    name: str
    kind: str
    arguments: Message
    shape: str
    parameters: str
    norm: str


def hyperparameters(experiment: Experiment) -> tuple[tuple[Message, Text], ...]:
    """Every setting that decides how the training goes, as (name, value)."""
    record = experiment.model_dump(
        mode="json", by_alias=True, exclude=_ELSEWHERE, exclude_none=True
    )
    return tuple((Phrase(name), value) for name, value in _flatten(record, ""))


def _flatten(record: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Text]]:
    # an optimizer's name stands before its settings
    for name, value in sorted(record.items(), key=lambda entry: entry[0] != "class"):
        label = f"{prefix}{name}".removesuffix(" class").replace("_", " ")
        label = _CLEARER.get(label, label)
        if isinstance(value, dict):
            yield from _flatten(value, f"{name} ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                told = _arguments(item)
                kind = item.get("class", label)
                yield label, Message("{kind}: {settings}", kind=kind, settings=told)
        else:
            yield label, setting(value)


def setting(value: Any) -> Text:
    """A value as it is shown: sizes as a shape, lists as names."""
    if isinstance(value, bool):
        return Message("yes") if value else Message("no")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return count(value)
    if isinstance(value, list):
        return (
            TIMES.join(str(item) for item in value)
            if _numbers(value)
            else ", ".join(value) or Message("none")
        )
    return str(value)


def _numbers(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(item, int) for item in values)


def layer_lines(experiment: Experiment, run: Run | None) -> tuple[LayerLine, ...]:
    """The layer table: what the run built, with the entry's arguments where they fit together."""
    asked = [
        (layer.kind, layer.model_dump(mode="json", by_alias=True, exclude={"kind"}))
        for layer in experiment.layers
    ]
    if run is None or not run.layers:
        return tuple(
            LayerLine("", kind, _arguments(given), NOTHING, NOTHING, NOTHING)
            for kind, given in asked
        )
    fits = [row.kind for row in run.layers] == [kind for kind, _ in asked]
    return tuple(
        LayerLine(
            name=row.name,
            kind=row.kind,
            arguments=_arguments(asked[number][1] if fits else {}),
            shape=TIMES.join(str(size) for size in row.output_shape),
            parameters=count(row.parameters),
            norm=_norm(run.weight_norms.get(row.name)),
        )
        for number, row in enumerate(run.layers)
    )


def _arguments(given: Mapping[str, Any]) -> Message:
    told = [
        Sentences([Phrase(name.replace("_", " ")), setting(value)])
        for name, value in given.items()
        if name != "class"
    ]
    return Sentences(told, ", ")


def _norm(value: float | None) -> str:
    return NOTHING if value is None or not math.isfinite(value) else f"{value:.4g}"
