"""Whatever a catalog or a reference file holds, it is read or refused in our own words."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnistreport.calibration import load_curves, load_rows
from mnistreport.catalog import load_catalog
from mnistreport.claims.loader import load_claims
from mnistreport.errors import CatalogError, MnistReportError, ReferenceFileError
from mnistreport.experiment import Experiment
from mnistreport.published import load_published
from mnistreport.reference import load_ranges, reference_folder
from mnistreport.sensitivity import load_rows as load_fault_rows
from mnistreport.sensitivity import load_rulings, load_table
from tests.unit.properties.strategies import Damage, changed, damages, paths, values
from tests.unit.records import ENTRY, NUMPY_ENTRY

REFERENCE = reference_folder()
PACKAGED = load_catalog()


@contextmanager
def file_of(content: bytes, name: str = "file.toml") -> Iterator[Path]:
    """A file of its own for one example."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        yield path


def toml(value: Any) -> str:
    """A value in TOML, inline; None, which TOML has not, as a text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "?")


def catalog_of(entry: Any) -> bytes:
    """A catalog file of one entry."""
    entry = {key: item for key, item in entry.items() if key != "name"}
    return f"experiments = {toml({'own/one': entry})}".encode("utf-8", "replace")


def refused_or_read(content: bytes) -> dict[str, Experiment]:
    """What a catalog file adds; a refusal is one message that names the file and each place."""
    with file_of(content) as path:
        try:
            found = load_catalog([path])
        except CatalogError as error:
            assert str(path) in str(error)
            assert str(error).isprintable() or "\n  " in str(error)
            return {}
        return {name: entry for name, entry in found.items() if name not in PACKAGED}


@given(st.sampled_from([ENTRY, NUMPY_ENTRY]), paths, values)
def test_a_value_of_any_kind_anywhere_is_read_or_refused(
    entry: dict[str, Any], path: list[int], value: Any
) -> None:
    """Never a traceback; and what was read can be written and read again."""
    for found in refused_or_read(catalog_of(changed(entry, path, value))).values():
        again = found.model_dump(mode="json", by_alias=True, exclude_none=True)
        assert Experiment.model_validate(again) == found


@given(values)
def test_tables_of_anything_are_refused(value: Any) -> None:
    """In place of experiments, of an entry and of the defaults."""
    for text in (
        f"experiments = {toml(value)}",
        f"experiments = {toml({'a': value})}",
        f"defaults = {toml(value)}\nexperiments = {toml({'a': {}})}",
    ):
        assert refused_or_read(text.encode("utf-8", "replace")) == {}


@given(damages())
def test_damaged_catalogs_are_read_or_refused(damage: Damage) -> None:
    """Any bytes in a file that was whole."""
    refused_or_read(damage(catalog_of(ENTRY)))


@given(st.text(min_size=1, max_size=30))
def test_any_name_is_taken_or_refused(name: str) -> None:
    """A name that is taken is one that folders and pages can bear."""
    entry = {key: item for key, item in ENTRY.items() if key != "name"}
    content = f"experiments = {toml({name: entry})}".encode("utf-8", "replace")
    for taken in refused_or_read(content):
        assert taken.isascii()
        assert taken.isprintable()
        assert ".." not in taken.split("/")


@pytest.mark.parametrize("name", sorted(PACKAGED))
def test_entries_come_back_from_json(name: str) -> None:
    """Equal, with the same recipe and so the same key in the store."""
    entry = PACKAGED[name]
    back = Experiment.model_validate_json(entry.model_dump_json(by_alias=True))
    assert back == entry
    assert back.recipe() == entry.recipe()


@given(st.sampled_from(sorted(PACKAGED)), st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_profile_never_asks_for_more_than_there_is(name: str, train: int, test: int) -> None:
    """Of any dataset's images; and the published one changes nothing else."""
    entry = PACKAGED[name]
    quick = entry.for_profile("quick", (train, test))
    assert 0 < quick.train <= train
    assert 0 < quick.test <= test
    published = entry.for_profile("published", (train, test))
    same = published.model_copy(update={"train": entry.train, "test": entry.test})
    assert same == entry
    assert published.train == min(entry.train, train)


def _ranges(path: Path) -> object:
    (path.parent / "ranges").mkdir()
    path.rename(path.parent / "ranges" / "quick-digits.csv")
    return load_ranges(path.parent, "quick", "digits")


READERS: dict[str, Callable[[Path], object]] = {
    "ranges/quick-digits.csv": _ranges,
    "calibration/quick-digits.csv": load_rows,
    "calibration/published-mnist-curves.csv": load_curves,
    "sensitivity/quick-digits.csv": load_fault_rows,
    "sensitivity/quick-digits-table.csv": load_table,
    "sensitivity/conformance.csv": load_rulings,
    "published/numpy.toml": lambda path: load_published(path.parent),
    "claims.toml": lambda path: load_claims(path, PACKAGED),
}


@pytest.mark.parametrize("name", READERS)
@given(damages(), st.integers(0, 30))
def test_damaged_references_are_read_or_refused(name: str, damage: Damage, lines: int) -> None:
    """By the error that names the file."""
    whole = (REFERENCE / name).read_bytes()
    kept = whole if name.endswith("toml") else b"\n".join(whole.split(b"\n")[: lines + 2])
    with file_of(damage(kept), Path(name).name) as path:
        try:
            READERS[name](path)
        except MnistReportError as error:
            assert isinstance(error, ReferenceFileError)
            assert path.name in str(error)


def test_an_absurd_cell_is_refused(tmp_path: Path) -> None:
    """Python's csv gives up on it with an error of its own."""
    path = tmp_path / "rows.csv"
    path.write_text("experiment,seed\n" + "x" * 200_000 + ",1\n")
    with pytest.raises(ReferenceFileError, match="field larger"):
        load_rows(path)
