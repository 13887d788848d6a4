"""The file of earlier builds, and the report that was written last."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from mnistreport import cli
from mnistreport.errors import NothingSelected
from mnistreport.history import PastBuild, append_history, read_history
from mnistreport.last_report import last_report, remember_report
from mnistreport.outputs.past import past_build
from tests.unit.report.fake_results import fake_results, hostile_results


def quiet(line: str) -> None:
    pytest.fail(f"said {line!r}")


def build(**changes: object) -> PastBuild:
    return past_build(fake_results(**changes))


def test_a_build_survives_the_file(tmp_path: Path) -> None:
    """What is read is what was found: values, verdicts, fingerprints, versions, commit."""
    environment = {"python": "3.11.2", "keras": "3.15.1", "cpu": "fast", "commit": "abc+changes"}
    results = fake_results(seeds=(0, 1), environment=environment)
    path = tmp_path / "history.jsonl"
    append_history(path, past_build(results))
    append_history(path, past_build(hostile_results()))
    first, second = read_history(path, quiet)
    assert (first.commit, first.dirty) == ("abc", True)
    assert first.versions == {"python": "3.11.2", "keras": "3.15.1"}
    assert (first.created, first.dataset_sha256) == (results.created, results.dataset.sha256)
    found = first.experiments["wide/sgd"]
    judged = {v.metric: v.value for v in results.verdicts if v.experiment == "wide/sgd"}
    assert found.metrics == judged
    assert found.verdict == "pass"
    runs = [run for run in results.runs if run.experiment == "wide/sgd"]
    assert found.fingerprints == {str(run.seed): run.fingerprint for run in runs}
    assert found.seconds == pytest.approx(sum(run.seconds for run in runs))
    assert first.experiments["small/nadam"].metrics == {}
    assert len(second.experiments) == len(first.experiments)


def test_a_line_is_strict_json(tmp_path: Path) -> None:
    """For other programs too: no NaN, one line a build."""
    path = tmp_path / "history.jsonl"
    for _ in range(2):
        append_history(path, build())
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    line = json.loads(lines[0], parse_constant=pytest.fail)
    assert line["format"] == "mnistreport/history/1"


def test_many_builds_at_once_lose_no_line(tmp_path: Path) -> None:
    """Each line is whole, whoever writes at the same moment."""
    path = tmp_path / "history.jsonl"
    made = [replace(build(), headline=str(number)) for number in range(40)]
    threads = [threading.Thread(target=append_history, args=(path, one)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = read_history(path, quiet)
    assert sorted(one.headline for one in read) == sorted(one.headline for one in made)


@pytest.mark.parametrize(
    "damage",
    [b"{", b"\xff\xfe", b"[]", b'{"format": "mnistreport/history/2"}', b"null", b'{"a": NaN}'],
)
def test_a_damaged_line_is_left_out_and_told(tmp_path: Path, damage: bytes) -> None:
    """The others count, and a line that was cut off does not take the next one with it."""
    path = tmp_path / "history.jsonl"
    append_history(path, build())
    with path.open("ab") as file:
        file.write(damage)
    append_history(path, build())
    told: list[str] = []
    assert len(read_history(path, told.append)) == 2
    assert told == [f"the history {path} is damaged in line 2, left out"]


def test_no_history_is_no_trouble_and_an_unreadable_one_is_told(tmp_path: Path) -> None:
    """In one line."""
    assert read_history(tmp_path / "none.jsonl", quiet) == ()
    told: list[str] = []
    assert read_history(tmp_path, told.append) == ()
    assert told == [f"the history {tmp_path} cannot be read: Is a directory"]


# --- open --------------------------------------------------------------------------------


def test_the_last_report_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever one stands; the browser gets its address, --print only prints."""
    page = tmp_path / "a report" / "index.html"
    page.parent.mkdir()
    page.touch()
    monkeypatch.chdir(tmp_path)
    remember_report(tmp_path / "store", Path("a report/index.html"))
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: not opened.append(address))
    assert cli.run(["open", "--store", str(tmp_path / "store"), "--print"]) == 0
    assert opened == []
    assert cli.run(["open", "--store", str(tmp_path / "store")]) == 0
    assert opened == [page.as_uri()]
    assert capsys.readouterr().out == f"{page}\n" * 2


def test_without_a_browser_the_address_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and a line that helps."""
    page = tmp_path / "index.html"
    page.touch()
    remember_report(tmp_path, page)
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    assert cli.run(["open", "--store", str(tmp_path)]) == 2
    assert page.as_uri() in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("written", [None, b"/no/such/page.html", b"", b"\x00\xff"])
def test_where_there_is_no_report_the_way_to_one_is_told(
    tmp_path: Path, written: bytes | None
) -> None:
    """None was written, or it has gone."""
    if written is not None:
        (tmp_path / "last-report").write_bytes(written)
    with pytest.raises(NothingSelected, match="`mnistreport build` writes one"):
        last_report(tmp_path)


def test_a_store_that_refuses_costs_nothing_else(tmp_path: Path) -> None:
    """The report is there; only `open` does not know."""
    (tmp_path / "store").touch()
    remember_report(tmp_path / "store", tmp_path / "index.html")
    assert (tmp_path / "store").read_bytes() == b""
