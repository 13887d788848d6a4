"""Downloads from a server of the test's own: verified before they land, and always ending."""

from __future__ import annotations

import gzip
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnistreport.data import fetch_mnist, load_dataset, mirrors, mnist
from mnistreport.data.content import Arrays
from mnistreport.data.formats import IDX_STEMS, idx_name
from mnistreport.errors import DataError
from tests.unit.data.samples import idx_file, tiny, write_idx, write_npz

NAMES = {f"{idx_name(stem)}.gz" for stem in IDX_STEMS}


class Server:
    """Serves `files` by their paths; `lengths` lies about the length of some."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.lengths: dict[str, int] = {}
        self.asked: list[str] = []
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.asked.append(self.path)
                data = served.files.get(self.path)
                if data is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                length = served.lengths.get(self.path, len(data))
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def serve(self, folder: str, arrays: Arrays) -> str:
        """Four idx.gz files under a folder."""
        for stem, array in zip(IDX_STEMS, arrays, strict=True):
            self.files[f"/{folder}/{idx_name(stem)}.gz"] = gzip.compress(idx_file(array))
        return f"{self.url}/{folder}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that serves nothing yet."""
    server = Server()
    yield server
    server.close()


def use(monkeypatch: pytest.MonkeyPatch, *urls: str) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", urls[:-1])
    monkeypatch.setattr(mnist, "ARCHIVE", urls[-1])


def test_a_download_lands_verified(
    server: Server, known: Arrays, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MNIST that is nowhere is fetched into the cache, and found there the next time."""
    use(monkeypatch, server.serve("mnist", known))
    said: list[str] = []
    found = load_dataset("auto", say=said.append)
    assert (found.name, found.origin, found.notice) == ("mnist", str(cache), "")
    assert {path.name for path in cache.iterdir()} == NAMES
    assert said == [f"downloading MNIST from {server.url}/mnist/"]
    server.asked.clear()
    assert load_dataset("mnist").sha256 == found.sha256
    assert server.asked == []


def test_a_target_is_taken(
    server: Server, known: Arrays, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`data fetch --data-dir` writes there, and there alone."""
    use(monkeypatch, server.serve("mnist", known))
    target = tmp_path / "new" / "folder"
    assert fetch_mnist(target, lambda _line: None) == target
    assert load_dataset("mnist", target).name == "mnist"
    assert not cache.exists()


def test_the_archive_is_the_last_resort(
    server: Server, known: Arrays, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no mirror has the idx files, Keras' npz gives the same four of them."""
    server.files["/mnist.npz"] = write_npz(tmp_path / "mnist.npz", known).read_bytes()
    use(monkeypatch, f"{server.url}/gone/", f"{server.url}/mnist.npz")
    said: list[str] = []
    assert load_dataset("mnist", say=said.append).origin == str(cache)
    assert {path.name for path in cache.iterdir()} == NAMES
    assert "failed: 404" in said[1]


def test_damaged_files_do_not_hide_a_download(
    server: Server, known: Arrays, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache with damaged files of any name is mended by one download, for good."""
    write_idx(cache, tiny(1))
    write_npz(cache / "mnist.npz", tiny(1))
    use(monkeypatch, server.serve("mnist", known))
    assert load_dataset("mnist").name == "mnist"
    said: list[str] = []
    assert load_dataset("mnist", say=said.append).name == "mnist"
    assert said == []


def test_bad_mirrors_leave_nothing(
    server: Server, known: Arrays, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other data, damage, a page instead of a file: each is told, and nothing is cached."""
    other, cut, page = server.serve("other", tiny(1)), server.serve("cut", known), "/page"
    labels = "train-labels-idx1-ubyte.gz"
    server.files[f"/cut/{labels}"] = server.files[f"/cut/{labels}"][:-9]
    short = server.serve("short", known)
    server.lengths[f"/short/{labels}"] = 10_000
    server.serve("page", known)
    server.files[f"/page/{labels}"] = b"<html>Please log in to the Wi-Fi</html>"
    use(monkeypatch, other, cut, short, f"{server.url}{page}/", f"{server.url}/gone/")
    with pytest.raises(DataError) as caught:
        fetch_mnist(None, lambda _line: None)
    told = str(caught.value).split("; http")
    assert len(told) == 5
    assert "is not MNIST" in told[0]
    assert f"{labels} is no whole gzip file" in told[1]
    assert "IncompleteRead" in told[2]
    assert f"{labels} begins with magic number 0x3c68746d" in told[3]
    assert "404" in told[4]
    assert "\n" not in str(caught.value)
    assert list(cache.iterdir()) == []


def test_endless_files_are_cut_off(
    server: Server, known: Arrays, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror that sends, or announces, more than MNIST has is left at once."""
    monkeypatch.setattr(mirrors, "_MOST_BYTES", 1 << 20)
    images = "train-images-idx3-ubyte.gz"
    long, announced = server.serve("long", known), server.serve("announced", known)
    server.files[f"/long/{images}"] = bytes(3 << 20)
    server.files[f"/announced/{images}"] = bytes(200_000)
    server.lengths[f"/announced/{images}"] = 1 << 40
    use(monkeypatch, long, announced)
    with pytest.raises(DataError) as caught:
        fetch_mnist(None, lambda _line: None)
    assert str(caught.value).count("sends more than 1 MiB") == 2
    assert list(cache.iterdir()) == []


def test_progress_is_told_now_and_then(
    server: Server, known: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow download tells how far it is."""
    monkeypatch.setattr(mirrors, "_LINE_EVERY", -1.0)
    use(monkeypatch, server.serve("mnist", known))
    said: list[str] = []
    load_dataset("mnist", say=said.append)
    assert any(line.startswith("train-images-idx3-ubyte.gz from 127.0.0.1:") for line in said)


def test_a_slow_download_ends(
    server: Server, known: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror that drips is left after the deadline."""
    monkeypatch.setattr(mirrors, "_DEADLINE", -1.0)
    use(monkeypatch, server.serve("mnist", known))
    with pytest.raises(DataError, match="not finished within"):
        fetch_mnist(None, lambda _line: None)


def test_a_folder_that_cannot_be_written_is_told(
    server: Server, known: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that is a file is told, with what to do."""
    (tmp_path / "file").touch()
    use(monkeypatch, server.serve("mnist", known))
    with pytest.raises(DataError, match="file cannot be written to: File exists"):
        fetch_mnist(tmp_path / "file", lambda _line: None)


def test_hosts_that_refuse_are_told(server: Server) -> None:
    """A closed port is silent, an open one is not."""
    silent = mirrors.silent_hosts([f"{server.url}/a/", "http://127.0.0.1:9/b"], 5.0)
    assert silent == {"http://127.0.0.1:9/b": "Connection refused"}


def test_a_network_that_swallows_everything_costs_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where not even names are answered, the wait ends when it was told to."""
    ended = threading.Event()

    def swallow(*_: object, **__: object) -> None:
        ended.wait(60)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", swallow)
    silent = mirrors.silent_hosts(["https://a.invalid/", "https://b.invalid/x.npz"], 0.2)
    ended.set()
    assert len(silent) == 2
    assert set(silent.values()) == {"no answer within 0.2 s"}


def test_a_proxy_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy a host that is not reached directly counts as reachable."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert mirrors.silent_hosts(["https://a.invalid/"], 1.0) == {}
