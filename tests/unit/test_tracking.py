"""Runs in MLflow, read back with MLflow's own client."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mlflow import MlflowClient

from mnistreport import tracking
from mnistreport.errors import UsageError
from mnistreport.outputs import SCHEMA_PATH
from mnistreport.results import Results
from tests.unit.report.fake_results import fake_results


def say(line: str) -> None:
    """Nobody listens."""


def logged(target: Path) -> tuple[MlflowClient, dict[str, Any]]:
    """The client of a folder, and its runs by name."""
    client = MlflowClient(tracking_uri=f"sqlite:///{target / 'mlflow.db'}")
    (experiment,) = client.search_experiments(filter_string="name LIKE 'mnistreport%'")
    runs = client.search_runs([experiment.experiment_id])
    return client, {run.info.run_name: run for run in runs}


@pytest.fixture(scope="module")
def results() -> Results:
    """A build in which one training diverged and one crashed."""
    return fake_results()


@pytest.fixture(scope="module")
def target(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that they were logged to."""
    folder = tmp_path_factory.mktemp("mlflow") / "tracking"
    assert tracking.log_runs(results, str(folder), say) == (10, 0)
    return folder


def test_a_run_is_there_with_all_it_has(results: Results, target: Path, tmp_path: Path) -> None:
    """Recipe, finals, history by epoch, tags and its own results.json."""
    client, runs = logged(target)
    ours = next(run for run in results.runs if run.experiment == "wide/sgd")
    theirs = runs["wide/sgd seed 0"]
    assert theirs.info.status == "FINISHED"
    assert theirs.data.params["optimizer.class"] == "keras.SGD"
    assert float(theirs.data.params["optimizer.learning_rate"]) > 0
    assert theirs.data.params["layers.0.class"] == "Dense"
    assert theirs.data.params["seed"] == "0"
    finals = {name: theirs.data.metrics[name] for name in ours.metrics}
    assert finals == pytest.approx(ours.metrics)
    told = client.get_metric_history(theirs.info.run_id, "epoch/val_accuracy")
    assert [(one.step, one.value) for one in sorted(told, key=lambda one: one.step)] == [
        (step, pytest.approx(value)) for step, value in enumerate(ours.history["val_accuracy"])
    ]
    assert theirs.data.tags["mnistreport.fingerprint"] == ours.fingerprint
    assert theirs.data.tags["mnistreport.verdict"] == "pass"
    (artifact,) = client.list_artifacts(theirs.info.run_id)
    path = client.download_artifacts(theirs.info.run_id, artifact.path, str(tmp_path))
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    jsonschema.validate(document, json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))
    assert [run["fingerprint"] for run in document["runs"]] == [ours.fingerprint]


def test_document_ds_history_has_iterations(results: Results, target: Path) -> None:
    """Their steps are the document's, not a count."""
    client, runs = logged(target)
    ours = next(run for run in results.runs if run.experiment == "numpy/sgd")
    theirs = runs["numpy/sgd seed 0"]
    told = client.get_metric_history(theirs.info.run_id, "iteration/test_accuracy")
    assert sorted(one.step for one in told) == ours.history["iteration"]
    assert "iteration/iteration" not in theirs.data.metrics


def test_a_crash_is_no_result_and_a_divergence_is(target: Path) -> None:
    """The crashed training is left out; the other has its status and reason, and no NaN."""
    _, runs = logged(target)
    assert "mlp/model3 seed 0" not in runs
    diverged = runs["small/nadam seed 0"]
    assert diverged.data.tags["mnistreport.status"] == "diverged"
    assert "became NaN" in diverged.data.tags["mnistreport.reason"]
    assert all(math.isfinite(value) for value in diverged.data.metrics.values())


def test_a_run_is_logged_once(results: Results, target: Path) -> None:
    """By its fingerprint: again nothing, another seed's runs only."""
    assert tracking.log_runs(results, str(target), say) == (0, 10)
    more = fake_results(seeds=(0, 1))
    assert tracking.log_runs(more, str(target), say)[1] == 10
    assert "wide/sgd seed 1" in logged(target)[1]


def test_a_run_that_was_cut_off_is_logged_again(results: Results, tmp_path: Path) -> None:
    """Half a run would be taken for a whole one for ever."""
    alone = replace(results, experiments=results.experiments[:1])
    assert tracking.log_runs(alone, str(tmp_path), say) == (1, 0)
    client, runs = logged(tmp_path)
    client.update_run(runs["wide/sgd seed 0"].info.run_id, status="RUNNING")
    assert tracking.log_runs(alone, str(tmp_path), say) == (1, 0)
    assert tracking.log_runs(alone, str(tmp_path), say) == (0, 1)


def test_without_the_extra_there_is_one_line(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That names what brings it."""
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(UsageError, match=r"pip install 'mnistreport\[mlflow\]'"):
        tracking.log_runs(results, str(tmp_path), say)


def test_a_target_that_refuses_is_one_line(results: Results, tmp_path: Path) -> None:
    """A file, a scheme that nobody knows, a server that is not there."""
    (tmp_path / "file").touch()
    for target in (str(tmp_path / "file"), "gopher://x/y", "http://127.0.0.1:9"):
        with pytest.raises(UsageError) as caught:
            tracking.log_runs(results, target, say)
        assert "\n" not in str(caught.value)
