"""The sections on published figures and claims."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.data import load_dataset
from mnistreport.ledger import Reference
from mnistreport.reference import reference_folder
from mnistreport.report.claimed import claim_rows
from mnistreport.report.published import published_section
from mnistreport.report.render import render_report
from mnistreport.results import Results
from tests.unit.evidence import around, trainings, write_evidence
from tests.unit.report.fake_results import HOSTILE, fake_results
from tests.unit.report.test_render import Elements

CATALOG = load_catalog()
#: Experiments that the fake results have too.
NAMES = ["wide/sgd", "depth/relu5", "numpy/sgd", "mlp/model1"]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The fake results, with our claims and some seeds of NAMES."""
    folder = tmp_path_factory.mktemp("reference")
    shutil.copytree(reference_folder() / "published", folder / "published")
    shutil.copy(reference_folder() / "claims.toml", folder)
    binary = {"test_binary_accuracy": around(0.9959, 0.0001), "test_accuracy": [0.979] * 10}
    found = [
        trainings(CATALOG["wide/sgd"], {"test_accuracy": around(0.97, 0.001)}),
        trainings(CATALOG["depth/relu5"], binary),
    ]
    write_evidence(folder, found)
    reference = Reference.read(folder, CATALOG)
    return fake_results(
        figures=reference.figures(NAMES, lambda entry: None),
        claims=reference.claims(load_dataset("digits")),
    )


def test_finals_are_told_with_their_verdicts(results: Results) -> None:
    """Mean, interval and seeds beside the figure, and how many there are of each verdict."""
    section = published_section(results.figures)
    assert section is not None
    rows = {(row.name, row.metric): row for row in section.finals}
    wide = rows["wide/sgd", "test accuracy"]
    assert (wide.mark.word, wide.published, wide.mean) == ("not reproduced", "95.94%", "97.00%")
    assert " – " in wide.interval
    assert wide.seeds == "10"
    assert rows["numpy/sgd", "test accuracy at step 9600"].mark.word == "inconclusive"
    assert rows["depth/relu5", "test binary accuracy"].mark.word == "reproduced"
    assert section.summary == "Of 9 final figures 1 reproduced, 1 not reproduced, 7 inconclusive."
    assert "99.6% was published" in str(section.words)


def test_curves_are_told_by_their_shares(results: Results) -> None:
    """One row a curve, with a count of each verdict."""
    section = published_section(results.figures)
    assert section is not None
    row = next(r for r in section.curves if (r.name, r.curve) == ("mlp/model1", "loss"))
    assert (row.figures, row.inside, row.counts) == ("20", "–", ("0", "0", "0", "20"))


def test_claims_are_told_with_their_evidence(results: Results) -> None:
    """Every claim, its comparisons and the effect of each."""
    rows = claim_rows(results.claims)
    assert len(rows) == 17
    relu = next(row for row in rows if str(row.claim).startswith("ReLU"))
    assert relu.mark.word == "undecided"
    assert [part.mark.word for part in relu.parts] == ["holds", "holds", "undecided"]
    assert "sets of first weights, on digits" in str(relu.parts[0].effect)
    assert all(row.parts[0].why for row in rows)
    assert [bool(part.why) for part in relu.parts] == [True, True, True]
    best = next(row for row in rows if str(row.claim).startswith("Adam is"))
    assert [bool(part.why) for part in best.parts] == [True, False, False, False, False]


def test_the_page_has_both_sections(results: Results) -> None:
    """With links to them, well nested, and every link meets its target."""
    elements = Elements(render_report(results))
    assert elements.open == []
    ids = [attributes["id"] for _, attributes in elements.found if attributes.get("id")]
    assert len(ids) == len(set(ids))
    linked = {a["href"][1:] for tag, a in elements.found if tag == "a" and a.get("href")}
    assert {"published", "claims"} <= linked <= set(ids)


def test_a_build_without_them_has_no_sections() -> None:
    """Nothing published and nothing claimed leaves nothing to show."""
    page = render_report(fake_results())
    assert 'id="published"' not in page
    assert 'id="claims"' not in page
    assert published_section(()) is None


def test_hostile_claims_stay_text(results: Results, tmp_path: Path) -> None:
    """A claims file of somebody else's cannot become elements."""
    from dataclasses import replace

    judged = results.claims[0]
    hostile = judged.claim.model_copy(update={"claim": HOSTILE, "note": HOSTILE, "source": HOSTILE})
    page = render_report(replace(results, claims=(replace(judged, claim=hostile),)))
    elements = Elements(page)
    assert elements.open == []
    assert "img" not in {tag for tag, _ in elements.found}
    assert page.count("<script") == 2
