"""The section on speed."""

from dataclasses import replace

from mnistreport.report.findings import by_experiment
from mnistreport.report.render import render_report
from mnistreport.report.timing import SpeedSection, speed_section
from mnistreport.results import Results
from mnistreport.speed import Account, Bench, Timing
from tests.unit.records import bench
from tests.unit.report.fake_results import fake_results


def section(results: Results) -> SpeedSection:
    """The section of results."""
    return speed_section(by_experiment(results), results)


def bench_of(names: list[str]) -> Bench:
    """A bench of experiments, each of 2e11 operations in 3 s, two abreast, plain in 3 s."""
    timings = Timing(0.1, 3.0, 2), Timing(0.2, 3.0, 1)
    accounts = tuple(Account(name, "float32", 2e11, *timings) for name in names)
    return replace(bench(), accounts=accounts)


def test_without_a_bench_there_are_arithmetic_and_time_alone() -> None:
    """And the page says how to get the rest."""
    results = fake_results()
    found = section(results)
    assert {row.name for row in found.rows} == {run.experiment for run in results.runs}
    assert all(row.bench == () for row in found.rows)
    assert (found.totals, found.about) == ((), "")
    assert "<code>mnistreport bench</code> adds" in render_report(results)


def test_a_bench_of_all_adds_limits_and_totals() -> None:
    """Limit 1 s, ours 1.5 s, 1.5 times the limit, plain 3 s, twice as fast; families, the suite."""
    results = fake_results()
    names = [e.name for e in results.experiments]
    found = section(replace(results, bench=bench_of(names)))
    assert {row.bench for row in found.rows} == {("1.00 s", "1.50 s", "1.50", "3.00 s", "2.00")}
    families = list(dict.fromkeys(name.partition("/")[0] for name in names))
    assert [row.name for row in found.totals] == [*families, "suite"]
    assert "a processor" in str(found.about)
    assert "float32 100 (numpy) / 200 (tensorflow) GFLOP/s" in str(found.about)


def test_a_bench_of_some_has_no_totals() -> None:
    """They would not be those of the experiments on the page."""
    results = fake_results()
    name = results.experiments[0].name
    found = section(replace(results, bench=bench_of([name])))
    assert [row.name for row in found.rows if row.bench] == [name]
    assert found.totals == ()


def test_a_bench_of_none_of_them_is_not_shown() -> None:
    """Its peak would stand there for nothing."""
    found = section(replace(fake_results(), bench=bench_of(["other/one"])))
    assert found.about == ""
