"""The accounting of a bench: limits, totals, packing, files, comparison."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mnistreport import speed
from mnistreport.errors import ReferenceFileError
from mnistreport.speed import Account, Bench, Timing
from tests.unit.records import bench


def test_the_limit_is_at_the_best_librarys_peak_of_the_precision() -> None:
    """2e11 operations at 2e11 a second take 1 s, whatever the slower library shows."""
    found = bench()
    assert [row.limit for row in found.rows()] == [1.0, 2.0, 4.0]


def test_a_training_costs_its_share_of_the_machine() -> None:
    """Two trainings abreast in 3 s cost 1.5 s each; a plain one has the machine to itself."""
    first = bench().rows()[0]
    assert (first.ours, first.plain, first.of_limit, first.speedup) == (1.5, 3.0, 1.5, 2.0)


def test_families_add_up() -> None:
    """Of two small experiments: 2e11 and 4e11 operations, 1.5 + 2 s, 3 + 5 s."""
    small, numpy = bench().families()
    assert (small.name, small.flops, small.limit) == ("small", 6e11, 3.0)
    assert (small.ours, small.plain) == (3.5, 8.0)
    assert numpy.name == "numpy"


def test_the_suite_is_packed_longest_first_and_starts_once_a_worker() -> None:
    """Trainings of 3, 4 and 10 s, the third the longest, on two workers after 2 s: 12 s."""
    suite = bench().suite()
    assert suite.ours == 2.0 + 10.0
    assert suite.plain == 2.0 + 3.0 + 5.0 + 12.0


def test_a_suite_trained_whole_took_what_it_took() -> None:
    """The clock beats the estimate."""
    assert replace(bench(), wall=11.5).suite().ours == 11.5


def test_without_plain_there_is_no_speed_up() -> None:
    """A family that lacks one of its plain timings has none either."""
    found = bench()
    accounts = (replace(found.accounts[0], plain=None), *found.accounts[1:])
    lacking = replace(found, accounts=accounts)
    assert lacking.rows()[0].speedup is None
    assert lacking.families()[0].speedup is None
    assert lacking.suite().speedup is None


def test_a_bench_survives_its_file(tmp_path: Path) -> None:
    """What is loaded equals what was saved; the totals are there for other readers."""
    path = tmp_path / "deep" / "bench.json"
    speed.save(bench(), path)
    assert speed.load(path) == bench()
    totals = json.loads(path.read_text())["totals"]
    assert [row["name"] for row in totals] == ["small", "numpy", "suite"]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "other"}', '{"format": "mnistreport/bench/1", "totals": []}'],
)
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    """It names the file, and how to make it anew."""
    path = tmp_path / "bench.json"
    path.write_text(text)
    with pytest.raises(ReferenceFileError, match=r"bench\.json is damaged.*bench --save"):
        speed.load(path)


@pytest.mark.parametrize("key", ["peak", "accounts", "workers", "memory"])
def test_numbers_must_be_numbers(tmp_path: Path, key: str) -> None:
    """Text where a number belongs is damage, not a traceback later on."""
    path = tmp_path / "bench.json"
    path.write_text(json.dumps({**bench().to_json(), key: "many"}))
    with pytest.raises(ReferenceFileError, match="damaged"):
        speed.load(path)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    """With the reason of the operating system."""
    with pytest.raises(ReferenceFileError, match="No such file"):
        speed.load(tmp_path / "bench.json")


def test_comparison_is_in_times_over_the_limit() -> None:
    """Twice the seconds on a machine of half the peak is no change; twice on the same is 2."""
    before = bench()
    slow = [replace(a, ours=replace(a.ours, whole=2 * a.ours.whole)) for a in before.accounts]
    slower = replace(before, accounts=tuple(slow), start=2 * before.start)
    halved = {kind: {n: r / 2 for n, r in rates.items()} for kind, rates in before.peak.items()}
    assert {change.ratio for change in speed.compare(before, slower)} == {2.0}
    other = replace(slower, peak=halved)
    assert {change.ratio for change in speed.compare(before, other)} == {1.0}


def test_other_experiments_are_compared_one_by_one_alone() -> None:
    """A family or suite that holds other experiments says nothing of a change."""
    found = bench()
    fewer = replace(found, accounts=found.accounts[1:])
    names = [change.name for change in speed.compare(found, fewer)]
    assert names == [account.experiment for account in found.accounts[1:]]


def test_an_experiment_without_arithmetic_is_infinitely_above_its_limit() -> None:
    """Nothing is divided by zero."""
    idle = Account("x/y", "float32", 0.0, Timing(1.0, 1.0, 1), None)
    found: Bench = replace(bench(), accounts=(idle,))
    assert found.rows()[0].of_limit == float("inf")
