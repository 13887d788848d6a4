"""A build that is killed at any moment loses nothing that was finished, and goes on."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.torture.builds import OUTPUTS, Process, Site, finish, group, wait_for, whole_reports

KILLS = 50
LANES = 2
#: Of the kills, those that are in the middle of a change to a folder, and which.
AT_A_CHANGE = {"datasets": 3, "runs": 12, "reports": 9}
#: How many changes a process makes there; more than that never comes.
CHANGES = {"datasets": 15, "runs": 7, "reports": 17}
WITH_KERAS = 4
EXPERIMENTS = {"numpy": 3, "keras": 2}
#: Where a build can be: a worker has begun no training, has begun one, writes a run, or all are
#: stored and the report is being made, or written.
PHASES = ("starting", "training", "storing", "reporting", "writing")

#: What a store and its reports held: finished runs, halves of runs, temporary files.
Look = tuple[dict[Path, bytes], set[Path], list[Path]]


@dataclass(frozen=True)
class Kill:
    """One death to die.

    `moment` is a fraction of an undisturbed build, or, where `folder` is named, which change in
    that folder it is.
    """

    number: int
    engine: str
    folder: str
    moment: float
    victim: str
    signal: signal.Signals


@dataclass(frozen=True)
class Killed:
    """What was killed, and where it was."""

    kill: Kill
    phase: str
    victim: str
    code: int


def planned(seed: int) -> list[Kill]:
    """All kills, the same for the same seed."""
    choice = random.Random(seed)
    folders = [name for name, count in AT_A_CHANGE.items() for _ in range(count)]
    folders += [""] * (KILLS - len(folders))
    choice.shuffle(folders)
    kills = []
    for number, folder in enumerate(folders):
        moment = choice.randint(1, CHANGES[folder]) if folder else choice.uniform(0.02, 0.95)
        victim = choice.choice(["parent", "worker", "all"])
        number_of_signal = choice.choice([signal.SIGTERM, signal.SIGKILL])
        # the last ones of one lane: the frameworks take seconds to start
        keras = number >= KILLS - LANES * WITH_KERAS and number % LANES == 0
        engine = "keras" if keras else "numpy"
        kills.append(Kill(number, engine, folder, moment, victim, number_of_signal))
    return kills


def killed(site: Site, kill: Kill, lasts: float) -> Killed:
    """Start a build and kill it as planned; one that ended too early is followed by another."""
    choice = random.Random(kill.number)
    moment = kill.moment
    for attempt in range(20):
        shutil.rmtree(site.root / "tmp")
        (site.root / "tmp").mkdir()
        if kill.folder == "datasets":
            shutil.rmtree(site.store / "datasets", ignore_errors=True)
        before = site.records(), site.halves(), site.leftovers()
        folder = site.reports if kill.folder == "reports" else site.store / kill.folder
        stop = f"{moment}:{site.root / 'tmp' / 'stopped'}:{folder}" if kill.folder else ""
        seed = 100 * kill.number + attempt
        process = site.start("build", kill.engine, "--seed", str(seed), stop=stop)
        site.seeds[kill.engine].append(seed)
        if kill.folder:
            _wait_for_the_change(process)
        else:
            time.sleep(moment * lasts)
        if process.poll() is None:
            return _kill(site, process, kill, before)
        done = finish(process)
        assert done.returncode == 0, done.stderr
        # there were fewer changes than thought, or the machine was quicker
        moment = choice.randint(1, int(moment)) if kill.folder else moment * 0.9
    raise AssertionError(f"no build lived long enough for {kill}")


def _wait_for_the_change(process: subprocess.Popen[str]) -> None:
    wait_for(lambda: process.poll() is not None or _stopped(process), "the change")


def _stopped(process: subprocess.Popen[str]) -> list[Process]:
    return [one for one in group(process.pid) if one.state == "T"]


def _kill(site: Site, process: subprocess.Popen[str], kill: Kill, before: Look) -> Killed:
    waiting = _stopped(process)
    os.killpg(process.pid, signal.SIGSTOP)
    wait_for(lambda: len(_stopped(process)) == len(group(process.pid)), "standstill")
    finished = site.records()
    phase = _phase(site, kill, before)
    workers = [one.pid for one in waiting if one.worker] or [
        one.pid for one in group(process.pid) if one.worker
    ]
    victim = kill.victim if workers else "parent"
    if victim == "all":
        os.killpg(process.pid, kill.signal)
    else:
        os.kill(process.pid if victim == "parent" else workers[0], kill.signal)
    os.killpg(process.pid, signal.SIGCONT)
    done = finish(process)
    told = f"{kill} {phase} {victim}: {done.returncode} {done.stderr}"
    assert "Traceback" not in done.stderr, told
    last = (done.stderr.splitlines() or [""])[-1]
    if victim == "worker":
        assert done.returncode in (0, 3), told
        assert f"of {EXPERIMENTS[kill.engine]} experiments" in last, told
    elif kill.signal == signal.SIGKILL:
        assert done.returncode == -9, told
    elif phase == "starting" and done.returncode == -15:
        pass  # before the program began
    else:
        assert done.returncode == 143, told
        assert last == "mnistreport: terminated; finished runs are in the store", told
    wait_for(lambda: not group(process.pid), f"the end of all workers: {told}", 30)
    now = site.records()
    assert {path: now.get(path) for path in finished} == finished, told
    whole_reports(site.reports)
    killed_there = Killed(kill, phase, victim, done.returncode)
    print(killed_there, flush=True)
    return killed_there


def _phase(site: Site, kill: Kill, before: Look) -> str:
    """Where a build that stands still is."""
    records, halves, leftovers = before
    trained = len(site.records()) - len(records)
    fresh = set(site.leftovers()) - set(leftovers)
    if any(path.is_relative_to(site.reports) for path in fresh):
        return "writing"
    if trained == EXPERIMENTS[kill.engine]:
        return "reporting"
    if site.halves() - halves or any(path.is_relative_to(site.store / "runs") for path in fresh):
        return "storing"
    return "training" if site.progress() else "starting"


def lane(root: Path, catalogs: Path, kills: list[Kill]) -> tuple[list[Killed], Site]:
    """Kill one build after the other on one store, then let one end and look at what is left."""
    site = Site.under(root, catalogs)
    try:
        site.seeds = {kill.engine: [] for kill in kills}
        lasts = {}
        for engine in site.seeds:
            began = time.monotonic()
            undisturbed = site.run("build", engine, "--seed", "99999")
            assert undisturbed.returncode == 0, undisturbed.stderr
            lasts[engine] = time.monotonic() - began
        found = [killed(site, kill, lasts[kill.engine]) for kill in kills]
        for engine, seeds in site.seeds.items():
            finished = site.records()
            done = site.run("build", engine, "--seeds", ",".join(map(str, seeds)))
            assert done.returncode == 0, done.stderr
            assert "warning" not in done.stderr.lower(), done.stderr
            assert finished.items() <= site.records().items()
        assert site.leftovers() == []
        whole_reports(site.reports)
        assert {path.name for path in site.reports.iterdir()} == {*OUTPUTS, "history.jsonl"}
    finally:
        site.clear()
    return found, site


def test_kills_at_random_moments(tmp_path: Path, catalogs: Path, seed: int) -> None:
    """Every finished run is kept as it was, and the rest comes out as if nothing had happened."""
    kills = planned(seed)
    began = time.monotonic()
    with ThreadPoolExecutor(LANES) as lanes:
        each = [
            lanes.submit(lane, tmp_path / f"lane-{number}", catalogs, kills[number::LANES])
            for number in range(LANES)
        ]
        done = [one.result() for one in each]
    found = [one for killed_there, _ in done for one in killed_there]
    told = Counter((one.phase, one.victim, one.kill.signal.name) for one in found)
    print(f"seed {seed}: {len(found)} kills in {time.monotonic() - began:.0f} s")
    for (phase, victim, name), count in sorted(told.items()):
        print(f"{count:3} {phase:10} {victim:7} {name}")
    assert len(found) == KILLS
    phases = Counter(one.phase for one in found)
    assert set(phases) == set(PHASES), phases
    assert min(phases.values()) >= 2, phases
    undisturbed = Site.under(tmp_path / "undisturbed", catalogs)
    for _, site in done:
        for engine, seeds in site.seeds.items():
            wanted = ",".join(map(str, seeds))
            assert site.prints(engine, wanted) == undisturbed.prints(engine, wanted)
