"""Stored runs, results.json and the other files of ours: whole, or not believed."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnistreport import speed
from mnistreport.comparison.builds import load_build
from mnistreport.conformance import record as conformance_record
from mnistreport.errors import MnistReportError
from mnistreport.history import PastBuild, append_history, read_history
from mnistreport.outputs import SCHEMA_PATH
from mnistreport.outputs.document import results_json
from mnistreport.outputs.junit import junit_xml
from mnistreport.outputs.past import past_build
from mnistreport.outputs.summary import summary_markdown
from mnistreport.outputs.table import metrics_csv
from mnistreport.results import Results
from mnistreport.run import METRICS, Run
from mnistreport.sealed import seal
from mnistreport.store import Store, probabilities_sha256
from mnistreport.verdict import adjust, judge
from tests.unit.properties.strategies import Damage, changed, damages, figures, paths, values
from tests.unit.records import bench, conformance, run, task
from tests.unit.report.fake_results import fake_results

VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))
RESULTS = fake_results()
PROBABILITIES = np.linspace(0, 1, 30, dtype=np.float32).reshape(3, 10)
KEPT = run(probabilities_sha256=probabilities_sha256(PROBABILITIES))
#: What a run that ended well has at least.
FULL = ("test_accuracy", "train_accuracy", "test_loss", "train_loss")

words = st.text(max_size=20)
counts = st.integers(0, 10**9)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """A run with figures of any kind."""
    status = draw(st.sampled_from(["ok", "diverged", "error"]))
    names = {*FULL, *draw(st.sets(st.sampled_from(sorted(METRICS)), max_size=3))}
    return run(
        seed=draw(st.integers(0, 2**32 - 1)),
        status=status,
        reason="" if status == "ok" else draw(st.text(min_size=1, max_size=20)),
        metrics={name: draw(figures) for name in sorted(names)},
        history=draw(st.dictionaries(words, st.lists(st.floats(), max_size=4), max_size=3)),
        weight_norms=draw(st.dictionaries(words, st.floats(), max_size=2)),
        parameters=draw(counts),
        seconds=draw(st.floats(0, 1e9)),
        environment=draw(st.dictionaries(words, words, max_size=2)),
    )


@given(runs())
def test_runs_come_back_from_json(original: Run) -> None:
    """Strict JSON; equal but for infinities, which come back as NaN, and with equal prints."""
    back = Run.from_json(json.loads(json.dumps(original.to_json(), allow_nan=False)))
    assert back.fingerprint == original.fingerprint
    assert json.dumps(back.to_json()) == json.dumps(original.to_json())
    for name, value in original.metrics.items():
        assert back.metrics[name] == value or not math.isfinite(value)


@given(runs(), paths, values)
def test_a_changed_measurement_does_not_go_unseen(
    original: Run, path: list[int], value: Any
) -> None:
    """Whatever stands in a record afterwards, it is refused or measures the same."""
    record = changed(json.loads(json.dumps(original.to_json())), path, value)
    try:
        back = Run.from_json(record)
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    assert back.fingerprint == original.fingerprint


@pytest.mark.parametrize("suffix", [".json", ".npz"])
@given(damages())
def test_damaged_stored_runs_are_not_believed(suffix: str, damage: Damage) -> None:
    """They are trained again, with a word on it, or are what they were."""
    with tempfile.TemporaryDirectory() as folder:
        warnings: list[str] = []
        store = Store(Path(folder), warnings.append)
        store.save(task(), KEPT, PROBABILITIES)
        (path,) = Path(folder).rglob(f"*{suffix}")
        path.write_bytes(damage(path.read_bytes()))
        found = store.load(task())
    if found is None:
        assert len(warnings) == 1
    else:
        assert found.run == KEPT
        assert found.probabilities is not None
        np.testing.assert_array_equal(found.probabilities, PROBABILITIES)


def test_a_record_of_brackets_alone_is_damaged(tmp_path: Path) -> None:
    """Python's JSON gives up on so many with an error of its own."""
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    store.save(task(), KEPT, PROBABILITIES)
    (path,) = tmp_path.rglob("*.json")
    path.write_bytes(b"[" * 100_000)
    assert store.load(task()) is None
    assert "damaged" in warnings[0]


def _save_bench(path: Path) -> None:
    speed.save(bench(), path)


def _save_conformance(path: Path) -> None:
    conformance_record.save(conformance(), path)


def _save_results(path: Path) -> None:
    path.write_text(results_json(RESULTS), encoding="utf-8")


FILES: dict[str, tuple[Callable[[Path], None], Callable[[Path], object]]] = {
    "bench": (_save_bench, speed.load),
    "conformance": (_save_conformance, conformance_record.load),
    "results": (_save_results, load_build),
}


@pytest.mark.parametrize("kind", FILES)
@given(damages())
def test_damaged_files_of_ours_are_read_or_refused(kind: str, damage: Damage) -> None:
    """By an error that names the file; what the store keeps is refused unless it is the same."""
    save, load = FILES[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.json")
        save(path)
        whole = load(path)
        path.write_bytes(damage(path.read_bytes()))
        try:
            found = load(path)
        except MnistReportError as error:
            assert str(path) in str(error)
            return
    if kind != "results":
        assert found == whole


@pytest.mark.parametrize("kind", ["bench", "conformance"])
def test_a_changed_digit_is_not_believed(tmp_path: Path, kind: str) -> None:
    """A figure that is as good a number as it was."""
    save, load = FILES[kind]
    path = tmp_path / "file.json"
    save(path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"2026-01-02', '"2026-01-03'), encoding="utf-8")
    with pytest.raises(MnistReportError, match="checksum"):
        load(path)


@given(st.sampled_from(sorted(FILES)), paths, values)
def test_values_of_any_kind_in_files_of_ours_are_read_or_refused(
    kind: str, path: list[int], value: Any
) -> None:
    """JSON that is sound and sealed, and no record."""
    save, load = FILES[kind]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file.json")
        save(file)
        body = json.loads(file.read_text(encoding="utf-8"))
        sealed = body.pop("sha256", None)
        body = changed(body, path, value)
        file.write_text(json.dumps(seal(body) if sealed else body), encoding="utf-8")
        try:
            load(file)
        except MnistReportError as error:
            assert str(file) in str(error)


@given(damages())
def test_a_damaged_history_keeps_its_other_lines(damage: Damage) -> None:
    """What was added to it afterwards is read."""
    build: PastBuild = past_build(RESULTS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "history.jsonl")
        for _ in range(3):
            append_history(path, build)
        whole = damage(path.read_bytes())
        path.write_bytes(whole)
        append_history(path, build)
        warnings: list[str] = []
        found = read_history(path, warnings.append)
    assert found[-1] == build
    assert len(found) == 4 or warnings or whole.count(b"\n") < 3


@given(st.lists(runs(), min_size=1, max_size=3), st.dictionaries(words, words, max_size=2), words)
def test_results_keep_their_schema(
    found: list[Run], environment: dict[str, str], text: str
) -> None:
    """Whatever the runs gave and however things are called; the other outputs are made too."""
    names = [experiment.name for experiment in RESULTS.experiments]
    by_name = {
        name: [replace(one, experiment=name, seed=one.seed + place)]
        for place, (name, one) in enumerate(zip(names, found, strict=False))
    }
    known = {}
    verdicts = adjust([v for group in by_name.values() for v in judge(group, known)])
    results: Results = replace(
        RESULTS,
        experiments=tuple(e for e in RESULTS.experiments if e.name in by_name),
        runs=tuple(one for group in by_name.values() for one in group),
        verdicts=tuple(verdicts),
        comparisons=(),
        probabilities={},
        environment=environment,
        command=text,
        notices=(text,),
    )
    VALIDATOR.validate(json.loads(results_json(results), parse_constant=_no_constant))
    for write in (metrics_csv, junit_xml, summary_markdown):
        assert isinstance(write(results), str)


def _no_constant(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")
