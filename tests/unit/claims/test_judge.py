"""Claims are decided by intervals over common seeds, and left open where these say nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnistreport.claims import Claim, Finding, JudgedClaim, Reach, in_short, judge_claims
from mnistreport.claims.judge import paired_interval
from mnistreport.evidence import Trainings
from tests.unit.evidence import around, trainings
from tests.unit.records import experiment

ACCURACY = {"of": "metric", "name": "test_accuracy"}
NONE = Reach({}, "")


def claim(*comparisons: dict[str, Any]) -> Claim:
    """A claim of these comparisons."""
    told = [{"why": "a reason", "measure": ACCURACY, **comparison} for comparison in comparisons]
    values = {"name": "a", "document": "E", "source": "s", "claim": "c", "comparisons": told}
    return Claim.model_validate(values)


def judged(*comparisons: dict[str, Any], reach: Reach = NONE, **values: list[float]) -> JudgedClaim:
    """A claim judged where each experiment has these test accuracies by seed."""
    return judged_by(
        claim(*comparisons),
        {name: trainings(experiment(), {"test_accuracy": found}) for name, found in values.items()},
        reach,
    )


def judged_by(one: Claim, evidence: dict[str, Trainings], reach: Reach = NONE) -> JudgedClaim:
    """A claim judged by evidence."""
    return judge_claims([one], evidence, reach)[0]


ABOVE = {"kind": "above", "left": "a", "right": "b", "least": 0.01}


@pytest.mark.parametrize(
    ("lead", "expected"),
    [(0.02, "holds"), (0.0105, "undecided"), (0.0095, "undecided"), (0.005, "does not hold")],
)
def test_above_is_decided_by_the_whole_interval(lead: float, expected: str) -> None:
    """The interval of the difference, about .0014 wide, against the least effect of .01."""
    b = around(0.95, 0.001)
    a = [value + lead for value in reversed(b)]
    assert judged(ABOVE, a=a, b=b).finding == expected


def test_differences_are_paired_over_seeds() -> None:
    """A lead that every seed has is found under a spread ten times as large."""
    b = around(0.9, 0.02)
    found = judged({**ABOVE, "least": 0.001}, a=[value + 0.002 for value in b], b=b)
    (part,) = found.parts
    assert found.finding == Finding.HOLDS
    assert part.effect == pytest.approx(0.002)
    assert part.seeds == 10


def test_only_common_seeds_count() -> None:
    """Nine in common are too few, however many each side has alone."""
    found = judged(ABOVE, a=around(0.97, 0.001, 20), b=around(0.9, 0.001, 9))
    (part,) = found.parts
    assert found.finding == Finding.UNDECIDED
    assert part.reason == "not enough seeds yet: 9 of 10"
    assert part.effect is None


def test_an_experiment_without_evidence_is_undecided() -> None:
    """Nothing was calibrated."""
    assert judged(ABOVE, a=around(0.97, 0.001)).finding == Finding.UNDECIDED


WITHIN = {"kind": "within", "left": "a", "right": "b", "low": -0.002, "high": 0.002}


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        (0.0, "holds"),
        (0.0015, "holds"),
        (0.002, "undecided"),
        (-0.002, "undecided"),
        (0.003, "does not hold"),
        (-0.003, "does not hold"),
    ],
)
def test_within_is_a_test_of_equivalence(lead: float, expected: str) -> None:
    """The whole interval inside holds, the whole interval outside does not, across is open."""
    a = around(0.95 + lead, 0.0005)
    assert judged(WITHIN, a=a, b=[0.95] * 10).finding == expected


def test_a_measure_may_stand_alone() -> None:
    """Without a right side the measure itself is compared."""
    alone = {"kind": "within", "left": "a", "low": 0.05, "high": 0.15}
    assert judged(alone, a=[0.1] * 10).finding == Finding.HOLDS
    above = {"kind": "above", "left": "a", "least": 0.2}
    assert judged(above, a=[0.1] * 10).finding == Finding.DOES_NOT_HOLD


MOST = {"kind": "most", "left": "a", "others": ["b", "c"], "least": 0.0}


def test_best_means_better_than_each() -> None:
    """All must be beaten; one that is not decides against it, one that is close leaves it open."""
    a, worse = around(0.97, 0.001), around(0.95, 0.001)
    assert judged(MOST, a=a, b=worse, c=worse).finding == Finding.HOLDS
    assert judged(MOST, a=a, b=worse, c=around(0.98, 0.001)).finding == Finding.DOES_NOT_HOLD
    close = list(reversed(a))
    assert judged(MOST, a=a, b=worse, c=close).finding == Finding.UNDECIDED
    assert judged(MOST, a=a, b=worse, c=worse[:3]).finding == Finding.UNDECIDED


def test_one_of_many_refutes_at_its_share_of_the_error() -> None:
    """A difference that refutes alone, just below 5%, does not among ten comparisons."""
    a = [0.95] * 10
    b = around(0.95 + 0.0008, 0.001)  # t = 2.5 with 9 degrees of freedom
    assert judged({**MOST, "others": ["b"]}, a=a, b=b).finding == Finding.DOES_NOT_HOLD
    many = {**MOST, "others": ["b"] * 10}
    assert judged(many, a=a, b=b).finding == Finding.UNDECIDED


def test_the_error_of_a_refutation_is_kept() -> None:
    """Simulated: five rivals that are all equal refute "best" in at most 5% of the cases."""
    random = np.random.default_rng(0)
    names = ["b", "c", "d", "e", "f"]
    most = {**MOST, "others": names}
    wrong = 0
    for _ in range(400):
        values = {n: list(random.normal(0.95, 0.01, 12)) for n in ("a", *names)}
        wrong += judged(most, **values).finding is Finding.DOES_NOT_HOLD
    assert wrong <= 400 * 0.05


def test_what_holds_in_all_its_parts_holds() -> None:
    """One part that is open leaves the claim open, one that is refuted refutes it."""
    a, b = around(0.97, 0.001), [0.95] * 10
    open_part = {**ABOVE, "least": 0.02}
    assert judged(ABOVE, ABOVE, a=a, b=b).finding == Finding.HOLDS
    assert judged(ABOVE, open_part, a=a, b=b).finding == Finding.UNDECIDED
    assert judged(ABOVE, {**ABOVE, "least": 0.05}, a=a, b=b).finding == Finding.DOES_NOT_HOLD


def test_beside_decides_nothing() -> None:
    """It shows the measure, alone or beside what decides."""
    beside = {"kind": "beside", "left": "a", "low": 0.9, "high": 0.92}
    a, b = around(0.97, 0.001), [0.95] * 10
    alone = judged(beside, a=a)
    assert alone.finding == Finding.UNDECIDED
    assert alone.parts[0].effect == pytest.approx(0.97)
    assert judged(beside, ABOVE, a=a, b=b).finding == Finding.HOLDS


# --- measures ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ({"of": "metric", "name": "test_loss", "minus": "train_loss"}, 0.3),
        ({"of": "curve", "name": "val_loss", "take": "last"}, 0.5),
        ({"of": "curve", "name": "val_loss", "take": "mean"}, 0.7),
        ({"of": "curve", "name": "val_loss", "take": "change", "since": 2}, -0.1),
        ({"of": "curve", "name": "val_loss", "minus": "loss", "take": "change", "since": 1}, 0.1),
    ],
)
def test_measures_read_metrics_and_curves(measure: dict[str, Any], value: float) -> None:
    """Last value, mean, change since a step, and the distance of two."""
    given = trainings(
        experiment(),
        {"test_loss": [0.5] * 10, "train_loss": [0.2] * 10},
        {"val_loss": [[1.0, 0.6, 0.5]] * 10, "loss": [[0.9, 0.4, 0.3]] * 10},
    )
    one = claim({"kind": "within", "left": "a", "low": 0, "high": 1, "measure": measure})
    assert judged_by(one, {"a": given}).parts[0].effect == pytest.approx(value)


def test_a_training_too_short_for_a_change_does_not_count() -> None:
    """A change since step 3 wants a step after it."""
    given = trainings(experiment(), {}, {"loss": [[0.9, 0.4, 0.3]] * 10})
    measure = {"of": "curve", "name": "loss", "take": "change", "since": 3}
    one = claim({"kind": "above", "left": "a", "least": 0, "measure": measure})
    assert judged_by(one, {"a": given}).parts[0].seeds == 0


def test_values_that_are_not_finite_do_not_count() -> None:
    """A loss that overflowed is no evidence."""
    found = judged(ABOVE, a=[*around(0.97, 0.001), float("nan")], b=[0.95] * 11)
    assert found.parts[0].seeds == 10


def test_gradients_come_from_elsewhere() -> None:
    """They are compared by the seeds of the first weights, and say on which images."""
    measure = {"of": "gradients"}
    one = claim({"kind": "above", "left": "a", "right": "b", "least": 1, "measure": measure})
    reach = Reach({"a": dict.fromkeys(range(10), -0.3), "b": dict.fromkeys(range(10), -3)}, "toy")
    (part,) = judged_by(one, {}, reach).parts
    assert (part.finding, part.images) == (Finding.HOLDS, "toy")
    assert part.effect == pytest.approx(2.7)


def test_the_interval_is_students() -> None:
    """Against a published table: t(.975, 9) = 2.262."""
    values = around(1.0, 0.1)
    mean, low, high = paired_interval(values, 0.05)
    half = 2.2622 * np.std(values, ddof=1) / np.sqrt(10)
    assert (mean, low, high) == pytest.approx((1.0, 1.0 - half, 1.0 + half), rel=1e-4)


def test_a_ledger_is_told_in_short() -> None:
    """Only what there is, and one claim in the singular."""
    b = around(0.95, 0.001)
    holds, fails, open_ = (
        judged(ABOVE, a=[value + lead for value in reversed(b)], b=b)
        for lead in (0.02, 0.005, 0.0105)
    )
    assert in_short([holds, holds, fails, open_]) == (
        "Of 4 claims 2 hold, 1 does not hold, 1 is undecided."
    )
    assert in_short([holds]) == "Of 1 claim 1 holds."
