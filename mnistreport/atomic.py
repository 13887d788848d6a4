"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import tempfile
from pathlib import Path


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file through a temporary one in the same folder, then rename.

    Raises:
        OSError: the disk refuses; the old file, if any, is untouched.
    """
    _clear(path)
    handle, partial = _held(path)
    try:
        # held until it has its name: closing it would let it go
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            # mkstemp's files are for their owner alone; ours are as readable as any other
            partial.chmod(0o644)
            partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def write_text(path: Path, text: str) -> None:
    """`write_bytes` of UTF-8 text, newlines as they are."""
    write_bytes(path, text.encode("utf-8"))


def _held(path: Path) -> tuple[int, Path]:
    """A new temporary file for `path`: open, and locked for as long as it is."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
        if _hold(handle):
            return handle, Path(name)
        os.close(handle)


def _hold(handle: int) -> bool:
    """Lock a file; False where `_clear` of another process was faster, and removes it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks, on which `_clear` leaves everything
    return os.fstat(handle).st_nlink > 0


def _clear(path: Path) -> None:
    """Remove the temporary files of processes that were killed: those that nobody holds."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.partial"):
        with contextlib.suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()
