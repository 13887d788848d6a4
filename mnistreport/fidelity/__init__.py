"""Published figures judged by our seeds: reproduced, plausible, not reproduced, inconclusive."""

from mnistreport.fidelity.figures import (
    CurveFigures,
    Fidelity,
    Figure,
    PublishedFigures,
    as_printed,
)
from mnistreport.fidelity.judge import interval_width, judge_figures
from mnistreport.fidelity.wording import in_plain_words

__all__ = [
    "CurveFigures",
    "Fidelity",
    "Figure",
    "PublishedFigures",
    "as_printed",
    "in_plain_words",
    "interval_width",
    "judge_figures",
]
