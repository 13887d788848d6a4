"""Stops a process at its n-th change below a folder, so that it can be looked at and killed.

Python runs it at the start of every process that has this folder in PYTHONPATH, a build's workers
too, each with a count of its own. Only the first of a build that gets there stops.
"""

from __future__ import annotations

import os
import signal
import sys

_CHANGES = frozenset({"os.mkdir", "os.chmod", "os.rename"})
_WRITING = os.O_WRONLY | os.O_RDWR


def _stop_at(number: int, marker: str, folder: str) -> None:
    left = number

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event != "open" and event not in _CHANGES:
            return
        path = arguments[0]
        if not isinstance(path, str | os.PathLike) or not os.fspath(path).startswith(folder):
            return
        if event == "open" and not int(arguments[2]) & _WRITING:
            return
        left -= 1
        if not left:
            try:
                # only the first of a build: the others must get to its end
                os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGSTOP)

    sys.addaudithook(hear)


if "TORTURE_STOP" in os.environ:
    _number, _marker, _folder = os.environ["TORTURE_STOP"].split(":")
    _stop_at(int(_number), _marker, _folder)
