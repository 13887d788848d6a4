"""A build beside an earlier one, which the report then tells of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from mnistreport.calibration import load_profile_rows
from mnistreport.comparison import Build, compare_builds, read_build
from mnistreport.outputs.document import results_json
from mnistreport.results import Results


def compare_with(baseline: Build, results: Results, folder: Path, reference: Path) -> Results:
    """The results, and what `compare` would say of them after the baseline.

    Args:
        baseline: the earlier build.
        results: of this one.
        folder: that its results.json will be written to.
        reference: the folder whose calibration tells the noise of retraining.

    Raises:
        ReferenceFileError: the calibration is damaged.
    """
    # by way of the file's own text, so that `compare` finds the same in the file
    build = read_build(folder / "results.json", json.loads(results_json(results)))
    rows = load_profile_rows(reference, baseline.profile)
    return replace(results, compared=compare_builds(baseline, build, rows))
