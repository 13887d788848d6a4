"""Stops this process at the n-th change below a folder, so that it can be looked at and killed.

Python runs it at the start of every process that has this folder in PYTHONPATH: a build's workers
too, each with a count of its own.
"""

from __future__ import annotations

import os
import signal
import sys

_CHANGES = frozenset({"os.mkdir", "os.chmod", "os.rename"})
_WRITING = os.O_WRONLY | os.O_RDWR


def _stop_at(number: int, folder: str) -> None:
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
            os.kill(os.getpid(), signal.SIGSTOP)

    sys.addaudithook(hear)


if "TORTURE_STOP" in os.environ:
    _number, _, _folder = os.environ["TORTURE_STOP"].partition(":")
    _stop_at(int(_number), _folder)
