"""The claims file: what ours holds, and what no such file may."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.claims import claims_path, load_claims
from mnistreport.claims.records import Beside, Claim
from mnistreport.errors import ReferenceFileError
from mnistreport.reference import reference_folder

CATALOG = load_catalog()
CLAIMS = load_claims(claims_path(reference_folder()), CATALOG)

GOOD = """
[claims.a]
document = "E"
source = "s"
claim = "c"
[[claims.a.comparisons]]
kind = "above"
left = "mlp/model1"
right = "mlp/model2"
measure = { of = "metric", name = "test_accuracy" }
least = 0.0
why = "w"
"""

#: The claims at the end of the seed documents' inventory, by document.
LISTED = {
    "B": {"plain-sgd-is-slowest"},
    "C": {
        "deeper-is-better",
        "sigmoid-with-sgd-is-stuck",
        "relu-cures-the-vanishing-gradient",
        "without-dropout-the-losses-drift-apart",
        "dropout-narrows-the-gap",
    },
    "D": {
        "adagrad-stops-early",
        "rmsprop-repairs-adagrad",
        "nesterov-is-close-to-momentum",
        "adam-is-best",
    },
    "E": {
        "forty-epochs-add-little",
        "wider-and-deeper-is-better",
        "dropout-trades-training-for-test-accuracy",
        "model7-is-the-best-mlp",
        "model7-gains-four-tenths-of-a-point",
        "the-cnn-beats-every-mlp",
        "people-score-97-5-to-98-5-percent",
    },
}


def test_every_claim_of_the_documents_is_there() -> None:
    """Each under its document, none beside."""
    found: dict[str, set[str]] = {}
    for claim in CLAIMS:
        found.setdefault(claim.document, set()).add(claim.name)
    assert found == LISTED


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_compares_experiments_of_its_document(claim: Claim) -> None:
    """Its source is the document's file, and what it compares was trained there."""
    names = list(claim.experiments())
    assert {CATALOG[name].document for name in names} == {claim.document}
    file = claim.source.partition(":")[0]
    assert all(CATALOG[name].source.startswith(file) for name in names)


def test_only_what_people_score_is_beyond_trainings() -> None:
    """Every other claim has a comparison that can decide it."""
    open_claims = [c.name for c in CLAIMS if all(isinstance(p, Beside) for p in c.comparisons)]
    assert open_claims == ["people-score-97-5-to-98-5-percent"]


def test_a_good_file_loads(tmp_path: Path) -> None:
    """In its order; a folder without one has no claims."""
    path = tmp_path / "claims.toml"
    assert load_claims(path, CATALOG) == ()
    path.write_text(GOOD)
    assert [claim.name for claim in load_claims(path, CATALOG)] == ["a"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('kind = "above"', 'kind = "about"'), "comparisons[0]: unknown 'about'; known:"),
        (('kind = "above"\n', ""), "comparisons[0]: needs kind"),
        (("least = 0.0\n", ""), "comparisons[0].least: is missing"),
        (("least = 0.0", 'least = "0"'), "comparisons[0].least: Input should be a valid number"),
        (("least = 0.0", "least = nan"), "comparisons[0].least"),
        (("least = 0.0", "least = 0.0\nleats = 1"), "comparisons[0].leats: unknown field"),
        (('"mlp/model2"', '"mlp/modl2"'), "no experiment is named 'mlp/modl2'; did you mean mlp/"),
        (('"mlp/model1"', '""'), "comparisons[0].left"),
        (('of = "metric"', 'of = "mood"'), "comparisons[0].measure: unknown 'mood'; known:"),
        (('name = "test_accuracy"', 'name = "accuracy"'), "is no metric; known: test_accuracy"),
        (
            (
                'of = "metric", name = "test_accuracy"',
                'of = "curve", name = "loss", take = "change"',
            ),
            "since goes with take = 'change'",
        ),
        (
            ('of = "metric", name = "test_accuracy"', 'of = "curve", name = "x", take = "last"'),
            "comparisons[0].measure.name",
        ),
        (('source = "s"\n', ""), "claims.a.source: is missing"),
        (
            ('source = "s"', 'source = "s"\nname = "b"'),
            "claims.a.name: the table's key is the name",
        ),
        (('why = "w"', 'why = ""'), "comparisons[0].why"),
        (('claim = "c"', 'claim = "c"\nnote = 3'), "claims.a.note"),
        (("[claims.a]\n", "[claim.b]\nx = 1\n[claims.a]\n"), "claim: unknown table"),
        (
            ("[claims.a]\n", '[claims]\n"b c" = 3\n[claims.a]\n'),
            "claims.b c: must be a table; came 3",
        ),
        ((GOOD, GOOD.replace("claims.a", 'claims."A b"')), "claims.A b.name: String should match"),
        ((GOOD, "claims = 3"), "claims: must be tables; came 3"),
        ((GOOD, "[claims.a]\ncomparisons = []"), "claims.a.comparisons"),
        ((GOOD, "[claims"), "cannot be read"),
        ((GOOD, "a = " + "[" * 100_000), "cannot be read"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    """With the file, the place, what was wrong and what came."""
    path = tmp_path / "claims.toml"
    assert change[0] in GOOD
    path.write_text(GOOD.replace(*change, 1))
    with pytest.raises(ReferenceFileError) as caught:
        load_claims(path, CATALOG)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_bounds_the_wrong_way_round_are_refused(tmp_path: Path) -> None:
    """An empty band would refute everything."""
    path = tmp_path / "claims.toml"
    wrong = GOOD.replace('"above"', '"within"').replace("least = 0.0", "low = 0.2\nhigh = 0.1")
    path.write_text(wrong)
    with pytest.raises(ReferenceFileError, match=r"low 0\.2 is not below high 0\.1"):
        load_claims(path, CATALOG)


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """Two wrong fields are two lines."""
    path = tmp_path / "claims.toml"
    path.write_text(GOOD.replace('why = "w"\n', "").replace('claim = "c"\n', ""))
    with pytest.raises(ReferenceFileError, match="has 2 faults"):
        load_claims(path, CATALOG)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """With the file's path."""
    path = tmp_path / "claims.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReferenceFileError, match=r"claims\.toml cannot be read"):
        load_claims(path, CATALOG)
