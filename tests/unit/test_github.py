"""Annotations as GitHub's runner reads them, and the step's summary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mnistreport.drift import Drift
from mnistreport.outputs.github import (
    MOST,
    append_summary,
    escape_message,
    escape_property,
    github_annotations,
)
from mnistreport.verdict import Judgement
from tests.unit.records import conformance
from tests.unit.report.fake_results import fake_results, hostile_results


def parsed(line: str) -> tuple[str, str, str]:
    """Kind, title and message, by the rules of the runner."""
    assert line.startswith("::")
    command, _, message = line[2:].partition("::")
    kind, _, properties = command.partition(" ")
    name, _, title = properties.partition("=")
    assert name == "title"
    assert "," not in title
    for code, character in (("%3A", ":"), ("%2C", ",")):
        title = title.replace(code, character)
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        title, message = title.replace(code, character), message.replace(code, character)
    return kind, title, message


def test_what_failed_is_an_error_and_what_warned_a_warning() -> None:
    """One for each experiment; drift and rules that are not kept too; no word on a pass."""
    drift = Drift("test_loss", 11, 10, 0.9, 4.0, 2.5, 20)
    inside = replace(drift, value=0.1)
    results = fake_results(drift=(drift, inside), conformance=conformance())
    told = [parsed(line) for line in github_annotations(results)]
    assert [(kind, title) for kind, title, _ in told] == [
        ("error", "small/sgd"),
        ("error", "small/nadam"),
        ("error", "mlp/model3"),
        ("error", "all experiments"),
        ("error", "conformance"),
        ("warning", "wide/adam"),
    ]
    messages = {title: message for _, title, message in told}
    assert messages["mlp/model3"] == "training: its worker process ended by signal 9"
    assert messages["all experiments"] == drift.reason
    assert "keras2/adagrad" in messages["conformance"]
    assert github_annotations(fake_results(troubled=False)) == []


def test_more_than_github_shows_are_named_in_the_last() -> None:
    """GitHub drops the eleventh without a word."""
    results = fake_results()
    changes = {"verdict": Judgement.FAIL, "reason": "it is below"}
    failing = tuple(replace(verdict, **changes) for verdict in results.verdicts)
    told = [parsed(line) for line in github_annotations(replace(results, verdicts=failing))]
    assert len(told) == MOST
    assert told[-1][1] == "2 more"
    assert told[-1][2].count(", ") == 1


@pytest.mark.parametrize("text", ["100%", "a,b:c", "one\ntwo\r\nthree", "%0A", "::error::x", "%25"])
def test_what_is_escaped_reads_back(text: str) -> None:
    """Through the runner's own unescaping."""
    line = f"::error title={escape_property(text)}::{escape_message(text)}"
    assert "\n" not in line
    assert parsed(line) == ("error", text, text)


def test_hostile_text_is_one_command_a_line() -> None:
    """No line break of any kind, and nothing before the command's own colons."""
    lines = github_annotations(hostile_results())
    assert len(lines) > 3
    for line in lines:
        assert len(line.splitlines()) == 1
        parsed(line)


def test_the_step_summary_is_added_to(tmp_path: Path) -> None:
    """What other tools wrote there stays."""
    path = tmp_path / "summary"
    path.write_text("theirs\n")
    append_summary(path, "### ours \udcff\n")
    append_summary(path, "again\n")
    assert path.read_text(encoding="utf-8") == "theirs\n### ours ?\nagain\n"
