"""results.json: everything a build found, as strict JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnistreport.outputs.compared import comparison_document
from mnistreport.outputs.ledger import claim_values, figures_values
from mnistreport.outputs.plain import plain_values
from mnistreport.results import Results
from mnistreport.run import Run

#: Names the format; the number rises when a reader would have to change.
SCHEMA = "mnistreport/results/3"

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
        "verdicts": [plain_values(asdict(verdict)) for verdict in results.verdicts],
        "drift": [
            {**asdict(drift), "inside": drift.inside, "reason": str(drift.reason)}
            for drift in results.drift
        ],
        "published": [plain_values(asdict(comparison)) for comparison in results.comparisons],
        "figures": [figures_values(item) for item in results.figures],
        "claims": [claim_values(judged) for judged in results.claims],
        "conformance": None if results.conformance is None else results.conformance.to_json(),
        "bench": None if results.bench is None else plain_values(results.bench.to_json()),
        "compared": None if results.compared is None else comparison_document(results.compared),
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
