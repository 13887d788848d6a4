"""Tables compared with the published ones, row by row."""

from dataclasses import replace
from typing import Any

from mnistreport.report.findings import Findings, by_experiment
from mnistreport.report.replay import replay_table
from tests.unit.report.fake_results import experiments, fake_results

ITERATIONS = [0.0, 600.0, 1200.0, 1800.0]
OURS = [0.0869999, 0.881483, 0.924683, 0.946400]


def found(published: list[float | None], comparable: bool = True, seed: int = 1) -> Any:
    """The table of one experiment whose training accuracies are OURS."""
    chosen = [e for e in experiments() if e.engine == "numpy"]
    results = fake_results(chosen, seeds=(seed,), troubled=False)
    item = by_experiment(results)[0]
    tests = [0.5, 0.6, 0.7, 0.8]
    history = {"iteration": ITERATIONS, "train_accuracy": OURS, "test_accuracy": tests}
    theirs: dict[str, list[float | None]] = {
        "iteration": [*ITERATIONS],
        "train_accuracy": published,
        "test_accuracy": [*tests],
    }
    run = replace(item.runs[0], history=history)
    changed = Findings(item.experiment, (run,), (), (), theirs, {})
    return replay_table([changed], comparable)


def test_rows_replay_to_six_decimals_and_no_further() -> None:
    """A row is the same where all six printed digits are, whatever follows them."""
    table = found([0.087000, 0.881483, 0.924684, 0.946400])
    assert [cells[0].state for _, cells in table.rows] == ["same", "same", "differs", "same"]
    assert table.summary == "3 of 4 rows replay"


def test_where_rows_differ_both_are_shown() -> None:
    """The published figures stand beside ours only where they are others."""
    table = found([0.087000, 0.881483, 0.924684, 0.946400])
    cells = [cells[0] for _, cells in table.rows]
    assert cells[2].ours == "0.924683  0.700000"
    assert cells[2].published == "0.924684  0.700000"
    assert cells[0].published == ""


def test_lost_rows_are_not_counted() -> None:
    """A row that the document lost is neither the same nor different."""
    table = found([None, 0.881483, 0.924683, 0.946400])
    assert table.rows[0][1][0].state == "alone"
    assert table.summary == "3 of 3 rows replay"


def test_what_is_not_comparable_is_not_compared() -> None:
    """Of another profile or dataset our rows stand alone, with no count."""
    table = found([*OURS], comparable=False)
    assert {cells[0].state for _, cells in table.rows} == {"alone"}
    assert table.summary == ""


def test_another_seed_is_not_expected_to_replay() -> None:
    """Its rows are drawn from other weights: they stand alone, and the table says why."""
    table = found([*OURS], seed=1000)
    assert {cells[0].state for _, cells in table.rows} == {"alone"}
    assert table.summary == ""
    assert str(table.others).endswith("sgd had another.")
    assert not found([*OURS]).others
    assert not found([*OURS], comparable=False, seed=1000).others


def test_keras_histories_have_no_such_table() -> None:
    """Experiments counted in epochs are left out; without any other there is no table."""
    results = fake_results(experiments()[:2], troubled=False)
    assert replay_table(by_experiment(results), True) is None
