"""Does Keras still do what it says? Its training, step by step, beside one in NumPy.

`network` and `rules` are the oracle: forward and backward passes, losses and update rules written
from their formulas, in float64 and without Keras. `cases` says what is compared, `causes` what may
be wrong where the two part. The subject is in `mnistreport.training.subject`.
"""

from mnistreport.conformance.process import (
    check_backend,
    examine,
    kept_conformance,
    running,
)
from mnistreport.conformance.record import Conformance, Deviation, Finding, failure, failures, plain

__all__ = [
    "Conformance",
    "Deviation",
    "Finding",
    "check_backend",
    "examine",
    "failure",
    "failures",
    "kept_conformance",
    "plain",
    "running",
]
