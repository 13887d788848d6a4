"""Calibration: rows and curves of trainings from many seeds, and the ranges they support."""

from mnistreport.calibration.curves import (
    CurveRow,
    append_curves,
    curves_of,
    curves_path,
    load_curves,
    write_curves,
)
from mnistreport.calibration.ranges import LEAST_SEEDS, derive_ranges
from mnistreport.calibration.rows import (
    Row,
    append_row,
    load_rows,
    row_of,
    rows_path,
    write_rows,
)

__all__ = [
    "LEAST_SEEDS",
    "CurveRow",
    "Row",
    "append_curves",
    "append_row",
    "curves_of",
    "curves_path",
    "derive_ranges",
    "load_curves",
    "load_rows",
    "row_of",
    "rows_path",
    "write_curves",
    "write_rows",
]
