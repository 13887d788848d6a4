"""The files around the package keep their promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mnistreport import cli
from mnistreport.experiment import Experiment

ROOT = Path(__file__).resolve().parent.parent.parent


def block(file: str, marker: str, language: str) -> str:
    """The fenced block that follows a marker in a document."""
    text = (ROOT / file).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {marker} -->\n```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def test_the_readme_has_its_two_commands() -> None:
    """One installs and runs a build without MNIST, one installs and runs tox."""
    for marker, last in (("run", "build --dataset digits"), ("test", "/tox")):
        lines = block("README.md", marker, "sh").strip().splitlines()
        assert lines[0].startswith("python3 -m venv")
        assert "-c constraints.txt" in lines[1]
        assert lines[-1].endswith(last)


def example_catalog(folder: Path) -> Path:
    """The catalog that docs/catalog.md gives as its example."""
    path = folder / "course.toml"
    path.write_text(block("docs/catalog.md", "catalog", "toml"), encoding="utf-8")
    return path


def test_the_example_of_a_catalog_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is listed, and cut to digits it could be trained."""
    path = str(example_catalog(tmp_path))
    assert cli.run(["list", "course/*", "--catalog", path]) == 0
    assert "0.9925" in capsys.readouterr().out
    store = ["--store", str(tmp_path / "store")]
    chosen = ["course/*", "--catalog", path, "--dataset", "digits", *store]
    assert cli.run(["check", *chosen, "--dry-run"]) == 0
    assert "train   course/cnn (seed 0)" in capsys.readouterr().out


def test_the_catalogs_documentation_names_all_that_it_takes() -> None:
    """Every field that a recipe may have, and every class by its name."""
    text = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    told = set(re.findall(r"[A-Za-z0-9_]+", text))
    schema = Experiment.model_json_schema()
    kinds = {
        kind
        for part in schema["$defs"].values()
        for place in [part.get("properties", {}).get("class", {})]
        for kind in place.get("enum", [place.get("const")])
        if kind
    }
    assert len(kinds) > 30
    assert {word for kind in kinds for word in kind.split(".")} <= told
    fields = set(schema["properties"]) - {"name", "claim"}
    assert fields <= told


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
