"""What is told of planted faults follows from the rows that were measured, and meets its aims."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnistreport.catalog import load_catalog
from mnistreport.data import load_dataset
from mnistreport.faults import FAULTS
from mnistreport.reference import reference_folder
from mnistreport.sensitivity import CAUGHT, Sensitivity, assess, load_table
from mnistreport.sensitivity.table import markdown, summary, table_of, table_path

README = Path(__file__).resolve().parent.parent.parent / "README.md"
TABLE = table_path(reference_folder(), "quick", "digits")


@pytest.fixture(scope="module")
def found() -> Sensitivity:
    """Every row judged anew."""
    dataset = load_dataset("digits", None)
    every = list(FAULTS.values())
    return assess(reference_folder(), "quick", dataset, load_catalog(), every)


def test_every_fault_is_measured(found: Sensitivity) -> None:
    """In each of its experiments, with seeds enough."""
    assert found.missing == ()


def test_the_table_follows_from_the_rows(found: Sensitivity) -> None:
    """`mnistreport sensitivity --table` would write the committed one."""
    assert load_table(TABLE) == table_of(found)


def test_the_readme_shows_the_table(found: Sensitivity) -> None:
    """All of it, as the command prints it, and what it comes to."""
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert " ".join(markdown(load_table(TABLE)).split()) in text
    assert next(iter(summary(found))).rpartition(" (")[0] in text


def test_the_controls_are_not_noticed(found: Sensitivity) -> None:
    """Beyond the false-alarm rate of a suite, which is 1% for 160 checks."""
    controls = [one for one in found.found if one.fault.control]
    checks = [one.checked for one in controls]
    assert not any(one.conformance for one in controls)
    assert sum(one.noticed for one in checks) <= 0.01 * sum(one.of for one in checks)


def test_nine_of_ten_faults_are_caught(found: Sensitivity) -> None:
    """In at least nine of ten seeds, by all layers together."""
    assert len(found.caught) >= CAUGHT * len(found.faults)
