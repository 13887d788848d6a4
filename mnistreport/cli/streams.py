"""stdout and stderr: full disks, readers that have gone, encodings without our signs."""

from __future__ import annotations

import codecs
import errno
import io
import sys
from typing import TYPE_CHECKING

from mnistreport.errors import BrokenPipe, OutputLost

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


#: What stands for a sign that an encoding lacks; a question mark for all others.
_PLAIN = {"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{MULTIPLICATION SIGN}": "x"}


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101  (these streams only write)
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(sign, "?") for sign in lacking), error.end


codecs.register_error("mnistreport", _plain)


class _Descriptor(io.FileIO):
    """Standard output or error; what comes after a failure is dropped.

    Args:
        number: the file descriptor, which stays open.
        essential: whether the command is over with the first failure.
    """

    def __init__(self, number: int, essential: bool) -> None:
        super().__init__(number, "w", closefd=False)
        self._essential = essential
        self._lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        """As `FileIO.write`.

        Raises:
            BrokenPipe: the reader has gone, and the stream is essential.
            OutputLost: it cannot be written otherwise.
        """
        if self._lost:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except OSError as error:
            self._lost = True
            if not self._essential:
                return memoryview(data).nbytes
            if error.errno == errno.EPIPE:
                raise BrokenPipe from None
            raise OutputLost(
                f"stdout could not be written: {error.strerror}",
                "What was trained is in the store; run the command again.",
            ) from None


def install() -> None:
    """Put them in the place of Python's own.

    The answer goes to stdout: without it the command has failed. What stderr does not take is
    lost, and the work goes on. Signs that an encoding lacks become plainer ones.
    """
    for name, essential in (("stdout", True), ("stderr", False)):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue  # closed, or somebody's own
        ours = io.TextIOWrapper(
            io.BufferedWriter(_Descriptor(stream.fileno(), essential)),
            encoding=stream.encoding,
            errors="mnistreport" if stream.errors == "strict" else stream.errors,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        setattr(sys, name, ours)


def flush() -> None:
    """Write what waits for stdout.

    Raises:
        BrokenPipe: the reader has gone.
        OutputLost: it cannot be written otherwise.
    """
    if sys.stdout is not None:
        sys.stdout.flush()
