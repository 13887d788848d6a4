"""Stored runs as runs of MLflow, each once. Imports MLflow, which is an extra."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mnistreport.errors import UsageError
from mnistreport.report.findings import Findings, by_experiment
from mnistreport.results import Results
from mnistreport.run import Run

#: Who logs a run that is there under this tag would log it twice.
FINGERPRINT = "mnistreport.fingerprint"
#: MLflow takes so much at once: parameters, metrics, tags.
_PARAMS, _METRICS = 100, 1000
#: The longest value of a parameter that every server takes.
_LONGEST = 500


def tracking_uri(target: str) -> str:
    """The address of what `--mlflow` names: an address as it is, a folder as its database.

    MLflow has given up plain folders; what it keeps in one is a database, and artifacts beside it.

    Raises:
        UsageError: the folder cannot be made.
    """
    if "://" in target:
        return target
    folder = Path(target).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the MLflow folder {folder} cannot be made: {error.strerror or error}",
            "Name another one, or the address of a server.",
        ) from None
    return f"sqlite:///{folder / 'mlflow.db'}"


def log_runs(results: Results, target: str, say: Callable[[str], None]) -> tuple[int, int]:
    """Log every run that ended, well or diverged; failed trainings are no results.

    Args:
        results: whose runs they are.
        target: a folder, or an address that MLflow knows.
        say: told of each run that is logged.

    Returns:
        How many were logged, and how many were there already.

    Raises:
        UsageError: MLflow is not installed, or its target refuses.
    """
    client = _client(target)
    logged = there = 0
    with _refusals(target):
        experiment = _experiment(client, results, target)
        for item in by_experiment(results):
            for run in (run for run in item.runs if run.status != "error"):
                if _is_there(client, experiment, run):
                    there += 1
                    continue
                _log(client, experiment, results, item, run)
                say(f"logged {run.experiment} (seed {run.seed})")
                logged += 1
    return logged, there


def _client(target: str) -> Any:
    # nobody is told that a report was exported, and a server that is away is told of soon
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    try:
        from mlflow import MlflowClient
    except ImportError:
        raise UsageError(
            "MLflow is not installed", "`pip install 'mnistreport[mlflow]'` brings it."
        ) from None
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with _refusals(target):
        return MlflowClient(tracking_uri=tracking_uri(target))


@contextlib.contextmanager
def _refusals(target: str) -> Iterator[None]:
    """What MLflow raises, as one line."""
    try:
        yield
    except UsageError:
        raise
    except Exception as error:
        # it raises its own errors, its database's, its server's and its transport's
        told = " ".join(str(error).split())[:300] or type(error).__name__
        raise UsageError(f"MLflow refuses {target}: {told}") from None


def _experiment(client: Any, results: Results, target: str) -> str:
    name = f"mnistreport {results.profile} {results.dataset.slug}"
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    artifacts = None if "://" in target else (Path(target).resolve() / "artifacts").as_uri()
    return str(client.create_experiment(name, artifact_location=artifacts))


def _is_there(client: Any, experiment: str, run: Run) -> bool:
    """Whether a run was logged to its end: one that was cut off is logged again."""
    asked = f"tags.`{FINGERPRINT}` = '{run.fingerprint}' and attributes.status = 'FINISHED'"
    return bool(client.search_runs([experiment], filter_string=asked, max_results=1))


def _log(client: Any, experiment: str, results: Results, item: Findings, run: Run) -> None:
    from mlflow.entities import Metric, Param

    end = round(datetime.fromisoformat(run.finished).timestamp() * 1000)
    start = end - round(1000 * run.seconds)
    made = client.create_run(
        experiment,
        start_time=start,
        tags=_tags(results, item, run),
        run_name=f"{run.experiment} seed {run.seed}",
    ).info.run_id
    params = [Param(name, value) for name, value in recipe_params(item, run).items()]
    metrics = [Metric(name, value, end, step) for name, value, step in metrics_of(run)]
    for first in range(0, len(params), _PARAMS):
        client.log_batch(made, params=params[first : first + _PARAMS])
    for first in range(0, len(metrics), _METRICS):
        client.log_batch(made, metrics=metrics[first : first + _METRICS])
    client.log_text(made, _document(results, item, run), "results.json")
    client.set_terminated(made, end_time=end)


def _tags(results: Results, item: Findings, run: Run) -> dict[str, str]:
    told = {
        "experiment": run.experiment,
        "profile": run.profile,
        "dataset": run.dataset,
        "dataset_sha256": run.dataset_sha256,
        "seed": str(run.seed),
        "status": run.status,
        "reason": run.reason,
        "verdict": str(item.judgement),
        "command": results.command,
    }
    tags = {f"mnistreport.{name}": value for name, value in told.items() if value}
    made = {f"mnistreport.{_key(name)}": value for name, value in run.environment.items() if value}
    return {**made, **tags, FINGERPRINT: run.fingerprint}


def _key(name: str) -> str:
    return name.replace(" ", "_")


def recipe_params(item: Findings, run: Run) -> dict[str, str]:
    """The recipe, its parts by dotted names: optimizer.learning_rate, layers.0.units."""
    told = {"title", "source", "claim", "published", "quick", "name"}
    recipe = item.experiment.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude=told | {"seed"}
    )
    return {name: value[:_LONGEST] for name, value in _flat({**recipe, "seed": run.seed}, "")}


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            yield from _flat(item, f"{name}.{number}")
    else:
        yield name, value if isinstance(value, str) else json.dumps(value)


def metrics_of(run: Run) -> Iterator[tuple[str, float, int]]:
    """The finals by their names; the history below epoch/ or iteration/, which is its step."""
    for name, value in run.metrics.items():
        if math.isfinite(value):
            yield name, value, 0
    yield "seconds", run.seconds, 0
    unit = "iteration" if "iteration" in run.history else "epoch"
    for name, curve in run.history.items():
        steps = run.history.get("iteration", range(len(curve)))
        for step, value in zip(steps, curve, strict=False):
            if name != "iteration" and math.isfinite(value):
                yield f"{unit}/{name}", value, int(step)


def _document(results: Results, item: Findings, run: Run) -> str:
    """results.json of this run alone."""
    from mnistreport.outputs.document import results_json

    alone = replace(
        results,
        experiments=(item.experiment,),
        runs=(run,),
        verdicts=item.verdicts,
        comparisons=tuple(one for one in item.comparisons if one.seed == run.seed),
        drift=(),
    )
    return results_json(alone)
