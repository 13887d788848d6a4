"""The verdict in one sentence."""

from dataclasses import replace

from mnistreport.report.headline import headline, overall
from mnistreport.verdict import Judgement
from tests.unit.report.fake_results import experiments, fake_results, toy_dataset


def test_all_inside_is_said_plainly() -> None:
    """A build without any trouble says that all are inside."""
    results = fake_results(experiments()[:3], troubled=False)
    assert headline(results) == "All 3 experiments inside their ranges."


def test_an_experiment_outside_is_named() -> None:
    """One failure among passes is counted out and named."""
    results = fake_results(experiments()[:3])
    assert headline(results) == (
        "2 of 3 experiments inside their ranges; small/sgd is outside; wide/adam needs a look."
    )


def test_every_kind_of_trouble_is_told() -> None:
    """Diverged, crashed and unjudged experiments are told apart from those outside."""
    told = str(headline(fake_results()))
    assert told.startswith("7 of 11 experiments inside their ranges; small/sgd is outside; ")
    assert "small/nadam diverged; mlp/model3 ended in an error" in told
    assert told.endswith("own/net has no range yet.")


def test_without_ranges_nothing_is_called_inside() -> None:
    """Where no range exists the sentence says so instead of counting passes."""
    results = fake_results(experiments()[:2], toy_dataset(), troubled=False)
    unjudged = tuple(
        replace(v, verdict=Judgement.NO_REFERENCE, low=None, high=None) for v in results.verdicts
    )
    told = headline(replace(results, verdicts=unjudged))
    assert told == "2 of 2 experiments trained, with no range yet to judge by."


def test_a_build_passes_only_where_every_experiment_was_judged() -> None:
    """One without a range is no failure, and no pass either."""
    results = fake_results(experiments()[:2], troubled=False)
    first = results.experiments[0].name
    unjudged = tuple(
        replace(v, verdict=Judgement.NO_REFERENCE) if v.experiment == first else v
        for v in results.verdicts
    )
    assert overall(results) is Judgement.PASS
    assert overall(replace(results, verdicts=unjudged)) is Judgement.NO_REFERENCE


def test_nothing_run_is_said() -> None:
    """An empty build has a sentence too."""
    empty = replace(fake_results(), experiments=(), runs=(), verdicts=())
    assert headline(empty) == "No experiment was run."
