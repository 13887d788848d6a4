"""A training's curve, as small as a word."""

from __future__ import annotations

import re
from dataclasses import replace

from mnistreport.report.findings import by_experiment
from mnistreport.report.sparkline import HEIGHT, WIDTH, sparkline
from tests.unit.report.fake_results import experiments, fake_results


def points_of(accuracies: list[float]) -> list[tuple[float, float]]:
    """Where the line goes, for a run with these test accuracies."""
    results = fake_results(experiments()[:1], troubled=False)
    run = replace(results.runs[0], history={"val_accuracy": accuracies})
    (item,) = by_experiment(replace(results, runs=(run,)))
    found = re.search(r'points="([^"]*)"', sparkline(item))
    if not found:
        return []
    return [(float(x), float(y)) for x, y in (p.split(",") for p in found[1].split())]


def test_a_rising_accuracy_rises() -> None:
    """From left to right, within the drawing."""
    points = points_of([0.1, 0.5, 0.9])
    assert len(points) == 3
    assert points == sorted(points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points)


def test_many_epochs_are_thinned_and_keep_their_ends() -> None:
    """A thousand points would be as large as a chart."""
    points = points_of([i / 1000 for i in range(1000)])
    assert len(points) == 36
    assert points[0] == (2, HEIGHT - 3)
    assert points[-1] == (WIDTH - 2, 3)


def test_a_flat_curve_and_a_short_one_are_no_error() -> None:
    """The one is a level line, the other nothing."""
    assert len({y for _, y in points_of([0.5] * 4)}) == 1
    assert points_of([0.5]) == []
