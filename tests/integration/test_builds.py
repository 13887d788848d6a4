"""Trainings for real, tiny ones: the same bits every time, whatever happens on the way."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.reference import Range, load_ranges, write_ranges
from tests.integration.conftest import CommandLine, fingerprints
from tests.unit.evidence import around, trainings, write_evidence

GOOD = ("tiny/dropout", "tiny/conv", "tiny/numpy")


def wait_for(condition: object, seconds: float = 120) -> None:
    """Until a condition holds."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.05)


def records(line: CommandLine) -> list[Path]:
    """The finished runs in the store."""
    return list((line.store / "runs").rglob("*.json"))


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The living worker processes of a build."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        spawned = b"spawn_main" in (status.parent / "cmdline").read_bytes()
        if int(parent) == process.pid and state != "Z" and spawned:
            found.append(int(status.parent.name))
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def test_one_worker_or_two_the_same_bits(tmp_path: Path, command_line: CommandLine) -> None:
    """Equal fingerprints with -j 1 and -j 2, and from the store; dropout and convolution too.

    And no temporary file is left.
    """
    two = command_line.check(*GOOD, jobs=2, options=("--seeds", "0,1"))
    again = command_line.check(*GOOD, jobs=2, options=("--seeds", "0,1"))
    one = command_line.check(
        *reversed(GOOD), jobs=1, options=("--seeds", "1,0", "--store", str(tmp_path / "other"))
    )
    assert len(fingerprints(two)) == 6
    assert fingerprints(one) == fingerprints(two) == fingerprints(again)
    assert "6 runs from the store" not in two["stderr"]
    assert len(set(fingerprints(two).values())) == 6
    assert not list(command_line.scratch.iterdir())


def test_a_diverged_training_and_a_timeout_stop_nobody(command_line: CommandLine) -> None:
    """The loss that overflowed is `diverged`, the endless one `error`; the others finish."""
    document = command_line.check(
        *GOOD, "tiny/diverges", "slow/one", jobs=2, options=("--timeout", "40")
    )
    runs = {run["experiment"]: run for run in document["runs"]}
    assert {name: run["status"] for name, run in runs.items()} == {
        **dict.fromkeys(GOOD, "ok"),
        "tiny/diverges": "diverged",
        "slow/one": "error",
    }
    assert "NaN or infinite in epoch" in runs["tiny/diverges"]["reason"]
    assert runs["slow/one"]["reason"] == "took longer than the limit of 40 s and was stopped"
    verdicts = {v["experiment"]: v["verdict"] for v in document["verdicts"]}
    assert verdicts["tiny/diverges"] == "fail"
    assert verdicts["slow/one"] == "error"
    assert document["code"] == 3
    # nothing but the error is tried again
    again = command_line.check(*GOOD, "tiny/diverges")
    assert "4 runs from the store" in again["stderr"] or "to train" not in again["stderr"]
    assert again["code"] == 1


def test_a_killed_worker_costs_one_training(command_line: CommandLine) -> None:
    """Its run is an error with the signal's number, and every other one finishes."""
    process = command_line.start(
        "check", *command_line.arguments(*GOOD, "slow/one", jobs=2), "--format", "json"
    )
    wait_for(lambda: len(records(command_line)) == 3)
    # the endless training is the only one left
    for worker in workers_of(process):
        os.kill(worker, signal.SIGKILL)
    done = command_line.finish(process, 60)
    assert done.returncode == 3, done.stderr
    assert "its worker process ended by signal 9" in done.stdout
    assert done.stdout.count('"status": "ok"') == 3


def test_a_killed_build_goes_on_where_it_was(tmp_path: Path, command_line: CommandLine) -> None:
    """After kill -9 of everything, only what was missing is trained, with equal fingerprints."""
    undisturbed = command_line.check(*GOOD, options=("--store", str(tmp_path / "other")))
    process = command_line.start("check", *command_line.arguments(*GOOD, "slow/one", jobs=2))
    wait_for(lambda: len(records(command_line)) == 3)
    finished = {path: path.stat().st_mtime_ns for path in records(command_line)}
    workers = workers_of(process)
    process.kill()
    process.communicate()
    wait_for(lambda: not any(alive(worker) for worker in workers), 20)
    assert not list(command_line.scratch.iterdir())
    resumed = command_line.check(*GOOD)
    assert fingerprints(resumed) == fingerprints(undisturbed)
    assert finished == {path: path.stat().st_mtime_ns for path in records(command_line)}


def test_interrupting_ends_workers_and_exits_130(command_line: CommandLine) -> None:
    """Ctrl-C: no traceback, no process left behind, finished runs kept."""
    process = command_line.start("check", *command_line.arguments("tiny/numpy", "slow/one", jobs=2))
    wait_for(lambda: len(records(command_line)) == 1)
    wait_for(lambda: workers_of(process))
    workers = workers_of(process)
    os.killpg(process.pid, signal.SIGINT)
    done = command_line.finish(process, 60)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("mnistreport: interrupted")
    wait_for(lambda: not any(alive(worker) for worker in workers), 20)
    assert len(records(command_line)) == 1
    assert not list(command_line.scratch.iterdir())


def test_damage_in_the_store_is_trained_again(command_line: CommandLine) -> None:
    """A warning names the training, and its result is the same as before."""
    before = command_line.check("tiny/numpy")
    (record,) = records(command_line)
    record.write_text(record.read_text().replace('"test_accuracy": 0', '"test_accuracy": 1'))
    after = command_line.check("tiny/numpy")
    assert "is damaged; training tiny/numpy (seed 1) again" in after["stderr"]
    assert fingerprints(after) == fingerprints(before)


def test_two_builds_at_once(command_line: CommandLine) -> None:
    """Both end well in one store, with the same results."""
    arguments = ["build", *command_line.arguments(*GOOD, jobs=1)]
    processes = [
        command_line.start(*arguments, "-o", str(command_line.folder / name)) for name in "ab"
    ]
    for process in processes:
        done = command_line.finish(process)
        assert done.returncode == 0, done.stderr
    assert len(records(command_line)) == 3
    first, second = (
        (command_line.folder / name / "metrics.csv").read_text().splitlines() for name in "ab"
    )
    columns = first[0].split(",")
    kept = [i for i, column in enumerate(columns) if column != "seconds"]
    strip = [[[line.split(",")[i] for i in kept] for line in lines] for lines in (first, second)]
    assert strip[0] == strip[1]


def test_report_renders_from_the_store_without_tensorflow(command_line: CommandLine) -> None:
    """Nothing is trained, and the frameworks are not imported."""
    command_line.check("tiny/numpy", "tiny/dropout")
    (command_line.folder / "tensorflow.py").write_text("raise SystemExit('imported tensorflow')")
    (command_line.folder / "keras.py").write_text("raise SystemExit('imported keras')")
    done = command_line.run("report", *command_line.arguments("tiny/*")[:-2])
    assert done.returncode == 0, done.stderr
    page = Path(command_line.folder, done.stdout.strip())
    assert page.read_text().count("tiny/dropout") > 1
    assert "2 of 4 runs are not in the store" in done.stderr


def test_a_report_of_nothing_exits_5(command_line: CommandLine) -> None:
    """With the reason on the last line."""
    done = command_line.run("report", *command_line.arguments("tiny/numpy")[:-2])
    assert done.returncode == 5
    assert "has no run" in done.stderr.splitlines()[-1]


def test_calibrate_makes_ranges_that_judge(command_line: CommandLine) -> None:
    """Rows as trainings end, then ranges; a fresh seed passes, a worse training does not."""
    reference = command_line.folder / "reference"
    reference.mkdir()
    options = ("--reference", str(reference))
    arguments = command_line.arguments("tiny/numpy")
    done = command_line.run("calibrate", *arguments, "--seeds", "100..111", *options)
    assert done.returncode == 0, done.stderr
    assert "new      tiny/numpy test_accuracy" in done.stdout
    rows = (reference / "calibration" / "published-digits.csv").read_text().splitlines()
    assert len(rows) == 13
    fresh = command_line.check("tiny/numpy", options=options)
    assert fresh["code"] == 0
    assert {v["verdict"] for v in fresh["verdicts"]} <= {"pass", "warn"}
    # nothing left to train: the same ranges again, and no second set of rows
    again = command_line.run("calibrate", *arguments, "--seeds", "100..111", *options)
    assert again.stdout == ""
    assert rows == (reference / "calibration" / "published-digits.csv").read_text().splitlines()
    path = reference / "ranges" / "published-digits.csv"
    ranges = load_ranges(reference, "published", "digits").values()
    write_ranges(path, [_far_above(r) if r.metric == "test_accuracy" else r for r in ranges])
    worse = command_line.check("tiny/numpy", options=options)
    assert worse["code"] == 1
    (failed,) = [v for v in worse["verdicts"] if v["verdict"] == "fail"]
    assert failed["metric"] == "test_accuracy"
    # fresh seeds were trained, and it is their mean that decided
    assert len(set(failed["second"]["seeds"])) == 4
    assert failed["second"]["value"] < failed["second"]["low"]
    assert "outside at a first look: tiny/numpy" in worse["stderr"]
    # the report finds both looks in the store
    done = command_line.run("report", *arguments[:-2], *options)
    assert done.returncode == 1
    page = Path(command_line.folder, done.stdout.strip()).read_text()
    assert "4 fresh seeds: mean" in page
    once = command_line.check("tiny/numpy", options=(*options, "--no-second-look"))
    (failed,) = [v for v in once["verdicts"] if v["verdict"] == "fail"]
    assert failed["second"] is None
    assert "no second look was taken" in failed["reason"]


def _far_above(entry: Range) -> Range:
    """A range moved above what these trainings reach."""
    moved = dataclasses.replace(entry, centre=8.0, spread=0.1)
    first = moved.first_look()
    return dataclasses.replace(moved, low=first.low, high=first.high)


def test_calibrated_seeds_are_named(command_line: CommandLine) -> None:
    """A seed that made its own range proves nothing, and a new machine trains no row again."""
    reference = command_line.folder / "reference"
    arguments = command_line.arguments("tiny/numpy")
    options = ("--seeds", "100..109", "--reference", str(reference))
    assert command_line.run("calibrate", *arguments, *options).returncode == 0
    shutil.rmtree(command_line.store)
    again = command_line.run("calibrate", *arguments, *options)
    assert "10 trainings have a row" in again.stderr
    assert not list(command_line.store.glob("**/*.npz"))
    curves = (reference / "calibration" / "published-digits-curves.csv").read_text()
    assert curves.count("test_accuracy") == 10
    own = command_line.check("tiny/numpy", options=("--seeds", "100", *options[2:]))
    assert "made from these very seeds: 100" in own["notices"][0]


def test_calibrate_is_refused_in_ci(command_line: CommandLine) -> None:
    """A reference changes by a person's hand."""
    done = command_line.run("calibrate", *command_line.arguments("tiny/numpy"), CI="true")
    assert done.returncode == 2
    assert "CI" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["build", "no/such"], 5, "no experiment matches 'no/such'"),
        (["build", "--dataset", "/no/such/folder"], 4, "neither auto, mnist, digits nor a folder"),
        (["build", "--seed", "1", "--seeds", "2"], 2, "--seed and --seeds"),
        (["build", "--seeds", "9..0"], 2, "--seeds took"),
        (["build", "--jobs", "many"], 2, "--jobs"),
        (["show", "wide/adem"], 5, "Did you mean wide/adam"),
        (["list", "--catalog", "/no/such.toml"], 2, "cannot be read"),
    ],
)
def test_bad_input_gets_a_line_and_its_exit_code(
    command_line: CommandLine, arguments: list[str], code: int, message: str
) -> None:
    """Never a traceback."""
    done = command_line.run(*arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_strict_check_fails_on_a_figure_that_our_seeds_do_not_give(
    command_line: CommandLine,
) -> None:
    """A published final far outside them: exit 1 with the figure's name, 0 without the option."""
    catalog = command_line.folder / "catalog.toml"
    published = "published = { test_accuracy = 0.5, rounding = 0.00005 }\n"
    catalog.write_text(catalog.read_text() + published)
    entry = load_catalog([catalog])["tiny/numpy"]
    reference = command_line.folder / "reference"
    ours = trainings(entry, {"test_accuracy": around(0.9, 0.001)})
    write_evidence(reference, [ours])
    arguments = (*command_line.arguments("tiny/numpy"), "--reference", str(reference))
    assert command_line.run("check", *arguments).returncode == 0
    strict = command_line.run("check", *arguments, "--strict-published")
    assert strict.returncode == 1
    assert strict.stderr.splitlines()[-1] == (
        "published figures not reproduced by our seeds: tiny/numpy test_accuracy"
    )


def test_a_build_tells_github_and_its_history(command_line: CommandLine) -> None:
    """Annotations on stderr, the summary appended, a line of history; stdout is the path alone."""
    folder = command_line.folder
    step = folder / "step.md"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(step)}
    arguments = command_line.arguments("tiny/numpy", "tiny/diverges")
    first = command_line.run("build", *arguments, **github)
    assert first.returncode == 1, first.stderr
    page = folder / first.stdout.strip()
    assert page.is_file()
    (annotation,) = [line for line in first.stderr.splitlines() if line.startswith("::")]
    assert annotation.startswith("::error title=tiny/diverges::training: the training loss")
    assert not first.stderr.splitlines()[-1].startswith("::")
    assert step.read_text() == (page.parent / "summary.md").read_text()
    checked = command_line.run("check", *arguments, **github)
    assert step.read_text().count("### ") == 2
    assert "::" not in checked.stdout
    history = folder / "reports" / "history.jsonl"
    assert len(history.read_text().splitlines()) == 1
    second = command_line.run("build", *arguments, "-o", "reports/named")
    assert "::" not in second.stderr
    assert len((folder / "reports" / "named" / "history.jsonl").read_text().splitlines()) == 1
    assert command_line.run("report", *arguments[:-2]).returncode == 1
    assert len(history.read_text().splitlines()) == 1
    shown = command_line.run("open", "--print")
    assert shown.stdout == f"{page}\n"


def test_outputs_that_github_or_the_disk_refuse_cost_no_report(command_line: CommandLine) -> None:
    """One line for each, and the exit code of the results."""
    folder = command_line.folder
    (folder / "reports" / "history.jsonl").mkdir(parents=True)
    done = command_line.run(
        "build", *command_line.arguments("tiny/numpy"), GITHUB_STEP_SUMMARY=str(folder)
    )
    assert done.returncode == 0
    assert (folder / done.stdout.strip()).is_file()
    assert "Traceback" not in done.stderr
    assert "history.jsonl was not added to: Is a directory" in done.stderr
    assert "the step summary" in done.stderr
