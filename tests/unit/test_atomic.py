"""Files are whole or not there, and what killed writers left behind goes away."""

from __future__ import annotations

import fcntl
from pathlib import Path

from mnistreport.atomic import write_bytes, write_text


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    """With the next file of that name; those of other names stay."""
    (tmp_path / ".a.json.x1.partial").write_text("half")
    (tmp_path / ".b.json.x1.partial").write_text("half")
    write_bytes(tmp_path / "a.json", b"whole")
    assert (tmp_path / "a.json").read_bytes() == b"whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.json.x1.partial", "a.json"]


def test_what_another_writer_holds_is_left_alone(tmp_path: Path) -> None:
    """Two builds may write the same file at once."""
    partial = tmp_path / ".a.json.x1.partial"
    with partial.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write_text(tmp_path / "a.json", "whole")
        assert partial.exists()
    write_text(tmp_path / "a.json", "again")
    assert not partial.exists()
