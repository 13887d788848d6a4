"""Two builds compared, before and after an upgrade: what moved beyond what retraining explains."""

from mnistreport.comparison.builds import Build, Reading, load_build, read_build
from mnistreport.comparison.chance import Paired
from mnistreport.comparison.compare import BuildComparison, compare_builds
from mnistreport.comparison.findings import Finding, Movement
from mnistreport.comparison.groups import Group, describe
from mnistreport.comparison.pairs import METRICS, Outcome, Pair
from mnistreport.comparison.shifts import Shift

__all__ = [
    "METRICS",
    "Build",
    "BuildComparison",
    "Finding",
    "Group",
    "Movement",
    "Outcome",
    "Pair",
    "Paired",
    "Reading",
    "Shift",
    "compare_builds",
    "describe",
    "load_build",
    "read_build",
]
