"""results.json: everything a build found, as strict JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnistreport.messages import Message
from mnistreport.results import Results
from mnistreport.run import Run

#: Names the format; the number rises when a reader would have to change.
SCHEMA = "mnistreport/results/2"

#: The JSON Schema of the document.
SCHEMA_PATH = Path(__file__).with_name("results.schema.json")


def results_document(results: Results) -> dict[str, Any]:
    """The document as plain values; NaN and infinity become None.

    Accuracies are fractions, times seconds. Of the class probabilities there are their sha256 and
    what was misread, which is what another build can be compared with, image by image.
    """
    train, test = results.dataset.sizes
    return {
        "schema": SCHEMA,
        "created": results.created,
        "command": results.command,
        "profile": results.profile,
        "dataset": {
            "name": results.dataset.name,
            "sha256": results.dataset.sha256,
            "train": train,
            "test": test,
            "origin": results.dataset.origin,
            "notice": results.dataset.notice,
        },
        "notices": [str(notice) for notice in results.notices],
        "environment": dict(results.environment),
        "experiments": [
            experiment.model_dump(mode="json", by_alias=True, exclude_none=True)
            for experiment in results.experiments
        ],
        "runs": [{**run.to_json(), **_read(results, run)} for run in results.runs],
        "verdicts": [_finite(asdict(verdict)) for verdict in results.verdicts],
        "drift": [
            {**asdict(drift), "inside": drift.inside, "reason": str(drift.reason)}
            for drift in results.drift
        ],
        "published": [_finite(asdict(comparison)) for comparison in results.comparisons],
        "conformance": None if results.conformance is None else results.conformance.to_json(),
    }


def _read(results: Results, run: Run) -> dict[str, Any]:
    """How many test images a run read, and the wrong ones: number of the image, digit read."""
    probabilities = results.probabilities.get((run.experiment, run.seed))
    if probabilities is None:
        return {"test_images": None, "misread": None}
    read = probabilities.argmax(axis=1)
    wrong = (read != results.dataset.y_test[: len(read)]).nonzero()[0]
    return {
        "test_images": len(read),
        "misread": {str(index): int(read[index]) for index in wrong},
    }


def results_json(results: Results) -> str:
    """The document as JSON text, in ASCII."""
    return json.dumps(results_document(results), indent=1, allow_nan=False) + "\n"


def _finite(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {name: _finite(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return [_finite(value) for value in values]
    if isinstance(values, Message):
        return str(values)
    return None if isinstance(values, float) and not math.isfinite(values) else values
