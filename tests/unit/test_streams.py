"""What a command does where its output cannot go: one line at most, and an exit code of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnistreport.errors import ExitCode

LONG, SHORT = ("figures", "--format", "json"), ("show", "numpy/sgd")
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="the system has no /dev/full")


def start(*arguments: str, **streams: int | None) -> subprocess.Popen[bytes]:
    """A command with these streams; what is not named is a pipe."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    return subprocess.Popen(
        [sys.executable, "-m", "mnistreport", *arguments],
        env=environment,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


@needs_full
@pytest.mark.parametrize("arguments", [LONG, SHORT, ("--version",)], ids=" ".join)
def test_a_full_disk_is_one_line(arguments: tuple[str, ...]) -> None:
    """Whether the output fills Python's buffer or waits in it for the end."""
    with FULL.open("wb") as full:
        process = start(*arguments, stdout=full.fileno())
        _, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.USAGE
    (line,) = err.decode().splitlines()
    assert line.startswith("mnistreport: stdout could not be written: No space left on device. ")


@pytest.mark.parametrize("arguments", [LONG, SHORT], ids=" ".join)
def test_a_reader_that_has_gone_hears_nothing_more(arguments: tuple[str, ...]) -> None:
    """`mnistreport figures | head -1` ends as any program that SIGPIPE ends."""
    read, write = os.pipe()
    process = start(*arguments, stdout=write)
    os.close(read)
    os.close(write)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (ExitCode.BROKEN_PIPE, b"")


@needs_full
def test_what_stderr_does_not_take_costs_nothing() -> None:
    """Neither the answer nor the exit code."""
    with FULL.open("wb") as full:
        process = start("list", "--profile", "nothing", stderr=full.fileno())
        process.communicate(timeout=60)
        assert process.returncode == ExitCode.USAGE
        process = start(*SHORT, stderr=full.fileno())
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.startswith(b"numpy/sgd: ")


def test_signs_that_an_encoding_lacks_become_plainer() -> None:
    """The minus of a figure stays a minus."""
    process = start("claims")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"between -0.20 pp and +0.20 pp" in out
