"""The section on calibration: seeds, versions, false alarms, and this build among the seeds."""

from __future__ import annotations

import re
from dataclasses import replace

from mnistreport.calibration import Row, derive_ranges, samples_of
from mnistreport.experiment import Experiment
from mnistreport.reference import SHORT
from mnistreport.report.calibrated import CalibrationSection, calibration_section
from mnistreport.report.findings import by_experiment
from mnistreport.report.rangeplot import seed_plot
from mnistreport.results import Results
from tests.unit.report.fake_results import (
    experiments,
    fake_basis,
    fake_results,
    fake_rows,
    toy_dataset,
)

DATASET = toy_dataset()
DIGEST = DATASET.sha256[:SHORT]


def calibrated(chosen: list[Experiment], rows: list[Row]) -> Results:
    """A build whose ranges rest on some rows."""
    basis = fake_basis(chosen, DATASET, rows)
    return fake_results(chosen, DATASET, troubled=False, basis=basis)


def section(results: Results) -> CalibrationSection:
    """Its section."""
    made = calibration_section(results, by_experiment(results))
    assert made is not None
    return made


def test_seeds_versions_and_dates_are_told() -> None:
    """One line for each set of versions, the most used first; other recipes do not count."""
    chosen = experiments()[:2]
    older = [
        replace(row, seed=row.seed + 100) for row in fake_rows(chosen[:1], DATASET, 3, "keras 2")
    ]
    strange = [replace(row, recipe="another") for row in fake_rows(chosen, DATASET, 5)]
    bases = section(calibrated(chosen, [*older, *fake_rows(chosen, DATASET, 12), *strange])).bases
    assert [(row.made_with, row.trainings) for row in bases] == [
        ("keras 3", "24"),
        ("keras 2", "3"),
    ]
    assert bases[0].what == "Quick profile on digits"
    assert [row.experiments for row in bases] == ["2 / 2", "1 / 2"]
    assert [row.seeds for row in bases] == ["12 (1000 – 1011)", "3 (1100 – 1102)"]
    assert bases[0].dates == "2026-11-01 – 2026-11-12"


def test_the_calibration_behind_published_figures_is_told_too() -> None:
    """Where it is another than that of the runs."""
    chosen = experiments()[:2]
    results = calibrated(chosen, fake_rows(chosen, DATASET, 12))
    assert results.basis is not None
    published = replace(results.basis, profile="published", dataset="mnist")
    bases = section(replace(results, published_basis=published)).bases
    assert [str(row.judges) for row in bases] == ["these runs", "published figures and claims"]
    assert bases[1].what == "Published profile on MNIST"


def test_few_seeds_give_the_computed_rate_alone() -> None:
    """And say from how many on the real ones are counted."""
    made = section(calibrated(experiments()[:2], fake_rows(experiments()[:2], DATASET, 12)))
    told = " ".join(map(str, made.alarms))
    assert "The 8 checks of this build" in told
    assert "from 20 seeds of each experiment on" in told
    assert {row.held_out for row in made.audit} == {"–"}


def test_enough_seeds_are_held_out() -> None:
    """The rate of the real seeds stands beside the computed one."""
    made = section(calibrated(experiments()[:2], fake_rows(experiments()[:2], DATASET, 25)))
    told = " ".join(map(str, made.alarms))
    assert re.search(r"Of the real seeds it is \d\.\d\d%", told)
    assert re.search(r"\d+ of 200 are outside", told)
    assert all(row.held_out.endswith("%") for row in made.audit)


def test_this_build_stands_among_the_seeds() -> None:
    """A strip for each metric that decides and was calibrated, with its place in words."""
    chosen = experiments()[:1]
    results = calibrated(chosen, fake_rows(chosen, DATASET, 12))
    (row,) = section(results).strips
    accuracy = results.runs[0].metrics["test_accuracy"]
    below = sum(r.metrics["test_accuracy"] < accuracy for r in fake_rows(chosen, DATASET, 12))
    assert row.seeds == "12"
    assert str(row.strips[0].told) == f"above {below} of 12"
    assert [bool(strip.plot) for strip in row.strips] == [True, True, False, True, True]


def test_a_build_without_ranges_says_how_to_make_them() -> None:
    """No strip, no rate, a command."""
    made = section(calibrated(experiments()[:2], []))
    assert not made.strips
    assert not made.alarms
    assert "--profile quick" in made.command


def test_without_a_basis_there_is_no_section() -> None:
    """Results that were never judged have none."""
    results = fake_results(basis=None)
    assert calibration_section(results, by_experiment(results)) is None


def test_a_strip_has_a_stroke_for_each_seed_in_sight() -> None:
    """The bar, the strokes as one path, and a dot or an arrow for the run."""
    chosen = experiments()[:1]
    found = fake_rows(chosen, DATASET, 12)
    sample = samples_of(found, chosen, DIGEST)[0]
    entry = derive_ranges(found, chosen, DIGEST)[0]
    svg = seed_plot(sample, entry, [0.9])
    assert svg.count("<rect") == svg.count("<circle") == 1
    assert 9 <= svg.count("v14") <= 12
    assert "<circle" not in seed_plot(sample, entry, [0.1])
    assert seed_plot(sample, entry, []).count("v14") == svg.count("v14")
