"""A disk that is full or read-only costs what it cannot hold, and nothing that it holds."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.torture.builds import Site, whole_reports

#: Bytes of the disk: an empty store's and a report's, with room for some runs.
SIZE = 24 << 20
PAGE = 4096
#: Bytes of a file where no disk can be mounted: less than any run, table or page has.
LIMIT = 1024


@dataclass(frozen=True)
class Disk:
    """A folder that can be filled; `how` says by what."""

    folder: Path
    how: str

    def fill(self, room: int = 0) -> dict[str, Any]:
        """All of it but some pages; returns arguments for Popen."""
        if self.how == "tmpfs":
            with (self.folder / "filler").open("wb", 0) as file:
                with contextlib.suppress(OSError):
                    while file.write(bytes(PAGE)):
                        pass
                file.truncate(file.tell() - room * PAGE)
            return {}
        limits = (LIMIT, LIMIT)
        return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits)}

    def empty(self) -> None:
        """Room again."""
        (self.folder / "filler").unlink(missing_ok=True)


def _mounted(*options: str) -> bool:
    """Whether this process may mount, and did."""
    return subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A small tmpfs; where nothing may be mounted, a limit on the length of files."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if _mounted("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)):
        try:
            yield Disk(folder, "tmpfs")
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
    else:
        yield Disk(folder, "RLIMIT_FSIZE")


@pytest.fixture
def site(tmp_path: Path, catalogs: Path) -> Iterator[Site]:
    """A site whose builds are ended."""
    found = Site.under(tmp_path / "site", catalogs)
    yield found
    found.clear()


def one_line(done: subprocess.CompletedProcess[str], code: int, told: str) -> None:
    """A command was refused in a line of ours."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("mnistreport: ")]
    assert told in line


def test_a_store_on_a_full_disk(site: Site, disk: Disk) -> None:
    """Runs that cannot be stored any more are told and judged; those that were stored stay."""
    print(f"a full disk by {disk.how}")
    site.store = disk.folder / "store"
    before = site.prints("numpy", "0")
    kept = site.records()
    assert len(kept) == 3
    done = site.run("check", "numpy", "--seeds", "0,1", **disk.fill(room=1))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("could not be stored") == 3
    assert site.records() == kept
    assert site.leftovers() == []
    disk.empty()
    after = site.prints("numpy", "0,1")
    assert before.items() <= after.items()
    site.store = site.root / "other"
    assert site.prints("numpy", "0,1") == after


def test_a_new_store_on_a_full_disk(site: Site, disk: Disk) -> None:
    """Refused before anything is trained, in one line."""
    site.store = disk.folder / "store"
    one_line(site.run("check", "numpy", **disk.fill()), 4, "--store")
    assert site.records() == {}
    assert site.leftovers() == []


def test_reports_on_a_full_disk(site: Site, disk: Disk) -> None:
    """The report that was there stays as it was, to the last byte."""
    site.reports = disk.folder / "reports"
    assert site.run("build", "numpy").returncode == 0
    written = {path: path.read_bytes() for path in site.reports.iterdir()}
    one_line(site.run("report", "numpy", **disk.fill()), 2, "--output")
    assert {path: path.read_bytes() for path in site.reports.iterdir()} == written
    whole_reports(site.reports)


def test_a_read_only_store(site: Site) -> None:
    """Nothing is trained for nothing, and what is stored can still be reported."""
    before = site.prints("numpy", "0")
    with read_only(site) as (how, options):
        print(f"a read-only store by {how}")
        one_line(site.run("build", "numpy", "--seeds", "0,1", **options), 4, "--store")
        done = site.run("report", "numpy", "--seed", "0", **options)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        whole_reports(site.reports)
    after = site.prints("numpy", "0,1")
    assert before.items() <= after.items()


@contextlib.contextmanager
def read_only(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    """Nothing can be written to a site's store; how, and what Popen needs for it.

    Root may write wherever permissions forbid it, so it takes a mount, or a user who is not root.
    """
    store = str(site.store)
    if _mounted("--bind", store, store):
        try:
            if _mounted("-o", "remount,bind,ro", store):
                yield "a read-only mount", {}
                return
        finally:
            subprocess.run(["umount", "-l", store], check=True)
    folders = [site.store, *(path for path in site.store.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        if os.geteuid():
            yield "permissions", {}
        else:
            with _reached_by_all(site):
                nobody: dict[str, Any] = {"user": "nobody", "extra_groups": []}
                try:
                    subprocess.run([sys.executable, "-c", ""], check=True, **nobody)
                except PermissionError:
                    pytest.skip("root may not mount, and nobody may not reach this Python")
                yield "permissions, as nobody", nobody
    finally:
        for folder in folders:
            folder.chmod(0o755)


@contextlib.contextmanager
def _reached_by_all(site: Site) -> Iterator[None]:
    """The folders above, which pytest keeps for its own user, opened."""
    opened = [folder for folder in site.root.parents if folder.stat().st_mode & 0o077 == 0]
    for folder in opened:
        folder.chmod(0o755)
    for folder in (site.root, site.root / "tmp"):
        folder.chmod(0o777)
    try:
        yield
    finally:
        for folder in opened:
            folder.chmod(0o700)
