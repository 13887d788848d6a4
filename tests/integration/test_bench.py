"""`mnistreport bench` for real, on tiny trainings: figures that hang together; none is judged."""

from __future__ import annotations

import json

from mnistreport.sealed import unseal
from tests.integration.conftest import CommandLine

GOOD = ("tiny/dropout", "tiny/conv", "tiny/numpy")


def test_a_bench_accounts_for_each_experiment(command_line: CommandLine) -> None:
    """Arithmetic from the layers, peaks, both ways timed; kept nowhere, since it is of some."""
    arguments = [*command_line.arguments(*GOOD, jobs=2), "--epochs", "2", "--save", "first.json"]
    done = command_line.run("bench", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert unseal((command_line.folder / "first.json").read_bytes()) == told
    accounts = {account["experiment"]: account for account in told["accounts"]}
    assert set(accounts) == set(GOOD)
    assert accounts["tiny/numpy"]["precision"] == "float64"
    # 784 * 16 and 16 * 10 multiply-adds an image; 2 epochs of 200 images forward and backward,
    # but for the gradient of the images; 4 evaluations of 100 test images and one of 200
    forward = 2 * (784 * 16 + 16 * 10)
    step = 3 * forward - 2 * 784 * 16
    assert accounts["tiny/dropout"]["flops"] == 2 * 200 * step + (4 * 100 + 200) * forward
    for account in accounts.values():
        for way in ("ours", "plain"):
            assert 0 < account[way]["steady"] <= account[way]["whole"]
        assert (account["ours"]["abreast"], account["plain"]["abreast"]) == (2, 1)
    assert [row["name"] for row in told["totals"]] == ["tiny", "suite"]
    assert all(rate > 1e8 for rates in told["peak"].values() for rate in rates.values())
    assert told["memory"] > 1e8
    assert not (command_line.store / "bench").exists()


def test_a_suite_trained_whole_is_compared(command_line: CommandLine) -> None:
    """Its time is the clock's; --baseline adds the changes; a damaged one is one line, exit 4."""
    catalog = command_line.folder / "catalog.toml"
    keep = catalog.read_text().partition('[experiments."tiny/diverges"]')[0]
    catalog.write_text(keep)
    common = [*command_line.arguments("tiny/dropout"), "--no-plain", "--epochs", "0"]
    done = command_line.run("bench", *common, "--save", "first.json", "--quiet")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "trained whole" in done.stdout
    assert json.loads((command_line.folder / "first.json").read_text())["wall"] > 0
    again = command_line.run("bench", *common, "--baseline", "first.json")
    changes = again.stdout.partition("x limit before")[2]
    assert "tiny/dropout" in changes
    assert "suite" in changes
    (command_line.folder / "first.json").write_text("{}")
    damaged = command_line.run("bench", *common, "--baseline", "first.json")
    assert damaged.returncode == 4
    assert damaged.stderr.startswith("mnistreport: bench first.json is damaged")
    assert len(damaged.stderr.splitlines()) == 1


def test_a_file_that_cannot_be_written_is_told_before_anything_is_measured(
    command_line: CommandLine,
) -> None:
    """Not after minutes of timing."""
    options = ["--save", "catalog.toml/bench.json"]
    done = command_line.run("bench", *command_line.arguments("tiny/dropout"), *options)
    assert done.returncode == 2
    assert done.stderr.startswith("mnistreport: the bench cannot be written to catalog.toml: ")
    assert len(done.stderr.splitlines()) == 1
