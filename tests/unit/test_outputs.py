"""results.json, metrics.csv, junit.xml and summary.md."""

import csv
import html
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cmarkgfm
import jsonschema
import pytest
import xmlschema

from mnistreport.catalog import load_catalog
from mnistreport.claims import Reach, claims_path, judge_claims, load_claims
from mnistreport.comparison import compare_builds
from mnistreport.drift import Drift
from mnistreport.ledger import Reference
from mnistreport.outputs import SCHEMA_PATH, headline, results_document, write_outputs
from mnistreport.outputs.document import results_json
from mnistreport.outputs.junit import junit_xml
from mnistreport.outputs.markdown import escape, markdown_table
from mnistreport.outputs.summary import summary_markdown
from mnistreport.outputs.table import COLUMNS, metrics_csv
from mnistreport.reference import reference_folder
from tests.unit.comparison.fake_builds import NAMES, build
from tests.unit.records import bench, conformance
from tests.unit.report.fake_results import HOSTILE, fake_results, hostile_results

SCHEMA = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
JUNIT = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


def valid(document: Any) -> bool:
    """Whether the schema takes a document."""
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


# --- all of them -------------------------------------------------------------------------


def test_every_output_is_written(tmp_path: Path) -> None:
    """A build writes its five files into a folder that it makes, and leaves nothing else there."""
    folder = tmp_path / "reports" / "quick-digits"
    written = write_outputs(fake_results(), folder)
    names = {"index.html", "results.json", "metrics.csv", "junit.xml", "summary.md"}
    assert set(written) == {path.name for path in folder.iterdir()} == names
    assert all(path.stat().st_size > 500 for path in written.values())


def test_hostile_text_can_be_written(tmp_path: Path) -> None:
    """Lone surrogates and control characters in names do not stop the report."""
    written = write_outputs(hostile_results(), tmp_path)
    for path in written.values():
        path.read_text(encoding="utf-8")


# --- results.json ------------------------------------------------------------------------


@pytest.mark.parametrize("make", [fake_results, hostile_results])
def test_the_document_keeps_its_schema(make: Callable[[], Any]) -> None:
    """Whatever the runs were, and whatever they are called, the schema holds."""
    assert jsonschema.Draft202012Validator.check_schema(SCHEMA) is None
    jsonschema.validate(json.loads(results_json(make())), SCHEMA)


def test_the_document_is_strict_json() -> None:
    """A diverged run's NaN becomes null: no reader meets a NaN."""
    text = results_json(fake_results())
    document = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in the JSON"))
    diverged = next(run for run in document["runs"] if run["status"] == "diverged")
    assert diverged["history"]["loss"] == [2.3, None]
    assert diverged["reason"] == "the training loss became NaN or infinite in epoch 2"


def test_others_find_what_they_were_promised() -> None:
    """The keys that other programs read are there, with the values of the run."""
    document = results_document(fake_results())
    run = document["runs"][0]
    assert document["profile"] == "quick"
    assert document["dataset"]["name"] == "digits"
    assert run["experiment"] == "wide/sgd"
    assert set(run["history"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert {"test_accuracy", "train_accuracy", "test_loss", "train_loss"} <= set(run["metrics"])
    assert re.fullmatch("[0-9a-f]{16}", run["fingerprint"])
    assert {"experiment", "metric", "value", "low", "high", "verdict"} <= set(
        document["verdicts"][0]
    )
    deep = next(r for r in document["runs"] if r["experiment"] == "depth/relu5")
    assert "test_binary_accuracy" in deep["metrics"]
    numpy = next(r for r in document["runs"] if r["experiment"] == "numpy/sgd")
    assert {"iteration", "train_accuracy", "test_accuracy"} <= set(numpy["history"])


def test_the_document_says_what_was_published_and_claimed() -> None:
    """Every verdict that the page shows: figures, claims, the last bench, an earlier build."""
    reference = Reference.read(reference_folder(), load_catalog())
    claims = load_claims(claims_path(reference.folder), reference.experiments)
    results = fake_results(
        figures=reference.figures(list(reference.experiments), lambda experiment: None),
        claims=judge_claims(claims, reference.evidence, Reach({}, "digits")),
        bench=bench(),
        compared=compare_builds(build(names=NAMES[:3]), build(names=NAMES[1:4]), []),
    )
    document = json.loads(results_json(results))
    jsonschema.validate(document, SCHEMA)
    assert [claim["name"] for claim in document["claims"]] == [claim.name for claim in claims]
    findings = {claim["finding"] for claim in document["claims"]}
    assert findings <= {"holds", "does not hold", "undecided"}
    parts = [part for claim in document["claims"] for part in claim["evidence"]]
    assert any(part["ci_low"] < part["effect"] < part["ci_high"] for part in parts if part["seeds"])
    finals = [final for item in document["figures"] for final in item["finals"]]
    assert {final["experiment"] for final in finals} <= set(reference.experiments)
    assert "reproduced" in {final["verdict"] for final in finals}
    assert document["bench"]["totals"][-1]["name"] == bench().suite().name
    assert document["compared"]["left_out"] == {NAMES[0]: "only before", NAMES[3]: "only after"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("verdicts"),
        lambda d: d.update(schema="mnistreport/results/0"),
        lambda d: d.update(surprise=1),
        lambda d: d["dataset"].update(sha256="abc"),
        lambda d: d["runs"][0].update(status="fine"),
        lambda d: d["runs"][0].update(seed=-1),
        lambda d: d["runs"][0].update(seed="0"),
        lambda d: d["runs"][0]["metrics"].pop("test_accuracy"),
        lambda d: d["runs"][0]["metrics"].update(test_loss="low"),
        lambda d: d["runs"][0]["history"].update(loss=1.0),
        lambda d: d["runs"][3].update(reason=""),
        lambda d: d["verdicts"][0].update(verdict="ok"),
        lambda d: d["verdicts"][0].pop("low"),
        lambda d: d["published"][0].update(published=None),
    ],
)
def test_the_schema_refuses_what_is_no_document(spoil: Callable[[Any], Any]) -> None:
    """A document with a part missing, of another type, or unknown is refused."""
    document = results_document(fake_results())
    document = json.loads(json.dumps(document))
    assert valid(document)
    spoil(document)
    assert not valid(document)


# --- metrics.csv -------------------------------------------------------------------------


def table(**changes: Any) -> list[dict[str, str]]:
    """The table's rows."""
    return list(csv.DictReader(io.StringIO(metrics_csv(fake_results(**changes)))))


def test_the_table_has_a_row_for_each_metric() -> None:
    """Every metric of every run has a row, in the columns promised, judged or not."""
    rows = table()
    assert tuple(rows[0]) == COLUMNS
    ours = [row["metric"] for row in rows if row["experiment"] == "wide/sgd"]
    assert len(ours) == len(set(ours))
    assert {"test_accuracy", "test_loss", "weight_norm"} <= set(ours)


def test_a_number_survives_the_table() -> None:
    """Values are written so that they read back as the same floats."""
    row = next(row for row in table() if row["experiment"] == "wide/adam")
    run = fake_results().runs[1]
    assert float(row["value"]) == run.metrics[row["metric"]]
    assert row["fingerprint"] == run.fingerprint


def test_differences_are_given_only_where_comparable() -> None:
    """Published figures are always there, differences only from the published training."""
    rows = [row for row in table() if row["published"]]
    assert rows
    assert not any(row["difference"] for row in rows)
    from tests.unit.report.fake_results import toy_dataset

    there = table(dataset=toy_dataset(name="mnist"), profile="published")
    assert any(row["difference"] for row in there)


def test_failed_runs_have_their_row() -> None:
    """A crashed run is a row with its status and verdict and no value."""
    row = next(row for row in table() if row["status"] == "error")
    assert (row["metric"], row["verdict"], row["value"]) == ("training", "error", "")


# --- junit.xml ---------------------------------------------------------------------------


def suites(results: Any) -> dict[str, ET.Element]:
    """The suites by name."""
    return {suite.get("name", ""): suite for suite in ET.fromstring(junit_xml(results))}


def case(results: Any, name: str) -> ET.Element:
    """The first case of an experiment."""
    root = ET.fromstring(junit_xml(results))
    found = root.find(f".//testcase[@classname='{name}']")
    assert found is not None
    return found


def test_suites_are_families() -> None:
    """There is a suite for each first part of the names, and its counts are right."""
    found = suites(fake_results())
    assert list(found) == ["wide", "small", "depth", "numpy", "mlp", "cnn", "own"]
    small = found["small"]
    counts = [small.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["3", "2", "0", "0"]
    assert len(small.findall("testcase")) == 3


@pytest.mark.parametrize(
    ("name", "tag", "message"),
    [
        ("small/sgd", "failure", "is below"),
        ("small/nadam", "failure", "became NaN"),
        ("mlp/model3", "error", "its worker process ended"),
        ("own/net", "skipped", "no range for test_accuracy"),
    ],
)
def test_what_is_no_pass_is_told(name: str, tag: str, message: str) -> None:
    """Out of range and diverged are failures, a crash an error, no range a skip, with reasons."""
    element = case(fake_results(), name).find(tag)
    assert element is not None
    assert message in element.get("message", "")


def test_a_warning_passes_and_is_told() -> None:
    """A warning does not turn a CI server red."""
    warned = case(fake_results(), "wide/adam")
    assert [child.tag for child in warned] == ["system-out"]


def test_a_trainings_time_counts_once() -> None:
    """The suite's time is that of its trainings, not times the number of metrics."""
    results = fake_results()
    wide = suites(results)["wide"]
    spent = sum(run.seconds for run in results.runs if run.experiment.startswith("wide/"))
    assert float(wide.get("time", "")) == pytest.approx(spent, abs=0.01)


def test_a_second_look_and_a_drift_are_told() -> None:
    """A passed second look in the case's output, a drift as a failure of all experiments."""
    drift = Drift("test_loss", 11, 10, 0.9, 4.0, 2.5, 20)
    root = ET.fromstring(junit_xml(replace(fake_results(), drift=(drift,))))
    cases = {(c.get("classname"), c.get("name")): c for c in root.iter("testcase")}
    looked = cases["depth/relu5", "test_accuracy"]
    assert looked.find("failure") is None
    assert "is below" in looked.findtext("system-out", "")
    failure = cases["all experiments", "drift of test_loss"].find("failure")
    assert failure is not None
    assert "higher in 10 of 11 experiments" in failure.get("message", "")


@pytest.mark.parametrize("make", [fake_results, hostile_results])
def test_junit_keeps_its_schema(make: Callable[[], Any]) -> None:
    """What Jenkins and Surefire read: elements, attributes, counts, times."""
    drift = Drift("test_loss", 11, 10, 0.9, 4.0, 2.5, 20)
    results = replace(make(), drift=(drift,))
    if results.conformance is None:
        results = replace(results, conformance=conformance())
    JUNIT.validate(junit_xml(results))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<testsuites name", "<testsuites skipped='0' name"),
        ('tests="', 'tests="-'),
        ("<testcase ", "<case "),
        ('timestamp="2026-01-02T03:04:05', 'timestamp="2026-01-02T03:04:05Z'),
        ("<failure ", "<broken "),
    ],
)
def test_the_junit_schema_refuses_others(old: str, new: str) -> None:
    """So that the test above can fail."""
    text = junit_xml(fake_results()).replace(old, new)
    assert old in junit_xml(fake_results())
    with pytest.raises((xmlschema.XMLSchemaValidationError, ET.ParseError)):
        JUNIT.validate(text)


def test_hostile_text_is_still_xml() -> None:
    """Markup is escaped, and what XML cannot hold is left out."""
    messages = [e.get("message", "") for e in ET.fromstring(junit_xml(hostile_results())).iter()]
    kept = HOSTILE.replace("\x00", "").replace("\x1b", "").replace("\ud800", "")
    assert kept in messages


# --- summary.md --------------------------------------------------------------------------


def test_the_summary_begins_with_the_verdict() -> None:
    """The first line is the headline with its sign; what is not a pass comes before the rest."""
    text = summary_markdown(fake_results())
    first = text.splitlines()[0]
    assert html.unescape(first) == f"### ✗ {headline(fake_results())}"
    folded = text.index("<details>")
    assert text.index("| ✗ error | mlp/model3 ") < text.index("| ✗ fail | small/sgd ") < folded
    assert "own/net" in text[folded:]


def test_a_clean_build_has_no_table_of_troubles() -> None:
    """Where all is well there is the sentence, and everything folded away."""
    text = summary_markdown(fake_results(troubled=False))
    assert text.startswith("### ✓ All 11 experiments inside their ranges.")
    assert text.index("<details>") < text.index("| --- |")


def test_hostile_text_is_inert_in_markdown() -> None:
    """No tag, cell border, code span, link, mention or line break comes out of a text."""
    told = escape("a|b\n<script>`x`[l](http://e) @me *b* _i_ \\ ~~s~~ <!-- #1")
    assert not re.search(r"[|<>`\[\]*_~\\\n]", told)
    assert "&#64;&#8203;me" in told
    assert html.unescape(told).replace("\u200b", "").startswith("a|b <script>`x`[l](http://e) @me")


def test_hostile_names_leave_the_tables_whole() -> None:
    """Every row of a table has as many cells as its header."""
    lines = summary_markdown(hostile_results()).splitlines()
    width = 0
    for line in lines:
        if line.startswith("| verdict"):
            width = line.count("|")
        if line.startswith("|"):
            assert line.count("|") == width
        assert "<script" not in line


def test_long_lists_are_cut() -> None:
    """A pull request is not flooded: forty rows, and how many more there are."""
    results = fake_results()
    failed = next(v for v in results.verdicts if v.verdict == "fail")
    text = summary_markdown(replace(results, verdicts=tuple([failed] * 60)))
    assert "and 20 more, in the report" in text


def rendered(markdown: str) -> ET.Element:
    """What GitHub's own renderer makes of a text, with its extensions and HTML let through."""
    markdown = markdown.encode("utf-8", "replace").decode("utf-8")
    extensions = ["table", "autolink", "strikethrough", "tagfilter"]
    options = cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE
    page = cmarkgfm.markdown_to_html_with_extensions(markdown, options, extensions)
    return ET.fromstring(f"<body>{page}</body>")


@pytest.mark.parametrize("make", [fake_results, hostile_results])
def test_github_renders_the_summary(make: Callable[[], Any]) -> None:
    """Three tables, as wide as their headers, the last folded away; nothing live in any text."""
    drift = Drift("test_loss", 11, 10, 0.9, 4.0, 2.5, 20)
    page = rendered(summary_markdown(replace(make(), drift=(drift,), conformance=conformance())))
    tables = page.findall(".//table")
    assert len(tables) == 3
    for table in tables:
        width = len(table.findall("thead/tr/th"))
        assert width >= 3
        assert {len(row.findall("td")) for row in table.findall("tbody/tr")} == {width}
    assert len(page.findall("details//table")) == 1
    parts = {"body", "h3", "p", "blockquote", "details", "summary"}
    cells = {"table", "thead", "tbody", "tr", "th", "td"}
    assert {element.tag for element in page.iter()} <= parts | cells


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.org/x",
        "www.example.org",
        "WWW.example.org",
        "ftp://example.org",
        "mail me@example.org",
        "<img src=x>",
        "![x](http://e)",
        "[x][y] <http://e>",
        "`code` **bold** _i_ ~~s~~ $x$",
        "a | b",
        "&lt;b&gt; &amp;",
    ],
)
def test_text_is_text_on_github(text: str) -> None:
    """No link, image, tag, cell or emphasis comes of it, and it reads as it was written."""
    page = rendered("\n".join([*markdown_table(("told",), [(text,)])]))
    (cell,) = page.findall(".//td")
    assert list(cell) == []
    assert (cell.text or "").replace("\u200b", "") == text


def test_the_summary_tells_of_the_whole_suite() -> None:
    """Second looks with their outcome, each drift, and Keras' rules."""
    drift = Drift("test_loss", 11, 10, 0.9, 4.0, 2.5, 20)
    inside = replace(drift, metric="test_accuracy", value=0.4)
    results = fake_results(drift=(drift, inside), conformance=conformance())
    page = rendered(summary_markdown(results))
    rows = [[cell.text for cell in row] for row in page.findall(".//table")[1].iter("tr")]
    assert rows == [
        ["verdict", "whole suite", "found"],
        ["✓ pass", "second looks", "1 of 1 passed: depth/relu5 test accuracy"],
        [
            "✗ fail",
            "drift of test loss",
            "+0.9 SD on average over 11 experiments: +4.00, limit 2.50",
        ],
        [
            "✓ pass",
            "drift of test accuracy",
            "+0.9 SD on average over 11 experiments: +0.40, limit 2.50",
        ],
        ["✗ fail", "Keras' rules", conformance().summary],
    ]
