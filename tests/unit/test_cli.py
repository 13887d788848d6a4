"""The command line without trainings: what it imports, where its settings come from."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from mnistreport import cli
from mnistreport.cli.app import app
from mnistreport.configuration import read_configuration
from mnistreport.errors import NothingSelected, UsageError
from mnistreport.selection import choose, parse_seeds
from tests.unit.test_project import example_catalog

HEAVY = (
    *("tensorflow", "jax", "keras", "matplotlib", "pandas", "sklearn", "scipy", "jinja2"),
    *("tensorboard", "mlflow"),
)


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], ()),
        (["build", "--help"], ()),
        (["list"], ()),
        (["show", "numpy/sgd"], ("scipy",)),
        (["figures"], ("scipy",)),
        (["claims"], ("scipy",)),
        (["env"], ()),
        (["conformance", "--help"], ()),
        (["compare", "--help"], ()),
        (["export", "--help"], ()),
        (["open", "--help"], ()),
        (["build", "--dry-run", "--dataset", "digits"], ()),
    ],
)
def test_commands_import_only_what_they_need(arguments: list[str], allowed: tuple[str]) -> None:
    """TensorFlow takes ten seconds to import; nobody who trains nothing waits for it."""
    code = (
        "import sys; from mnistreport.cli import run; code = run(sys.argv[1:]);"
        f"print([m for m in {HEAVY} if m in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    last = done.stderr.splitlines()[-1]
    imported, _, code_of_exit = last.rpartition(" ")
    assert code_of_exit == "0"
    assert set(ast.literal_eval(imported)) <= set(allowed)


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("3", (3,)), ("0..3", (0, 1, 2, 3)), ("0,2,5..6", (0, 2, 5, 6)), ("1,1..2", (1, 2))],
)
def test_seeds_are_numbers_and_ranges(text: str, seeds: tuple[int, ...]) -> None:
    """Without repeats, in the order given."""
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "x", "1..", "3..1", "-1", "0..99999", "1.5", "4294967296"])
def test_what_is_no_seed_is_refused(text: str) -> None:
    """In one line that shows the form."""
    with pytest.raises(UsageError, match="--seeds took"):
        parse_seeds(text)


def test_globs_choose_in_the_catalogs_order() -> None:
    """Each must match something."""
    names = ["a/x", "a/y", "b/x"]
    assert choose(names, ["b/*", "*/x"]) == ["a/x", "b/x"]
    assert choose(names, []) == names
    with pytest.raises(NothingSelected, match=r"'c/\*'"):
        choose(names, ["a/*", "c/*"])


def test_list_and_show_speak_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The document is all that stdout carries."""
    assert cli.run(["list", "numpy/*", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [entry["experiment"] for entry in listed][:2] == ["numpy/sgd", "numpy/adagrad"]
    assert cli.run(["show", "wide/rmsprop", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["optimizer"]["class"] == "keras2.RMSprop"
    assert shown["published_history"]["val_accuracy"][5] is None
    assert len(shown["published_history"]["val_accuracy"]) == 50


def test_show_prints_the_history(capsys: pytest.CaptureFixture[str]) -> None:
    """Recipe, finals, and every table row of the document."""
    assert cli.run(["show", "numpy/adam"]) == 0
    out = capsys.readouterr().out
    assert "numpy.Adam" in out
    assert "0.227933" in out
    assert out.count("\n") > 30


def test_a_flag_beats_the_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The seeds and profile of a dry run show which setting won."""
    table = '[tool.mnistreport]\ndataset = "digits"\nprofile = "published"\nstore = "here"\n'
    (tmp_path / "pyproject.toml").write_text(table)
    monkeypatch.chdir(tmp_path)
    dry = ["build", "numpy/sgd", "--dry-run"]
    assert cli.run(dry) == 0
    assert "stand in" not in capsys.readouterr().err
    monkeypatch.setenv("MNISTREPORT_DATASET", "/no/such")
    assert cli.run(dry) == 4
    assert cli.run([*dry, "--dataset", "digits"]) == 0
    assert not (tmp_path / "here").exists()


def test_every_command_knows_the_catalog_and_the_reference_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that only look, too."""
    catalog = example_catalog(tmp_path)
    table = f'[tool.mnistreport]\ncatalog = ["{catalog.name}"]\nreference = "ours"\n'
    (tmp_path / "pyproject.toml").write_text(table)
    monkeypatch.chdir(tmp_path)
    for command in (["list"], ["show", "course/cnn"], ["figures"]):
        assert cli.run(command) == 0
        assert "course/cnn" in capsys.readouterr().out
    assert cli.run(["claims"]) == 5
    assert "ours" in capsys.readouterr().err


WHOLE_TABLE = """
[tool.mnistreport]
profile = "quick"
dataset = "digits"
data-dir = "data"
catalog = ["course.toml"]
seed = 1
seeds = "1..2"
store = "store"
reference = "reference"
jobs = 1
scheduler = "tcp://10.0.0.1:8786"
resources = ["GPU=1"]
threads = 1
timeout = 60
tensorboard = "logs"
output = "report"
fail-on = "warn"
"""


def test_what_a_command_takes_from_the_file_is_an_option_of_it(tmp_path: Path) -> None:
    """By its name; and nothing in the file is for no command."""
    (tmp_path / "pyproject.toml").write_text(WHOLE_TABLE)
    taken = read_configuration(tmp_path)
    group: Any = typer.main.get_command(app)
    for command, options in taken.pop("data").items():
        inner = group.commands["data"].commands[command]
        assert set(options) <= {option.name for option in inner.params}, command
    for command, options in taken.items():
        assert set(options) <= {option.name for option in group.commands[command].params}, command
    assert len(taken["build"]) == len(WHOLE_TABLE.strip().splitlines()) - 1


@pytest.mark.parametrize(
    ("table", "message"),
    [("colour = 3", "unknown key 'colour'"), ('jobs = "two"', "jobs took 'two'")],
)
def test_a_wrong_configuration_is_refused(tmp_path: Path, table: str, message: str) -> None:
    """With the file, the key and what came."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.mnistreport]\n{table}\n")
    with pytest.raises(UsageError, match=message):
        read_configuration(tmp_path)


def test_somebody_elses_broken_file_does_not_matter(tmp_path: Path) -> None:
    """A pyproject.toml that is no TOML is not ours to complain about."""
    (tmp_path / "pyproject.toml").write_text("mnistreport = [")
    assert read_configuration(tmp_path) == {}


def test_our_table_in_a_broken_file_is_not_passed_over(tmp_path: Path) -> None:
    """Quotes forgotten: the quick profile would be trained in silence."""
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.mnistreport]\nprofile = published\n")
    with pytest.raises(UsageError, match=r"pyproject.toml is no TOML: Invalid value .*line 2"):
        read_configuration(tmp_path)


def test_a_working_folder_that_is_gone_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line: nothing can be written or found there."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert cli.run(["list"]) == 2
    assert capsys.readouterr().err.startswith("mnistreport: the working folder does not exist")


@pytest.mark.parametrize("epoch", ["abc", "-1", "99999999999999"])
def test_a_moment_that_is_none_is_refused_at_once(
    epoch: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is trained; NumPy itself would fall over the first."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert cli.run(["report"]) == 2
    assert f"SOURCE_DATE_EPOCH is '{epoch}'" in capsys.readouterr().err


def test_exit_codes_reach_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    """Usage 2, data 4, nothing selected 5; the last line says why."""
    assert cli.run(["build", "--profile", "fast"]) == 2
    assert cli.run(["data", "verify", "--data-dir", "/no/such"]) == 4
    assert cli.run(["build", "no/*"]) == 5
    assert "no/*" in capsys.readouterr().err.splitlines()[-1]
