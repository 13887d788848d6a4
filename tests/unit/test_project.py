"""The files around the package keep their promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def readme_command(marker: str) -> str:
    """The shell block that follows a marker in the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def test_the_readme_has_its_two_commands() -> None:
    """One installs and runs a build without MNIST, one installs and runs tox."""
    for marker, last in (("run", "build --dataset digits"), ("test", "/tox")):
        lines = readme_command(marker).strip().splitlines()
        assert lines[0].startswith("python3 -m venv")
        assert "-c constraints.txt" in lines[1]
        assert lines[-1].endswith(last)


def test_the_constraints_carry_versions_and_no_addresses() -> None:
    """Name and version, line by line."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 50
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", line) for line in lines)


@pytest.mark.parametrize("folder", ["mnistreport", "reference", "tests"])
def test_no_images_of_digits_are_committed(folder: str) -> None:
    """The real MNIST never enters the repository."""
    kinds = {".gz", ".npz", ".npy", ".pkl", ".parquet"}
    assert [path for path in (ROOT / folder).rglob("*") if path.suffix in kinds] == []
