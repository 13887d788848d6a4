"""How long the command line takes to begin."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest


@pytest.mark.benchmark(group="start of the command line")
@pytest.mark.parametrize("words", [["--version"], ["--help"], ["list"]], ids=" ".join)
def test_command(benchmark: Any, words: list[str]) -> None:
    """A command that needs no framework, in a process of its own."""
    command = [sys.executable, "-m", "mnistreport", *words]

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True)

    benchmark.pedantic(run, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="start of the command line")
def test_python(benchmark: Any) -> None:
    """An interpreter that does nothing, to compare with."""

    def run() -> None:
        subprocess.run([sys.executable, "-c", ""], check=True, capture_output=True)

    benchmark.pedantic(run, rounds=5, warmup_rounds=1)
