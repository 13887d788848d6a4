"""Builds on a real Dask cluster: the same bits, and whatever dies costs only its own training."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.clusters import Cluster, slow, trainers
from tests.integration.conftest import CommandLine, fingerprints
from tests.integration.test_builds import GOOD, alive, records, wait_for

SEEDS = [f"slow/seconds (seed {seed})" for seed in range(3)]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A scheduler without workers, gone afterwards with all that was started for it."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    # every process of the cluster inherits it, trainers too
    monkeypatch.setenv("PYTEST_CURRENT_CLUSTER", str(folder))
    cluster = Cluster(folder)
    yield cluster
    cluster.stop()
    wait_for(lambda: not trainers(), 20)


def test_the_same_bits_as_on_this_machine(cluster: Cluster, command_line: CommandLine) -> None:
    """Equal fingerprints under a nanny and without, the data sent once, nothing left behind."""
    local = command_line.check(
        *GOOD, jobs=1, options=("--store", str(command_line.folder / "other"))
    )
    cluster.start_scheduler()
    names = [
        cluster.start_worker("--nthreads", "1"),
        cluster.start_worker("--nthreads", "1", "--no-nanny"),
    ]
    there = command_line.check(*GOOD, options=("--scheduler", cluster.address))
    assert len(fingerprints(there)) == 3
    assert fingerprints(there) == fingerprints(local)
    assert "-j does not count with --scheduler" in there["stderr"]
    assert cluster.starts().total() == 3
    for name in names:
        assert cluster.log(name).count("-data") == 2  # it came, and it was removed
    assert cluster.left_behind() == []
    assert len(records(command_line)) == 3
    again = command_line.check(*GOOD)
    assert fingerprints(again) == fingerprints(local)
    assert "to train" not in again["stderr"]


def test_a_killed_worker_costs_its_training_alone(
    cluster: Cluster, command_line: CommandLine
) -> None:
    """After kill -9 of the only worker its training is repeated, and no other one."""
    cluster.start_scheduler()
    name = cluster.start_worker("--nthreads", "1")
    build = command_line.start(
        "check", *slow(command_line, cluster, "slow/seconds", "--seeds=0..2")
    )
    wait_for(lambda: len(records(command_line)) == 1 and cluster.training() and trainers())
    (first,) = records(command_line)
    written = first.stat().st_mtime_ns
    (worker,) = cluster.pids()
    orphans = trainers()
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not any(alive(pid) for pid in orphans), 20)
    done = command_line.finish(build)
    assert done.returncode == 0, done.stderr
    assert first.stat().st_mtime_ns == written
    assert len(records(command_line)) == 3
    assert sorted(cluster.starts().values()) == [1, 1, 2]
    assert done.stderr.count("test accuracy") == 3
    assert cluster.log(name).count("Starting Worker plugin") >= 2


def test_a_worker_that_dies_too_often_fails_its_training(
    cluster: Cluster, command_line: CommandLine
) -> None:
    """The run is an error that says so, and the others go on."""
    cluster.start_scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    cluster.start_worker("--nthreads", "1")
    build = command_line.start("check", *slow(command_line, cluster, "slow/*", "--seeds=0"))
    # the longest comes first
    wait_for(lambda: cluster.training() == ["slow/endless (seed 0)"] and trainers())
    os.kill(cluster.pids()[0], signal.SIGKILL)
    done = command_line.finish(build)
    assert done.returncode == 3, done.stderr
    assert "slow/endless (seed 0): error: its Dask worker died once, at tcp://127" in done.stderr
    assert "slow/seconds (seed 0): test accuracy" in done.stderr


def test_a_dead_scheduler_is_one_line(cluster: Cluster, command_line: CommandLine) -> None:
    """Exit code 3, what finished is kept, and a local build trains only the rest."""
    scheduler = cluster.start_scheduler()
    cluster.start_worker("--nthreads", "1")
    arguments = slow(command_line, cluster, "slow/seconds", "--seeds=0..2")
    build = command_line.start("check", *arguments)
    wait_for(lambda: len(records(command_line)) == 1 and cluster.training())
    os.kill(scheduler.pid, signal.SIGKILL)
    done = command_line.finish(build, 60)
    assert done.returncode == 3, done.stderr
    wait_for(lambda: not trainers(), 60)  # the worker gives up too
    planned, finished, error = done.stderr.splitlines()
    assert planned == "0 runs from the store, 3 to train"
    assert finished.startswith("[1/3] slow/seconds (seed 0): test accuracy")
    assert error.startswith(
        f"mnistreport: the Dask scheduler {cluster.address} was lost with slow/"
    )
    assert "under way; what had finished is in the store. The same command goes on" in error
    (first,) = records(command_line)
    written = first.stat().st_mtime_ns
    resumed = command_line.run("check", *arguments[: arguments.index("--scheduler")])
    assert resumed.returncode == 0, resumed.stderr
    assert "1 runs from the store, 2 to train" in resumed.stderr
    assert first.stat().st_mtime_ns == written


def test_an_unreachable_scheduler_is_one_line(command_line: CommandLine) -> None:
    """Exit code 2, before anything is trained."""
    done = command_line.run(
        "check", *command_line.arguments("tiny/numpy")[:-2], "--scheduler", "tcp://127.0.0.1:9"
    )
    assert done.returncode == 2
    _, line = done.stderr.splitlines()  # how much there is to train, and the error
    assert "the Dask scheduler tcp://127.0.0.1:9 cannot be reached" in line


def test_another_version_gives_no_results(cluster: Cluster, command_line: CommandLine) -> None:
    """The line names worker, package and both versions, if the worker joins late or was there."""
    other = cluster.folder / "other" / "numpy-0.0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.0.1\n")
    cluster.start_scheduler()
    arguments = ["check", *slow(command_line, cluster, "slow/seconds", "--seeds=0")]
    late = command_line.start(*arguments)
    assert late.stderr is not None
    wait_for(lambda: "the cluster has no worker; waiting" in late.stderr.readline())
    path = os.pathsep.join(filter(None, [str(other.parent), os.environ.get("PYTHONPATH")]))
    cluster.start_worker("--nthreads", "1", PYTHONPATH=path)
    for done in (command_line.finish(late), command_line.run(*arguments)):
        assert done.returncode == 3
        assert "worker tcp://127.0.0.1:" in done.stderr.splitlines()[-1]
        assert "has numpy 0.0.1 where this build has" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
    assert records(command_line) == []
    assert cluster.left_behind() == []


def test_a_worker_without_this_package(cluster: Cluster, command_line: CommandLine) -> None:
    """The line names the worker, which lives on, if it joins late or was there."""
    cluster.start_scheduler()
    arguments = ["check", *slow(command_line, cluster, "slow/seconds", "--seeds=0")]
    late = command_line.start(*arguments)
    assert late.stderr is not None
    wait_for(lambda: "the cluster has no worker; waiting" in late.stderr.readline())
    cluster.start_worker("--nthreads", "1", PYTHONPATH=without_this_package(cluster))
    (address,) = cluster.names()
    for done in (command_line.finish(late), command_line.run(*arguments)):
        assert done.returncode == 3
        line = done.stderr.splitlines()[-1]
        assert f"worker {address} has not this mnistreport (No module named" in line
        assert "Traceback" not in done.stderr
    assert list(cluster.names()) == [address]


def without_this_package(cluster: Cluster) -> str:
    """A PYTHONPATH under which this package cannot be imported."""
    absent = cluster.folder / "absent" / "mnistreport"
    absent.mkdir(parents=True)
    wrong = "raise ModuleNotFoundError(\"No module named 'mnistreport'\", name='mnistreport')\n"
    (absent / "__init__.py").write_text(wrong)
    return os.pathsep.join(filter(None, [str(absent.parent), os.environ.get("PYTHONPATH")]))


def test_resources_choose_the_worker(cluster: Cluster, command_line: CommandLine) -> None:
    """Trainings go to the worker that has what was asked; the others need not have this package."""
    absent = without_this_package(cluster)
    cluster.start_scheduler(PYTHONPATH=absent)
    without = cluster.start_worker("--nthreads", "2", PYTHONPATH=absent)
    having = cluster.start_worker("--nthreads", "2", "--resources", "GPU=1")
    arguments = slow(command_line, cluster, "slow/seconds", "--seeds=0..2", "--resources=GPU=1")
    done = command_line.run("check", *arguments)
    assert done.returncode == 0, done.stderr
    assert cluster.starts() == dict.fromkeys(SEEDS, 1)
    assert cluster.most_at_once() == 1
    assert sorted(cluster.names().values()) == [without, having]


def test_nobody_has_the_resource(cluster: Cluster, command_line: CommandLine) -> None:
    """The build says so and waits; interrupted, it ends as any other."""
    cluster.start_scheduler()
    cluster.start_worker("--nthreads", "1")
    arguments = slow(command_line, cluster, "slow/seconds", "--seeds=0", "--resources=GPU=2")
    build = command_line.start("check", *arguments)
    assert build.stderr is not None
    wait_for(lambda: "no worker of the cluster has GPU=2; waiting" in build.stderr.readline())
    os.killpg(build.pid, signal.SIGINT)
    assert command_line.finish(build, 60).returncode == 130


def test_timeouts_are_as_local_ones(cluster: Cluster, command_line: CommandLine) -> None:
    """The endless training is stopped, the others are not."""
    cluster.start_scheduler()
    cluster.start_worker("--nthreads", "1")
    arguments = slow(command_line, cluster, "slow/*", "--seeds=0", "--timeout=15")
    (command_line.folder / "slow.toml").write_text(
        (command_line.folder / "slow.toml").read_text().replace("6000", "20")
    )
    done = command_line.run("check", *arguments)
    assert done.returncode == 3
    assert "slow/endless (seed 0): error: took longer than the limit of 15 s" in done.stderr
    assert "slow/seconds (seed 0): test accuracy" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_trains_for_nobody(
    cluster: Cluster, command_line: CommandLine, number: signal.Signals
) -> None:
    """An interrupted or killed build leaves a cluster that trains nothing and takes the next."""
    cluster.start_scheduler()
    cluster.start_worker("--nthreads", "1")
    build = command_line.start("check", *slow(command_line, cluster, "slow/endless", "--seeds=0"))
    wait_for(lambda: cluster.training() and trainers())
    os.killpg(build.pid, number)
    done = command_line.finish(build, 60)
    wait_for(lambda: not trainers(), 20)
    assert cluster.training() == []
    if number == signal.SIGINT:
        assert done.returncode == 130
        assert "Traceback" not in done.stderr
        assert cluster.left_behind() == []
    following = command_line.run("check", *slow(command_line, cluster, "slow/seconds", "--seeds=0"))
    assert following.returncode == 0, following.stderr
