"""What is expected: published curves and calibrated ranges, read from `reference/`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """The values of one metric that a faithful training gives, on one profile and dataset.

    `low`..`high` is the range outside which a run fails, `warn_low`..`warn_high` the narrower one
    outside which it warns; `n`, `mean` and `sd` are those of the calibration seeds, on the
    metric's own scale; `scale` ("logit", "log") is where the interval was computed; `recipe` and
    `dataset_sha256` name what it was made with, and `method` how.
    """

    experiment: str
    metric: str
    recipe: str
    dataset_sha256: str
    scale: str
    n: int
    mean: float
    sd: float
    low: float
    high: float
    warn_low: float
    warn_high: float
    method: str
