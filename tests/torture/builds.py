"""A build that can be stopped, looked at and killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

HOOK = Path(__file__).resolve().parent / "hook"
OUTPUTS = {"index.html", "results.json", "metrics.csv", "junit.xml", "summary.md"}


def wait_for(condition: Callable[[], object], what: str, seconds: float = 600) -> None:
    """Until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not come within {seconds:g} s"
        time.sleep(0.02)


@dataclass
class Site:
    """The folders of one store and its reports, and the builds that work there."""

    root: Path
    catalogs: Path
    store: Path
    reports: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    seeds: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def under(cls, root: Path, catalogs: Path) -> Site:
        """A site in a folder of its own."""
        root.mkdir()
        (root / "tmp").mkdir()
        return cls(root, catalogs, root / "store", root / "reports")

    def start(
        self, command: str, engine: str, *options: str, stop: str = "", **how: object
    ) -> subprocess.Popen[str]:
        """A command on all experiments of an engine, in a process group of its own.

        Args:
            command: such as build.
            engine: whose trainings, numpy or keras.
            options: more arguments.
            stop: "n:marker:folder" stops the first process that makes its n-th change below the
                folder, and makes the marker.
            how: more arguments for Popen.
        """
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MNISTREPORT_", "GITHUB_", "KERAS_BACKEND"))
        }
        settings = {
            "MNISTREPORT_STORE": str(self.store),
            "MNISTREPORT_CONFORMANCE": "0",
            "TMPDIR": str(self.root / "tmp"),
            "PYTHONPATH": os.pathsep.join([str(HOOK), os.environ.get("PYTHONPATH", "")]),
            **({"TORTURE_STOP": stop} if stop else {}),
        }
        written = ["-o", str(self.reports)] if command in ("build", "report") else []
        trained = ["-j", "2"] if command in ("build", "check") else []
        catalog = str(self.catalogs / f"{engine}.toml")
        common = ["--profile", "published", "--dataset", "digits", "--catalog", catalog]
        arguments = [command, "torture/*", *common, *trained, *written, *options]
        process = subprocess.Popen(
            [sys.executable, "-m", "mnistreport", *arguments],
            cwd=self.root,
            env={**kept, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **how,  # type: ignore[call-overload]
        )
        self.started.append(process)
        return process

    def run(
        self, command: str, engine: str, *options: str, **how: object
    ) -> subprocess.CompletedProcess[str]:
        """A command, run to its end."""
        return finish(self.start(command, engine, *options, **how))

    def prints(self, engine: str, seeds: str) -> dict[str, str]:
        """The fingerprints of all runs of some seeds, after `check`."""
        done = self.run("check", engine, "--seeds", seeds, "--format", "json")
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert {run["status"] for run in document["runs"]} == {"ok"}
        return {f"{r['experiment']} {r['seed']}": r["fingerprint"] for r in document["runs"]}

    def records(self) -> dict[Path, bytes]:
        """The runs in the store that ended well, and their bytes."""
        found = {path: path.read_bytes() for path in (self.store / "runs").rglob("[!.]*.json")}
        return {path: text for path, text in found.items() if b'"status": "ok"' in text}

    def halves(self) -> set[Path]:
        """Probabilities in the store that no record names yet."""
        found = (self.store / "runs").rglob("[!.]*.npz")
        return {path for path in found if not path.with_suffix(".json").exists()}

    def leftovers(self) -> list[Path]:
        """Files of which nobody knows whether they are whole."""
        return [*self.store.rglob("*.partial"), *self.reports.rglob("*.partial")]

    def progress(self) -> list[list[float]]:
        """How far the trainings under way are: done and total."""
        found = []
        for path in (self.root / "tmp").glob("mnistreport-*/[0-9a-f]*"):
            with contextlib.suppress(OSError, ValueError):
                found.append(json.loads(path.read_text())[:2])
        return found

    def clear(self) -> None:
        """End what a failed test left behind."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()


def finish(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for the end of a command."""
    out, err = process.communicate(timeout=600)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@dataclass(frozen=True)
class Process:
    """One living process of a build's group; `state` is the letter of /proc."""

    pid: int
    state: str
    worker: bool


def group(leader: int) -> list[Process]:
    """The processes of a group that have not ended."""
    return [found for owner, found in _processes() if owner == leader and found.state != "Z"]


def _processes() -> Iterator[tuple[int, Process]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, owner = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            worker = b"spawn_main" in (folder / "cmdline").read_bytes()
            yield int(owner), Process(int(folder.name), state, worker)


def whole_reports(folder: Path) -> None:
    """Every output in a folder of reports is whole, whatever happened to who wrote it."""
    for path in folder.glob("[!.]*"):
        text = path.read_text(encoding="utf-8")
        match path.name:
            case "index.html":
                assert text.rstrip().endswith("</html>")
            case "results.json":
                assert json.loads(text)["schema"].startswith("mnistreport/results/")
            case "metrics.csv":
                commas = {line.count(",") for line in text.splitlines()}
                assert len(commas) == 1
                assert text.endswith("\n")
            case "junit.xml":
                ET.fromstring(text)
            case "summary.md":
                assert text.endswith("\n")
            case "history.jsonl":
                assert all(json.loads(line) for line in text.splitlines())
            case _:
                raise AssertionError(f"{path} is no output")
