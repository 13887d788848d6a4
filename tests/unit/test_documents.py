"""`figures`, `claims` and `show` print what the reference folder supports."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mnistreport import cli
from mnistreport.catalog import load_catalog
from mnistreport.fidelity import Fidelity, PublishedFigures
from mnistreport.judging import exit_code
from mnistreport.ledger import Reference, not_reproduced, stored_own_seed
from mnistreport.reference import reference_folder
from mnistreport.selection import Settings
from mnistreport.store import Store
from mnistreport.task import Task
from tests.unit.evidence import around, trainings, write_evidence
from tests.unit.records import run
from tests.unit.report.fake_results import fake_results

CATALOG = load_catalog()


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """A folder with our claims and published figures, and seeds of two models of document E."""
    folder = tmp_path / "reference"
    shutil.copytree(reference_folder() / "published", folder / "published")
    shutil.copy(reference_folder() / "claims.toml", folder)
    found = [
        trainings(
            CATALOG[name],
            {"test_accuracy": around(mean, 0.0005), "train_accuracy": around(0.98, 0.0005)},
        )
        for name, mean in (("mlp/model1", 0.979), ("mlp/model2", 0.9795))
    ]
    write_evidence(folder, found)
    return folder


def spoken(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """What a command prints that ends well."""
    assert cli.run([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def test_figures_judges_every_published_training(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """31 of them, each final with a verdict."""
    told = json.loads(
        spoken(capsys, "figures", "--reference", reference, "--store", tmp_path, "--format", "json")
    )
    assert len(told) == 31
    finals = {(f["experiment"], f["metric"]): f["verdict"] for one in told for f in one["finals"]}
    expected = sum(len({*e.published.figures()} - {"parameters"}) for e in CATALOG.values())
    assert len(finals) == expected
    assert finals["mlp/model1", "test_accuracy"] == "reproduced"
    assert finals["mlp/model1", "train_accuracy"] == "not reproduced"
    assert finals["mlp/model3", "test_accuracy"] == "inconclusive"
    curves = {(c["experiment"], c["name"]): c for one in told for c in one["curves"]}
    assert sum(len(curve["figures"]) for curve in curves.values()) == 806 + 560 + 204 + 140
    assert curves["mlp/model1", "loss"]["share_inside"] is None


def test_figures_prints_tables_and_plain_words(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Finals, curves, and what document C's 99.6% was."""
    given = ("--reference", reference, "--store", tmp_path)
    out = spoken(capsys, "figures", "mlp/model1", "depth/relu5", *given)
    lines = {tuple(line.split()[:3]): line for line in out.splitlines()}
    assert "reproduced" in lines["mlp/model1", "test_accuracy", "0.9789"]
    assert "99.9% interval" in lines["mlp/model1", "train_accuracy", "0.998133"]
    assert lines["mlp/model1", "loss", "20"].split()[-1] == "20"
    assert "depth/relu5: 99.6% was published" in out


def test_show_has_the_verdicts(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a table, and in the JSON."""
    given = ("show", "mlp/model1", "--reference", reference, "--store", tmp_path)
    assert "below the 99.9%" not in (out := spoken(capsys, *given))
    assert "above the 99.9% interval of a new run" in out
    (told,) = json.loads(spoken(capsys, *given, "--format", "json"))["published_figures"]
    assert [figure["verdict"] for figure in told["finals"]] == [
        "reproduced",
        "not reproduced",
        "inconclusive",
    ]


def test_claims_prints_the_ledger(reference: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each claim with its finding, what decides it and the evidence."""
    out = spoken(capsys, "claims", "--reference", reference)
    assert "holds: forty-epochs-add-little (document E)" in out
    assert "+0.05 pp (95% CI +0.05 pp to +0.05 pp, 10 seeds)" in out
    assert (
        "test accuracy: mlp/model2 minus mlp/model1 between \N{MINUS SIGN}0.20 pp and +0.20 pp"
        in out
    )
    assert "undecided: adam-is-best (document D)" in out
    assert "not enough seeds yet: 0 of 10" in out
    assert "10 sets of first weights, on " in out


def test_claims_speaks_json(reference: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Effects in the measure's own unit, and the interval."""
    told = json.loads(spoken(capsys, "claims", "--reference", reference, "--format", "json"))
    by_name = {claim["name"]: claim for claim in told}
    assert len(by_name) == 17
    (part,) = by_name["forty-epochs-add-little"]["evidence"]
    assert (part["left"], part["right"]) == ("mlp/model2", "mlp/model1")
    assert part["effect"] == pytest.approx(0.0005)
    assert part["ci_low"] <= part["effect"] <= part["ci_high"]
    assert part["why"]


def test_a_folder_without_claims_exits_5(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the file that is missing."""
    assert cli.run(["claims", "--reference", str(tmp_path)]) == 5
    assert "claims.toml holds no claims" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [("[claims.a]\nx = 1", "claims.a.x: unknown field"), ("[claims", "cannot be read")],
)
def test_a_faulty_claims_file_exits_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    """Told in lines, without a traceback."""
    (tmp_path / "claims.toml").write_text(text)
    assert cli.run(["claims", "--reference", str(tmp_path)]) == 4
    assert message in capsys.readouterr().err


def test_gradients_of_a_network_that_has_none_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A claim on the gradients of a convolution names its file."""
    ours = (reference_folder() / "claims.toml").read_text()
    (tmp_path / "claims.toml").write_text(ours.replace('"depth/relu5"', '"cnn/model8"'))
    assert cli.run(["claims", "--reference", str(tmp_path)]) == 4
    assert "gradients are not computed: cnn/model8" in capsys.readouterr().err


# --- replays and --strict-published -----------------------------------------------------


def test_the_store_knows_the_documents_own_seed(tmp_path: Path) -> None:
    """Only a published training on MNIST from that seed; none where the document told no seed."""
    from mnistreport.dataset import MNIST_SHA256

    entry = CATALOG["numpy/sgd"]
    store = Store(tmp_path)
    own = stored_own_seed(store, threads=1)
    assert own(entry) is None
    assert own(CATALOG["mlp/model1"]) is None
    task = Task(entry, "published", 1, "mnist", MNIST_SHA256, 1)
    values: dict[str, Any] = {
        "experiment": entry.name,
        "recipe": entry.recipe(),
        "dataset": "mnist",
        "dataset_sha256": MNIST_SHA256,
        "seed": 1,
        "history": {"test_accuracy": [0.9784]},
    }
    store.save(task, run(**values), None)
    found = own(entry)
    assert found is not None
    assert found.at("test_accuracy", 0) == 0.9784


def judged(reference: Path, *names: str) -> tuple[PublishedFigures, ...]:
    """The figures of these experiments."""
    return Reference.read(reference, CATALOG).figures(list(names), lambda entry: None)


def test_a_final_that_is_not_reproduced_fails_only_a_strict_build(reference: Path) -> None:
    """Inconclusive and plausible figures never fail it."""
    failed = judged(reference, "mlp/model1")
    open_ones = judged(reference, "mlp/model3")
    assert [figure.metric for figure in not_reproduced(failed)] == ["train_accuracy"]
    assert {f.verdict for item in open_ones for f in item.finals} == {Fidelity.INCONCLUSIVE}
    results = fake_results(troubled=False, figures=failed)
    assert exit_code(results, Settings()) == 0
    assert exit_code(results, Settings(strict_published=True)) == 1
    assert exit_code(results, Settings(fail_on="never", strict_published=True)) == 1
    open_results = fake_results(troubled=False, figures=open_ones)
    assert exit_code(open_results, Settings(strict_published=True)) == 0
    assert exit_code(fake_results(figures=failed), Settings(strict_published=True)) == 3
