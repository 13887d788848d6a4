"""Two builds compared, before and after an upgrade: what moved beyond what retraining explains."""

from mnistreport.comparison.builds import Build, Reading, load_build
from mnistreport.comparison.compare import BuildComparison, compare_builds
from mnistreport.comparison.findings import Finding, Movement
from mnistreport.comparison.pairs import METRICS, Outcome, Pair
from mnistreport.comparison.shifts import Shift

__all__ = [
    "METRICS",
    "Build",
    "BuildComparison",
    "Finding",
    "Movement",
    "Outcome",
    "Pair",
    "Reading",
    "Shift",
    "compare_builds",
    "load_build",
]
