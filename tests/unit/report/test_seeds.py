"""Seeds side by side."""

import math
import re
from dataclasses import replace

import pytest

from mnistreport.report.findings import by_experiment
from mnistreport.report.seeds import SeedTable, seed_table, spread_plot
from mnistreport.results import Results
from tests.unit.report.fake_results import experiments, fake_results


def three_seeds() -> Results:
    """One experiment, three seeds, known values."""
    results = fake_results(experiments()[:1], seeds=range(3), troubled=False)
    values = zip(results.runs, (0.9, 0.92, 0.94), (31.0, 31.5, 32.0), strict=True)
    runs = [
        replace(run, metrics={**run.metrics, "test_accuracy": accuracy, "weight_norm": norm})
        for run, accuracy, norm in values
    ]
    return replace(results, runs=tuple(runs))


def table_of(results: Results) -> SeedTable | None:
    """The table of the only experiment."""
    (item,) = by_experiment(results)
    return seed_table(item)


def test_seeds_stand_beside_each_other_with_mean_and_deviation() -> None:
    """Those metrics that decide a check; the deviation is a sample's."""
    table = table_of(three_seeds())
    assert table is not None
    assert table.seeds == (0, 1, 2)
    rows = {str(row.metric): row for row in table.rows}
    assert list(rows) == ["test accuracy", "test loss", "final loss", "weight norm"]
    accuracy = rows["test accuracy"]
    assert accuracy.values == ("90.00%", "92.00%", "94.00%")
    assert (accuracy.mean, accuracy.deviation) == ("92.00%", "2.00 pp")
    assert (rows["weight norm"].mean, rows["weight norm"].deviation) == ("31.5", "0.5")


def test_a_seed_that_failed_keeps_its_column() -> None:
    """Without values, and it counts in no mean."""
    results = three_seeds()
    failed = replace(results.runs[1], status="diverged", metrics={"test_loss": math.nan})
    table = table_of(replace(results, runs=(results.runs[0], failed, results.runs[2])))
    assert table is not None
    assert table.rows[0].values == ("90.00%", "\N{EN DASH}", "94.00%")
    assert table.rows[0].mean == "92.00%"


def test_one_seed_has_no_table() -> None:
    """Nor two of which one failed."""
    results = three_seeds()
    assert table_of(replace(results, runs=results.runs[:1])) is None
    failed = replace(results.runs[1], status="error", metrics={})
    assert table_of(replace(results, runs=(results.runs[0], failed))) is None


def test_the_picture_has_a_dot_for_each_seed() -> None:
    """In proportion, the tick at the mean."""
    plot = spread_plot([1.0, 2.0, 4.0])
    dots = [float(x) for x in re.findall(r'cx="([\d.]+)"', plot)]
    assert (dots[2] - dots[1]) / (dots[1] - dots[0]) == pytest.approx(2, rel=0.01)
    tick = re.search(r'class="middle" d="M([\d.]+) ', plot)
    assert tick is not None
    assert abs(float(tick[1]) - sum(dots) / 3) < 0.1


def test_equal_seeds_are_drawn_in_the_middle() -> None:
    """A spread of nothing has no scale."""
    assert spread_plot([0.5, 0.5]).count('cx="75.0"') == 2
