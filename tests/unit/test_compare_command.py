"""`mnistreport compare`: what it writes, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mnistreport import cli
from mnistreport.comparison import BuildComparison, compare_builds
from mnistreport.outputs.compared import (
    comparison_html,
    comparison_json,
    comparison_markdown,
    comparison_text,
)
from mnistreport.outputs.document import results_json
from tests.unit.comparison.fake_builds import ENTRIES, NAMES, build, calibration, only
from tests.unit.report.fake_results import HOSTILE, fake_results, hostile_results

WRITERS: list[Callable[[BuildComparison], str]] = [
    comparison_text,
    comparison_markdown,
    comparison_json,
    comparison_html,
]
ADAMAX = [n for n, entry in ENTRIES.items() if entry["optimizer"]["class"] == "keras.Adamax"]


@pytest.fixture(scope="module")
def worse() -> BuildComparison:
    """Adamax lost its accuracy between two TensorFlows."""
    before = build()
    after = build(
        only(ADAMAX, "test_accuracy", -25), environment={"tensorflow": "2.21.0", "numpy": "2"}
    )
    return compare_builds(before, after, calibration())


def written(folder: Path, name: str, results: Any) -> str:
    """A results.json on disk."""
    (folder / name).mkdir()
    (folder / name / "results.json").write_text(results_json(results), encoding="utf-8")
    return str(folder / name)


@pytest.mark.parametrize("write", WRITERS)
def test_the_verdict_comes_first(worse: BuildComparison, write: Any) -> None:
    """Then what changed, then what moved, then the table; whoever reads on learns why."""
    text = write(worse)
    places = [
        text.index("Worse beyond noise: both experiments with the optimizer keras.Adamax"),
        text.index("2.21.0"),
        text.index("test accuracy lower"),
        text.rindex(ADAMAX[0]),
    ]
    if write is not comparison_html:  # whose title comes before all else
        assert places == sorted(places)
    assert text == write(worse)


def test_the_json_is_strict(worse: BuildComparison) -> None:
    """With the outcome, the findings and every experiment."""
    document = json.loads(comparison_json(worse), parse_constant=pytest.fail)
    assert document["outcome"] == "worse"
    assert [finding["members"] for finding in document["findings"]] == [ADAMAX]
    assert [pair["experiment"] for pair in document["experiments"]] == list(NAMES)
    lost = next(p for p in document["experiments"] if p["experiment"] == ADAMAX[0])
    assert lost["read"]["lost"] == 250
    assert document["environment"] == [
        {"name": "tensorflow", "before": "2.16.2", "after": "2.21.0"}
    ]


def test_the_lines_fit_a_terminal(worse: BuildComparison) -> None:
    """Prose is cut at 100 columns, the table at 130."""
    lines = comparison_text(worse).splitlines()
    assert max(map(len, lines)) <= 130
    assert all(len(line) <= 100 for line in lines if "%" not in line)


def test_unknown_noise_is_said(worse: BuildComparison) -> None:
    """Without a calibration the reader is told what the test can and cannot say."""
    found = compare_builds(worse.before, worse.after, [])
    text = " ".join(comparison_text(found).split())
    assert "No seed noise is known of wide/adamax and small/adamax" in text
    assert "Only McNemar's test is available there" in text


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html"])
def test_hostile_names_are_only_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """No element, cell or traceback comes out of a name, and the file is UTF-8."""
    before = written(tmp_path, "before", hostile_results())
    after = written(tmp_path, "after", replace(hostile_results(), environment={HOSTILE: "x"}))
    out = tmp_path / "out" / "compared"
    assert cli.run(["compare", before, after, "--format", form, "-o", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert capsys.readouterr().out == f"{out}\n"
    if form in ("markdown", "html"):
        assert text.count("<script>") == (form == "html")  # our own


def test_the_same_build_twice_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, every run the same bits, on stdout alone."""
    folder = written(tmp_path, "one", fake_results(troubled=False))
    assert cli.run(["compare", folder, folder]) == 0
    out, err = capsys.readouterr()
    assert "No difference beyond noise in 11 experiments: 11 are the same bits" in out
    assert err == ""


def test_worse_ends_with_1(tmp_path: Path) -> None:
    """A training that diverges after the upgrade alone; the other way round it is better."""
    whole = written(tmp_path, "whole", fake_results(troubled=False))
    broken = written(tmp_path, "broken", fake_results(troubled=True))
    assert cli.run(["compare", whole, broken]) == 1
    assert cli.run(["compare", broken, whole]) == 0


def test_nothing_in_common_ends_with_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other data is no pass: the environment is compared, and the last line says why no more is."""
    results = fake_results()
    other = replace(results, dataset=replace(results.dataset, name="other", sha256="cd" * 32))
    runs = tuple(replace(run, dataset_sha256="cd" * 32) for run in other.runs)
    paths = written(tmp_path, "a", results), written(tmp_path, "b", replace(other, runs=runs))
    assert cli.run(["compare", *paths]) == 5
    out, err = capsys.readouterr()
    assert "The datasets differ: digits" in out
    assert err.splitlines()[-1].endswith("Nothing can be compared: the datasets differ.")


def test_bad_files_end_with_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit code 4."""
    assert cli.run(["compare", str(tmp_path), str(tmp_path)]) == 4
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_output_that_cannot_be_written_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the place and the reason."""
    folder = written(tmp_path, "one", fake_results())
    assert cli.run(["compare", folder, folder, "-o", f"{folder}/results.json/x"]) == 2
    assert "Name another file with --output" in capsys.readouterr().err
