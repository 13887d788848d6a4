"""The page and its companions for the whole catalog, from results that no training made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.data import load_dataset
from mnistreport.outputs import write_outputs
from mnistreport.report.render import render_report
from mnistreport.results import Results
from mnistreport.store import Store
from tests.unit.records import run, task
from tests.unit.report.fake_results import fake_results


@pytest.fixture(scope="module")
def results() -> Results:
    """32 experiments on digits, as long as they were published."""
    digits = load_dataset("digits")
    chosen = [e.for_profile("published", digits.sizes) for e in load_catalog().values()]
    return fake_results(chosen, digits)


@pytest.mark.benchmark(group="rendering")
def test_page(benchmark: Any, results: Results) -> None:
    """index.html of all 32 experiments."""
    page = benchmark.pedantic(render_report, args=(results,), rounds=3, warmup_rounds=1)
    benchmark.extra_info["bytes"] = len(page)


@pytest.mark.benchmark(group="rendering")
def test_all_outputs(benchmark: Any, results: Results, tmp_path: Path) -> None:
    """The page, JSON, CSV, JUnit and Markdown, written."""
    benchmark.pedantic(write_outputs, args=(results, tmp_path), rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="store")
def test_store_look_up(benchmark: Any, tmp_path: Path) -> None:
    """One stored run, found and verified."""
    store = Store(tmp_path)
    store.save(task(), run(), None)
    assert benchmark(store.load, task()) is not None
