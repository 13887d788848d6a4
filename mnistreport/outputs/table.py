"""metrics.csv: one line for each metric of each run."""

from __future__ import annotations

import pandas as pd

from mnistreport.outputs.rows import Row, rows
from mnistreport.results import Results

COLUMNS = (
    "experiment",
    "document",
    "profile",
    "dataset",
    "seed",
    "status",
    "metric",
    "value",
    "low",
    "high",
    "verdict",
    "published",
    "difference",
    "seconds",
    "fingerprint",
)


def metrics_csv(results: Results) -> str:
    """The table as CSV with a header; empty where there is no figure.

    Accuracies are fractions. `difference` is ours minus published, only where both were trained
    the same way on the same data.
    """
    table = pd.DataFrame([_line(row) for row in rows(results)], columns=list(COLUMNS))
    text: str = table.to_csv(index=False, lineterminator="\n")
    return text


def _line(row: Row) -> dict[str, object]:
    beside = row.comparison
    return {
        "experiment": row.run.experiment,
        "document": row.item.experiment.document,
        "profile": row.run.profile,
        "dataset": row.run.dataset,
        "seed": row.run.seed,
        "status": row.run.status,
        "metric": row.metric,
        "value": row.value,
        "low": row.verdict.low if row.verdict else None,
        "high": row.verdict.high if row.verdict else None,
        "verdict": str(row.verdict.verdict) if row.verdict else "",
        "published": beside.published if beside else None,
        "difference": beside.difference if beside and beside.comparable else None,
        "seconds": row.run.seconds,
        "fingerprint": row.run.fingerprint,
    }
