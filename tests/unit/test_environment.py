"""What a result says of the place it was made in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mnistreport import environment
from mnistreport.environment import describe_environment, package_version


def commit_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commit that a package installed elsewhere records when it is run in a folder."""
    monkeypatch.setattr(environment, "__file__", str(folder.parent / "site" / "x" / "e.py"))
    monkeypatch.chdir(folder)
    environment._commit.cache_clear()
    try:
        return environment._commit()
    finally:
        environment._commit.cache_clear()


def test_the_commit_is_that_of_the_project_it_is_run_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve digits, "+changes" once a tracked file differs, a sentence where there is no git."""
    project = tmp_path / "project"
    project.mkdir()
    assert commit_in(project, monkeypatch) == "not in a git checkout"
    (project / "file").write_text("1", encoding="utf-8")
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    for arguments in (("init", "-q"), ("add", "file"), (*who, "commit", "-qm", "one")):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    clean = commit_in(project, monkeypatch)
    assert len(clean) == 12
    (project / "file").write_text("2", encoding="utf-8")
    assert commit_in(project, monkeypatch) == f"{clean}+changes"


def test_the_environment_names_what_results_depend_on() -> None:
    """Versions, processor and threads, all as text."""
    found = describe_environment(3)
    assert found["threads per training"] == "3"
    assert found["numpy"] == package_version("numpy") != "not installed"
    assert found["cpu"]
    assert found["instruction set"]
    assert package_version("no-such-distribution") == "not installed"
    assert all(isinstance(value, str) for value in found.values())


@pytest.mark.parametrize(
    ("vendor", "flags", "kernels"),
    [
        ("AuthenticAMD", "avx2 avx512f avx512dq avx512cd avx512bw avx512vl", "SkylakeX"),
        ("AuthenticAMD", "avx2 fma", None),
        ("GenuineIntel", "avx2 avx512f avx512dq avx512cd avx512bw avx512vl", None),
    ],
)
def test_openblas_is_told_of_avx512_on_amd_alone(
    vendor: str, flags: str, kernels: str | None
) -> None:
    """Elsewhere it finds the right kernels by itself, and without AVX-512 those would crash."""
    told = f"processor\t: 0\nvendor_id\t: {vendor}\nflags\t\t: fpu {flags}\n\n"
    assert environment.kernels_for(told) == kernels


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("flags\t\t: avx avx2 fma avx512f avx512dq avx512cd avx512bw avx512vl", "AVX-512"),
        ("flags\t\t: avx avx2 fma avx512f", "AVX2"),
        ("flags\t\t: sse2 avx", "AVX"),
        ("Features\t: fp asimd evtstrm", "NEON"),
        ("flags\t\t: sse2", ""),
        ("", ""),
    ],
)
def test_the_widest_vectors_are_named(told: str, expected: str) -> None:
    """The bits of a training depend on them, and a processor's name does not tell."""
    assert environment.instruction_set(told) == expected


def test_the_blas_is_named_with_its_kernels() -> None:
    """A name and a version."""
    name, version = environment.describe_blas().split(",")[0].split(" ", 1)
    assert name
    assert version[0].isdigit()
