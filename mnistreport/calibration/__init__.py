"""Calibration: rows and curves of trainings from many seeds, and the ranges they support."""

from mnistreport.calibration.audit import Audit, AuditLine, audit
from mnistreport.calibration.basis import Basis, Maker, find_basis
from mnistreport.calibration.curves import (
    CurveRow,
    append_curves,
    curves_of,
    curves_path,
    load_curves,
    write_curves,
)
from mnistreport.calibration.ranges import LEAST_SEEDS, Sample, derive_ranges, samples_of
from mnistreport.calibration.rows import (
    ROW_COLUMNS,
    Row,
    append_row,
    load_profile_rows,
    load_rows,
    parse_row,
    row_cells,
    row_of,
    rows_path,
    write_rows,
)

__all__ = [
    "LEAST_SEEDS",
    "ROW_COLUMNS",
    "Audit",
    "AuditLine",
    "Basis",
    "CurveRow",
    "Maker",
    "Row",
    "Sample",
    "append_curves",
    "append_row",
    "audit",
    "curves_of",
    "curves_path",
    "derive_ranges",
    "find_basis",
    "load_curves",
    "load_profile_rows",
    "load_rows",
    "parse_row",
    "row_cells",
    "row_of",
    "rows_path",
    "samples_of",
    "write_curves",
    "write_rows",
]
