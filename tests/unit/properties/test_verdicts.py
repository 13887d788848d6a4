"""What is judged is judged alike, whatever the figures are."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from mnistreport.calibration import Sample
from mnistreport.drift import find_drift
from mnistreport.looks import SECOND_SEEDS
from mnistreport.reference import Range, Ranges
from mnistreport.run import METRICS, Run
from mnistreport.statistics import summarize
from mnistreport.verdict import Judgement, adjust, judge, needs_second_look, worst
from tests.unit.properties.strategies import accuracies, figures, losses
from tests.unit.records import experiment, run

SEVERITY = list(Judgement)
metrics = st.sampled_from(sorted(METRICS))


@st.composite
def ranges(draw: st.DrawFn) -> Ranges:
    """Ranges of some metrics, made from runs; some of another recipe or other data."""
    found = {}
    for metric in draw(st.sets(metrics, max_size=4)):
        kind = accuracies if metric.endswith("accuracy") else losses
        summary = summarize(draw(st.lists(kind, min_size=2, max_size=20)), metric, 1000)
        found["small/adam", metric] = Range(
            experiment="small/adam",
            metric=metric,
            gated=draw(st.booleans()),
            n=summary.n,
            mean=0.0,
            sd=0.0,
            low=0.0,
            high=0.0,
            scale=summary.scale,
            centre=summary.centre,
            spread=summary.spread,
            images=summary.images,
            second_alpha=draw(st.floats(1e-12, 1e-3)),
            widening=draw(st.floats(1, 4)),
            recipe=draw(st.sampled_from([experiment().recipe()] * 3 + ["0" * 16])),
            dataset="ab" * 8,
        )
    return found


@st.composite
def groups(draw: st.DrawFn, least: int = 1, most: int = 4) -> list[Run]:
    """Runs of one experiment, one a seed, with the same metrics, as far as they ended well."""
    names = draw(st.sets(metrics, min_size=1, max_size=4))
    found = []
    for seed in range(draw(st.integers(least, most))):
        status = draw(st.sampled_from(["ok", "ok", "ok", "diverged", "error"]))
        reason = "" if status == "ok" else draw(st.text(min_size=1, max_size=20))
        values = {name: draw(figures) for name in sorted(names)}
        found.append(run(seed=seed, status=status, reason=reason, metrics=values))
    return found


@given(groups(), ranges(), st.integers(1, 300))
def test_every_metric_has_one_verdict_and_each_its_reason(
    runs: list[Run], known: Ranges, checks: int
) -> None:
    """Only a pass has nothing to say; what cannot be compared is never judged."""
    found = judge(runs, known, checks=checks)
    ended = [one for one in runs if one.status == "ok"]
    judged = [verdict for verdict in found if verdict.metric != "training"]
    assert [v.metric for v in judged] == (list(ended[0].metrics) if ended else [])
    failed = [verdict for verdict in found if verdict.metric == "training"]
    assert sorted(s for v in failed for s in v.seeds) == [r.seed for r in runs if r.status != "ok"]
    for verdict in found:
        assert (verdict.verdict == Judgement.PASS) == (not str(verdict.reason))
        if verdict.verdict == Judgement.NO_REFERENCE:
            assert verdict.low is verdict.high is verdict.p is None
    for verdict in judged:
        of = known.get(("small/adam", verdict.metric))
        if of is None or of.recipe != runs[0].recipe:
            assert verdict.verdict == Judgement.NO_REFERENCE
        elif verdict.outside:
            assert verdict.verdict == (Judgement.WARN if not of.gated else verdict.verdict)
            assert verdict.verdict in (Judgement.WARN, Judgement.FAIL)
        else:
            assert verdict.verdict == Judgement.PASS


@given(groups(), ranges(), st.randoms(use_true_random=False))
def test_the_order_of_seeds_decides_nothing(runs: list[Run], known: Ranges, random: object) -> None:
    """Of the same runs the same comes."""
    mixed = list(runs)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    told = {(v.metric, v.verdict) for v in judge(runs, known, checks=100)}
    assert {(v.metric, v.verdict) for v in judge(mixed, known, checks=100)} == told


@given(ranges(), st.data())
def test_farther_off_is_never_judged_milder(known: Ranges, data: st.DataObject) -> None:
    """On either side of the centre."""
    for (_, metric), of in known.items():
        kind = accuracies if metric.endswith("accuracy") else losses
        near, far = sorted(
            (data.draw(kind), data.draw(kind)), key=lambda value: abs(of.summary.t([value]))
        )
        if (of.summary.t([near]) < 0) != (of.summary.t([far]) < 0):
            continue
        mild, harsh = (
            judge([run(metrics={metric: value})], known, checks=50)[0] for value in (near, far)
        )
        assert SEVERITY.index(mild.verdict) <= SEVERITY.index(harsh.verdict)
        if mild.p is not None and harsh.p is not None:
            assert harsh.p <= mild.p


@given(groups(), ranges(), groups(SECOND_SEEDS, SECOND_SEEDS))
def test_a_second_look_decides_what_it_was_taken_for(
    runs: list[Run], known: Ranges, second: list[Run]
) -> None:
    """With four fresh seeds nothing asks for more, and their mean alone passes or fails."""
    names = {name for one in runs for name in one.metrics}
    fresh = [
        run(seed=1000 + one.seed, metrics={name: one.metrics.get(name, 0.5) for name in names})
        for one in second
    ]
    found = judge(runs, known, fresh, checks=100)
    assert not needs_second_look(found)
    for verdict in found:
        if verdict.second is not None:
            assert verdict.outside
            failed = Judgement.FAIL if verdict.gated else Judgement.WARN
            assert verdict.verdict == (Judgement.PASS if verdict.second.inside else failed)


@given(groups(), ranges())
def test_adjusting_raises_p_values_and_changes_nothing_else(runs: list[Run], known: Ranges) -> None:
    """Only of what decides."""
    found = judge(runs, known, checks=10)
    for before, after in zip(found, adjust(found), strict=True):
        assert after.verdict == before.verdict
        if before.gated and before.p is not None:
            assert after.adjusted is not None
            assert before.p <= after.adjusted <= 1
        else:
            assert after.adjusted is None


@given(st.lists(groups(), min_size=1, max_size=3), ranges())
def test_the_worst_is_none_milder_than_any(found: list[list[Run]], known: Ranges) -> None:
    """But for "no reference" beside a pass, which was judged."""
    verdicts = [verdict for runs in found for verdict in judge(runs, known)]
    overall = worst(verdicts)
    for verdict in verdicts:
        assert (
            SEVERITY.index(verdict.verdict) <= SEVERITY.index(overall)
            or verdict.verdict == Judgement.NO_REFERENCE
        )


@given(
    st.lists(st.floats(-3, 3), min_size=40, max_size=40),
    st.lists(st.floats(-9, 9), min_size=5, max_size=5),
    st.floats(0.01, 3),
)
def test_a_drift_follows_the_shift_of_all(
    noise: list[float], shifts: list[float], more: float
) -> None:
    """The order of experiments does not count, and what all have more of raises it."""
    names = [f"small/e{number}" for number in range(5)]
    known, samples = {}, []
    for place, name in enumerate(names):
        # no two seeds alike, whatever was drawn
        values = {
            seed: math.exp(noise[(7 * place + seed) % 40] * 0.01 + 0.1 * math.sin(seed + place))
            for seed in range(12)
        }
        sample = Sample(experiment(name=name), "test_loss", values)
        samples.append(sample)
        summary = sample.summary
        known[name, "test_loss"] = Range(
            name, "test_loss", True, summary.n, 0, 0, 0, 0, summary.scale, summary.centre,
            summary.spread, summary.images, 1e-3, 1.0, "", "",
        )  # fmt: skip

    def value(extra: float, order: list[str]) -> tuple[float, bool, float]:
        runs = {
            name: [run(metrics={"test_loss": math.exp(0.1 * (shifts[names.index(name)] + extra))})]
            for name in order
        }
        (found,) = find_drift(runs, known, samples)
        return found.value, found.inside, found.limit

    drift, inside, limit = value(0, names)
    assert math.isclose(value(0, names[::-1])[0], drift, abs_tol=1e-9)
    assert inside == (abs(drift) <= limit)
    assert value(more, names)[0] > drift
