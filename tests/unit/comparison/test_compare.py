"""Two builds compared: what is beyond noise, and what is told as one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from mnistreport.calibration import load_rows
from mnistreport.comparison import (
    METRICS,
    BuildComparison,
    Finding,
    Outcome,
    Reading,
    compare_builds,
)
from mnistreport.reference import reference_folder
from tests.unit.comparison.fake_builds import (
    ENTRIES,
    NAMES,
    Off,
    build,
    calibration,
    only,
    reading,
    with_reading,
)

ROWS = calibration()


def compared(off: Off, **changes: object) -> BuildComparison:
    """A build that is typical, and one that is off."""
    return compare_builds(build(**changes), build(off, **changes), ROWS)  # type: ignore[arg-type]


def using(optimizer: str) -> list[str]:
    """The experiments with an optimizer."""
    return [name for name, entry in ENTRIES.items() if entry["optimizer"]["class"] == optimizer]


def told(found: BuildComparison) -> list[tuple[str | None, tuple[str, ...]]]:
    """What the findings are about."""
    return [(finding.trait, finding.members) for finding in found.findings]


def test_equal_fingerprints_are_the_same_bits() -> None:
    """A build beside itself is identical in every experiment, and that is the outcome."""
    found = compared(lambda name, metric: 0.0)
    assert {pair.outcome for pair in found.pairs} == {Outcome.IDENTICAL}
    assert found.outcome is Outcome.IDENTICAL
    assert found.findings == ()


def test_rounding_is_told_apart_from_noise() -> None:
    """In four digits the same is rounding, a tenth of a standard deviation is noise."""
    small = compared(only(["wide/adam"], "final_loss", 1e-6))
    assert small.pairs[NAMES.index("wide/adam")].outcome is Outcome.ROUNDING
    noise = compared(only(["wide/adam"], "final_loss", 0.1))
    assert noise.pairs[NAMES.index("wide/adam")].outcome is Outcome.SAME
    assert small.findings == noise.findings == ()


def test_the_images_alone_decide_nothing() -> None:
    """20 digits lost and none gained are far from chance, and two seeds are as far apart."""
    found = compared(only(["wide/adam"], "test_accuracy", -2))
    pair = found.pairs[NAMES.index("wide/adam")]
    assert pair.read is not None
    assert (pair.read.gained, pair.read.lost) == (0, 20)
    assert pair.read.adjusted < 1e-3
    assert pair.apart_by_seed
    assert found.outcome is Outcome.SAME


def test_an_accuracy_beyond_noise_needs_the_images_too() -> None:
    """Lower by 12 SDs it is worse; where the images do not say so, it is not."""
    lower = compared(only(["wide/adam"], "test_accuracy", -25))
    assert told(lower) == [(None, ("wide/adam",))]
    assert lower.outcome is Outcome.WORSE
    moved = reading("wide/adam", only(["wide/adam"], "test_accuracy", -25))
    unseen = Reading(moved.run, moved.images, dict.fromkeys(range(100), 0))
    assert compare_builds(build(), with_reading(build(), unseen), ROWS).findings == ()


@pytest.mark.parametrize(
    ("metric", "off", "outcome"),
    [
        ("test_accuracy", 9.5, Outcome.BETTER),
        ("test_loss", 30, Outcome.WORSE),
        ("test_loss", -12, Outcome.BETTER),
        ("final_loss", 30, Outcome.WORSE),
        ("first_epoch_loss", 30, Outcome.WORSE),
        ("weight_norm", 30, Outcome.CHANGED),
        ("weight_norm", -12, Outcome.CHANGED),
    ],
)
def test_every_metric_has_its_good_way(metric: str, off: float, outcome: Outcome) -> None:
    """Higher accuracy and lower losses are better; a norm has no good way."""
    assert compared(only(["cnn/model8"], metric, off)).outcome is outcome


@pytest.mark.parametrize(
    ("members", "trait"),
    [
        (using("keras.Adam"), "with the optimizer keras.Adam"),
        (using("keras.SGD"), "with the optimizer keras.SGD"),
        ([n for n in NAMES if n.startswith("wide/")], "of document A"),
        ([n for n in NAMES if n.startswith("numpy/")], "of document D and of the numpy engine"),
        (list(NAMES), ""),
    ],
)
def test_one_cause_is_one_finding(members: list[str], trait: str) -> None:
    """Experiments that share an optimizer, a document, an engine or nothing but the suite."""
    found = compared(only(members, "first_epoch_loss", 30))
    ((words, names),) = told(found)
    assert words is not None
    assert str(words).endswith(trait)
    assert set(names) == set(members)


def test_dropout_is_a_cause() -> None:
    """What moves in all networks with dropout, of three documents, is told once."""
    members = [
        name
        for name, entry in ENTRIES.items()
        if any(layer["class"] == "Dropout" for layer in entry["layers"])
    ]
    assert len({ENTRIES[name]["document"] for name in members}) > 2
    found = compared(only(members, "test_loss", 30))
    assert told(found) == [("with Dropout layers", tuple(members))]


def test_one_that_stands_still_is_no_group() -> None:
    """All Adam experiments but one are told by name: the optimizer cannot be the cause."""
    members = using("keras.Adam")
    found = compared(only(members[1:], "first_epoch_loss", 30))
    assert all(members[0] not in finding.members for finding in found.findings)
    assert {name for finding in found.findings for name in finding.members} == set(members[1:])


def test_several_metrics_of_a_cause_are_one_finding() -> None:
    """Accuracy, losses and norm of the same experiments stand together."""
    members = using("keras.Adam")
    found = compared(lambda name, metric: (-25 if "acc" in metric else 30) * (name in members))
    assert len(found.findings) == 1
    assert [movement.metric for movement in found.findings[0].movements] == list(METRICS)
    assert found.findings[0].movements[0].alone == len(members)


def test_a_cover_is_the_smallest() -> None:
    """Two causes at once are two findings, not a list of experiments."""
    members = {*using("keras.Adamax"), *(n for n in NAMES if n.startswith("numpy/"))}
    found = compared(only(list(members), "final_loss", 30))
    assert len(found.findings) == 2


def test_small_shifts_the_same_way_are_a_drift() -> None:
    """Two SDs are nothing in one experiment, and not by chance in all of them."""
    one = compared(only(["wide/adam"], "test_loss", 2.5))
    assert one.findings == ()
    found = compared(lambda name, metric: 2.5 * (metric == "test_loss"))
    (finding,) = found.findings
    assert finding.drift
    assert (finding.trait, finding.movements[0].agree) == ("", len(NAMES))
    assert found.outcome is Outcome.WORSE


def test_experiments_that_share_a_seeds_luck_do_not_drift() -> None:
    """Where calibration seeds move all norms together, all norms together moving says nothing."""
    shared = [
        replace(row, metrics={**row.metrics, "weight_norm": 1 + 0.05 * math.sin(7.0 * row.seed)})
        for row in ROWS
    ]
    after = build(lambda name, metric: 2.5 * (metric == "weight_norm"))
    assert compare_builds(build(), after, ROWS).findings != ()
    assert compare_builds(build(), after, shared).findings == ()


def test_without_calibration_the_images_are_all_there_is() -> None:
    """One seed and no rows: a lost accuracy is undecided, never worse."""
    after = build(only(["wide/adam"], "test_accuracy", -25))
    found = compare_builds(build(), after, [])
    assert found.outcome is Outcome.UNDECIDED
    assert told(found) == [(None, ("wide/adam",))]


def test_seeds_in_both_builds_are_their_own_noise() -> None:
    """Five seeds that all lose are worse without any calibration; five that scatter are not."""
    names, seeds = ("wide/adam", "wide/sgd"), range(5)
    before = build(names=names, seeds=seeds)

    def after(offs: Mapping[int, float]) -> BuildComparison:
        made = before
        for seed in seeds:
            off = only(["wide/adam"], "test_loss", offs[seed])
            made = with_reading(made, reading("wide/adam", off, seed))
        return compare_builds(before, made, [])

    assert after({seed: 3 + 0.01 * seed for seed in seeds}).outcome is Outcome.WORSE
    scattered = after({0: 3, 1: -2.9, 2: 3.1, 3: -3, 4: 0.1})
    assert scattered.outcome is Outcome.SAME
    assert {s.source for s in scattered.pairs[0].shifts} == {"seeds"}


def test_a_training_that_fails_after_is_worse() -> None:
    """Diverged or crashed after alone is worse, before alone better, in both neither."""
    failed = reading("wide/adam", only([], "", 0), status="diverged", reason="NaN", metrics={})
    whole, broken = build(), with_reading(build(), failed)
    assert compare_builds(whole, broken, ROWS).outcome is Outcome.WORSE
    assert compare_builds(broken, whole, ROWS).outcome is Outcome.BETTER
    other = with_reading(whole, replace(failed, run=replace(failed.run, reason="inf")))
    assert compare_builds(broken, other, ROWS).findings == ()


def test_what_cannot_be_compared_is_named() -> None:
    """Another dataset, an experiment of one build alone, other seeds, other images."""
    reasons = {
        "the datasets differ": build(dataset_sha256="cd" * 32),
        "only before": build(names=NAMES[1:]),
        "no seed in common": build(seeds=(1,)),
    }
    for reason, after in reasons.items():
        assert dict(compare_builds(build(), after, ROWS).left_out)[NAMES[0]] == reason
    fewer = reading(NAMES[0], only([], "", 0))
    cut = with_reading(build(), Reading(fewer.run, 500, {}))
    assert compare_builds(build(), cut, ROWS).left_out == ((NAMES[0], "not the same test images"),)


def test_recipes_that_differ_are_told_once() -> None:
    """A hyperparameter's two values, and whose it is."""
    changed = {
        name: {**entry, "optimizer": {**entry["optimizer"], "learning_rate": 0.5}}
        for name, entry in ENTRIES.items()
        if name in ("small/adam", "wide/adam")
    }
    found = compare_builds(build(), build(entries={**ENTRIES, **changed}), ROWS)
    (recipe,) = found.recipes
    assert (recipe.change.name, recipe.change.after) == ("optimizer.learning_rate", "0.5")
    assert recipe.experiments == ("wide/adam", "small/adam")


def test_two_seeds_of_the_calibration_do_not_differ() -> None:
    """The committed rows of the quick profile: no seed is worse than another, nor better."""
    rows = load_rows(reference_folder() / "calibration" / "quick-digits.csv")
    seeds = sorted({row.seed for row in rows})[:20]

    def of(seed: int) -> list[Reading]:
        empty = reading(NAMES[0], only([], "", 0))
        return [
            Reading(
                replace(
                    empty.run,
                    experiment=row.experiment,
                    recipe=row.recipe,
                    metrics={k: v for k, v in row.metrics.items() if k in METRICS},
                ),
                400,
                None,
            )
            for row in rows
            if row.seed == seed
        ]

    here = [replace(row, dataset=build().dataset_sha256[:16]) for row in rows]
    builds = [build(readings={(r.run.experiment, 0): r for r in of(seed)}) for seed in seeds]
    found: list[Finding] = []
    for before, after in itertools.pairwise(builds):
        found += compare_builds(before, after, here).findings
    assert found == []


def test_what_moved_less_stands_beside_what_moved() -> None:
    """An experiment that is found by its loss shows the accuracy too, and that it is no proof."""
    offs = {"final_loss": 30.0, "test_loss": 4.0}
    found = compared(lambda name, metric: offs.get(metric, 0.0) * (name == "wide/adam"))
    (finding,) = found.findings
    assert [(m.metric, m.alone) for m in finding.movements] == [("test_loss", 0), ("final_loss", 1)]
    assert finding.outcome is Outcome.WORSE
