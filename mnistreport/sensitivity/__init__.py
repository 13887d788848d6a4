"""How often planted faults are noticed: measured trainings, and what each check says of them."""

from mnistreport.sensitivity.assess import CAUGHT, Sensitivity, assess
from mnistreport.sensitivity.detect import Detection, FaultFound, detect
from mnistreport.sensitivity.records import (
    FaultRow,
    Ruling,
    append_row,
    append_ruling,
    load_rows,
    load_rulings,
    rows_path,
    rulings_path,
)
from mnistreport.sensitivity.table import TableRow, load_table, table_path

__all__ = [
    "CAUGHT",
    "Detection",
    "FaultFound",
    "FaultRow",
    "Ruling",
    "Sensitivity",
    "TableRow",
    "append_row",
    "append_ruling",
    "assess",
    "detect",
    "load_rows",
    "load_rulings",
    "load_table",
    "rows_path",
    "rulings_path",
    "table_path",
]
