"""What earlier builds found is drawn beside this one."""

from __future__ import annotations

from dataclasses import replace

from mnistreport.history import PastBuild
from mnistreport.outputs.past import past_build
from mnistreport.report.findings import by_experiment
from mnistreport.report.render import render_report
from mnistreport.report.trends import MOST_BUILDS, HistorySection, history_section
from mnistreport.results import Results
from tests.unit.report.fake_results import HOSTILE, experiments, fake_results


def earlier(count: int, **changes: str) -> tuple[PastBuild, ...]:
    """Builds before this one, the test accuracy of the first experiment rising from one to next."""
    build = past_build(fake_results(experiments()[:3], seeds=(9,)))
    made = []
    for number in range(count):
        first = build.experiments["wide/sgd"]
        metrics = {**first.metrics, "test_accuracy": 0.5 + number / 100}
        found = {**build.experiments, "wide/sgd": replace(first, metrics=metrics)}
        when = f"2026-01-{number + 1:02d}T00:00:00+00:00"
        made.append(replace(build, experiments=found, created=when, **changes))
    return tuple(made)


def section(results: Results) -> HistorySection | None:
    """The section of a build."""
    return history_section(by_experiment(results), results)


def test_a_first_build_has_no_history() -> None:
    """And its page no section, no link."""
    results = fake_results()
    assert section(results) is None
    assert 'id="history"' not in render_report(results)


def test_trends_go_from_the_first_build_to_this_one() -> None:
    """Of the experiments that earlier builds had; this build is the last point."""
    results = fake_results(history=earlier(4))
    found = section(results)
    assert found is not None
    assert [row.name for row in found.rows] == ["wide/sgd", "wide/adam", "small/sgd"]
    accuracy, loss = found.rows[0].trends
    now = next(v for v in results.verdicts if v.metric == "test_accuracy")
    assert accuracy.first == "50.00%"
    assert accuracy.last == f"{100 * (now.value or 0):.2f}%"
    assert accuracy.change == f"+{100 * (now.value or 0) - 50:.2f} pp"
    points = accuracy.drawing.partition('points="')[2].partition('"')[0].split()
    assert len(points) == 5
    heights = [float(point.partition(",")[2]) for point in points]
    assert heights == sorted(heights, reverse=True)
    assert loss.change == "±0"


def test_a_failure_is_a_cross() -> None:
    """Of earlier builds and of this one; the sign does not hang on its colour."""
    found = section(fake_results(history=earlier(3)))
    assert found is not None
    crosses = [row.trends[0].drawing.count("cross") for row in found.rows]
    assert crosses == [0, 0, 4]


def test_builds_are_listed_the_newest_first_with_what_changed() -> None:
    """At most so many, each with the versions that differ from the one before."""
    builds = earlier(MOST_BUILDS + 5)
    newer = replace(builds[-1], versions={**builds[-1].versions, "tensorflow": "9.9"})
    found = section(fake_results(history=(*builds[:-1], newer)))
    assert found is not None
    assert len(found.builds) == found.count == MOST_BUILDS
    assert found.builds[0].changed == "tensorflow 2.21.0 → 9.9"
    assert found.builds[1].changed == ""


def test_a_report_written_again_does_not_count_itself() -> None:
    """The history ends with the very build that it was made from."""
    results = fake_results()
    again = replace(results, history=(past_build(results),))
    assert section(again) is None


def test_hostile_history_stays_text() -> None:
    """Headlines, commits and versions of a file that anybody can edit."""
    results = fake_results(history=earlier(2, headline=HOSTILE, commit=HOSTILE))
    page = render_report(results)
    assert page.count("<script") == 2
    assert "&lt;script&gt;alert(1)" in page
