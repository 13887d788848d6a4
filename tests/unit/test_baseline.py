"""`--baseline`: a report that says what changed since an earlier build."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mnistreport import cli
from mnistreport.baseline import compare_with
from mnistreport.comparison import load_build
from mnistreport.errors import ResultsError
from mnistreport.outputs.compared import comparison_json
from mnistreport.outputs.document import results_json
from mnistreport.outputs.summary import summary_markdown
from mnistreport.report.page import make_page
from mnistreport.results import Results
from tests.unit.report.fake_results import fake_results, hostile_results


def written(folder: Path, results: Results) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text(results_json(results), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build in which everything went well."""
    return written(tmp_path_factory.mktemp("earlier"), fake_results(troubled=False))


def test_the_report_says_what_compare_says(
    earlier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The comparison in results.json is the one of `compare` with that very file."""
    results = compare_with(load_build(earlier), fake_results(), tmp_path, tmp_path)
    assert results.compared is not None
    written(tmp_path, results)
    inside = json.loads(results_json(results))["compared"]
    assert inside == json.loads(comparison_json(results.compared))
    paths = [str(earlier), str(tmp_path), "--reference", str(tmp_path)]
    assert cli.run(["compare", *paths, "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out) == inside


def test_the_page_and_the_summary_tell_it(earlier: Path, tmp_path: Path) -> None:
    """The finding, and since when; without a baseline there is nothing of it."""
    results = compare_with(load_build(earlier), fake_results(), tmp_path, tmp_path)
    page = make_page(results).compared
    assert page is not None
    assert page.headline == (
        "Worse beyond noise: small/nadam and mlp/model3. Of the others 9 are the same bits."
    )
    assert page.made == "2026-01-02 03:04:05 UTC"
    summary = summary_markdown(results)
    assert "**✗ Since the build of 2026-01-02 03:04:05 UTC: Worse beyond noise" in summary
    assert "- **✗ worse: mlp/model3**" in summary
    assert make_page(fake_results()).compared is None
    assert "Since the build" not in summary_markdown(fake_results())


def test_hostile_builds_are_compared(tmp_path: Path) -> None:
    """With themselves: the same bits, whatever their names."""
    baseline = load_build(written(tmp_path, hostile_results()))
    compared = compare_with(baseline, hostile_results(), tmp_path, tmp_path).compared
    assert compared is not None
    assert {str(pair.outcome) for pair in compared.pairs} == {"same bits"}


@pytest.mark.parametrize("command", ["build", "report"])
def test_a_bad_baseline_ends_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """With one line and exit code 4, though there is nothing to report either."""
    store = ["--store", str(tmp_path / "store"), "--dataset", "digits"]
    assert cli.run([command, *store, "--baseline", str(tmp_path / "none")]) == 4
    error = capsys.readouterr().err.splitlines()
    assert error[-1].startswith(f"mnistreport: there is no {tmp_path}/none")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("schema", ["mnistreport/results/2", "mnistreport/results/3"])
def test_older_files_are_compared(earlier: Path, tmp_path: Path, schema: str) -> None:
    """What version 3 added is not asked for."""
    document = json.loads((earlier / "results.json").read_text(encoding="utf-8"))
    added = ("figures", "claims", "bench", "compared") if schema.endswith("2") else ()
    kept = {name: value for name, value in document.items() if name not in added}
    path = tmp_path / "results.json"
    path.write_text(json.dumps({**kept, "schema": schema}), encoding="utf-8")
    assert replace(load_build(path), path=Path()) == replace(load_build(earlier), path=Path())


def test_files_of_another_format_are_not(earlier: Path, tmp_path: Path) -> None:
    """And the line says which can be."""
    document = json.loads((earlier / "results.json").read_text(encoding="utf-8"))
    path = tmp_path / "results.json"
    path.write_text(json.dumps({**document, "schema": "mnistreport/results/1"}), encoding="utf-8")
    with pytest.raises(ResultsError, match="not 'mnistreport/results/2' or"):
        load_build(path)
