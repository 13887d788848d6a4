"""MNIST from the network: which mirrors answer, and a download that ends."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from mnistreport.data.content import Arrays
from mnistreport.data.formats import IDX_STEMS, idx_name, read_arrays
from mnistreport.errors import DataError

Say = Callable[[str], None]

#: Seconds to connect, and between two parts of an answer.
TIMEOUT = (5.0, 20.0)
#: Seconds that one file may take, and between two lines about its progress.
_DEADLINE, _LINE_EVERY = 600.0, 3.0
#: No file of MNIST's has more bytes, unpacked or not; a mirror that sends more is none.
_MOST_BYTES = 64 << 20
_CHUNK = 1 << 16


def silent_hosts(urls: Iterable[str], seconds: float) -> dict[str, str]:
    """Which URLs' hosts cannot be reached, and why, after at most `seconds` altogether.

    HTTP libraries' timeouts hold for one address, and never for the look-up of a name: with no
    network they add up to minutes. Behind a proxy only the proxy can tell, and all are tried.
    """
    asked = {url: parts for url in urls if not _proxied(parts := urlsplit(url))}
    silence = {parts.netloc: f"no answer within {seconds:g} s" for parts in asked.values()}

    def ask(parts: SplitResult) -> None:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            # a part of the time for each address: IPv6 may be a dead end where IPv4 works
            socket.create_connection((parts.hostname or "", port), timeout=seconds / 3).close()
        except OSError as error:
            silence[parts.netloc] = error.strerror or str(error)
        else:
            silence.pop(parts.netloc, None)

    hosts = {parts.netloc: parts for parts in asked.values()}.values()
    # the look-up of a name cannot be ended, so its thread must not keep the process alive
    threads = [threading.Thread(target=ask, args=(parts,), daemon=True) for parts in hosts]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    silent = dict(silence)  # a thread may still be at it
    return {url: silent[parts.netloc] for url, parts in asked.items() if parts.netloc in silent}


def _proxied(parts: SplitResult) -> bool:
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    return bool(named) and not proxy_bypass(parts.hostname or "")


def download(mirror: str, say: Say) -> Arrays:
    """MNIST's arrays from one mirror, whole, not yet compared with MNIST's checksum.

    Raises:
        DataError: what came is damaged.
        OSError, ValueError: the mirror does not serve it (requests' errors are OSErrors).
    """
    import pooch

    one = mirror.endswith(".npz")
    urls = [mirror] if one else [f"{mirror}{idx_name(stem)}.gz" for stem in IDX_STEMS]
    with tempfile.TemporaryDirectory(prefix="mnistreport-") as scratch:
        paths = []
        for url in urls:
            path = Path(scratch) / url.rpartition("/")[2]
            get = pooch.HTTPDownloader(
                progressbar=_Meter(url, say), chunk_size=_CHUNK, timeout=TIMEOUT
            )
            get(url, path, None)
            paths.append(path)
        try:
            return read_arrays(paths)
        except DataError as error:
            # where it lay for a moment tells nobody anything
            raise DataError(error.wrong.replace(f"{Path(scratch)}{os.sep}", "")) from None


class _Meter:
    """What pooch takes for a progress bar: it tells how far a file is, and stops one too long."""

    def __init__(self, url: str, say: Say) -> None:
        parts = urlsplit(url)
        self._label = f"{parts.path.rpartition('/')[2]} from {parts.netloc}"
        self._say = say
        self._received = 0
        self._began = self._told = time.monotonic()
        self.total = 0

    def update(self, count: int) -> None:
        """`count` more bytes came.

        Raises:
            ValueError: more than any file of MNIST's.
            TimeoutError: it takes too long.
        """
        self._received += count
        if max(self._received - _CHUNK, self.total) > _MOST_BYTES:
            raise ValueError(f"sends more than {_MOST_BYTES >> 20} MiB")
        now = time.monotonic()
        if now - self._began > _DEADLINE:
            raise TimeoutError(f"not finished within {_DEADLINE:g} s")
        if now - self._told > _LINE_EVERY:
            self._told = now
            of = f" of {self.total / 1e6:.1f}" if self.total else ""
            self._say(f"{self._label}: {self._received / 1e6:.1f}{of} MB")

    def reset(self) -> None:
        """Pooch fills the bar once more at the end."""
        self._received = 0

    def close(self) -> None:
        """Nothing to tidy."""


def reason(error: Exception) -> str:
    """One line: the innermost cause, which says what the layers above it wrap."""
    if isinstance(error, DataError):
        return error.wrong
    while isinstance(cause := error.__cause__ or error.__context__, Exception):
        error = cause
    return " ".join(str(error).split())[:160] or type(error).__name__
