"""Datasets by name: what is found, what stands in for it, what is refused."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mnistreport.data import describe, fetch_mnist, load_dataset, mnist, open_shared, share
from mnistreport.dataset import MNIST_SHA256
from mnistreport.errors import DataError
from tests.unit.data.test_formats import npz, write_four


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mirror is a closed port of this machine."""
    monkeypatch.setattr(mnist, "MIRRORS", ["http://127.0.0.1:9/mnist/"])
    monkeypatch.setattr(mnist, "ARCHIVE", "http://127.0.0.1:9/mnist.npz")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address on this machine that serves it."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_digits_are_the_same_everywhere() -> None:
    """1,397 and 400 images, verified by their pinned checksum, each class in both sets."""
    digits = load_dataset("digits")
    assert digits.sizes == (1397, 400)
    assert digits.x_train.max() == 255
    assert min(describe(digits)["test images of each class"].values()) >= 30
    # no image of one set is in the other
    train = {image.tobytes() for image in digits.x_train}
    assert not any(image.tobytes() in train for image in digits.x_test)


def test_changed_digits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scikit-learn with other data would silently shift every range."""
    monkeypatch.setattr("mnistreport.data.digits.DIGITS_SHA256", "0" * 64)
    with pytest.raises(DataError, match="digits have changed"):
        load_dataset("digits")


def test_auto_falls_back_to_digits_and_says_so() -> None:
    """Without MNIST and without network: digits, one line, and a notice for the banner."""
    lines: list[str] = []
    found = load_dataset("auto", say=lines.append)
    assert found.name == "digits"
    assert "stand in" in found.notice
    assert lines[-1] == found.notice


def test_mnist_alone_does_not_fall_back() -> None:
    """Asked for by name, it is an error in one line that names every mirror tried."""
    with pytest.raises(DataError, match=r"127.0.0.1:9/mnist/.*127.0.0.1:9/mnist.npz") as error:
        load_dataset("mnist")
    assert "\n" not in str(error.value)


def test_a_named_folder_with_other_data_is_an_error(tmp_path: Path) -> None:
    """What the user pointed at is never silently passed over."""
    write_four(tmp_path)
    for name in ("auto", "mnist"):
        with pytest.raises(DataError, match="is not MNIST: sha256"):
            load_dataset(name, tmp_path)


def test_a_damaged_cache_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a cache, damage is said in one line, and the search goes on."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist.npz").write_bytes(npz())
    lines: list[str] = []
    assert load_dataset("auto", say=lines.append).name == "digits"
    assert "ignored" in lines[0]


def test_mnist_is_found_in_a_named_folder(mnist_dir: Path) -> None:
    """The real files pass their checksum."""
    found = load_dataset("mnist", mnist_dir, offline=True)
    assert found.sha256 == MNIST_SHA256
    assert found.sizes == (60000, 10000)


def test_mnist_is_found_through_the_environment(
    mnist_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MNISTREPORT_DATA_DIR stands in for --data-dir."""
    monkeypatch.setenv("MNISTREPORT_DATA_DIR", str(mnist_dir))
    assert load_dataset("auto", offline=True).name == "mnist"


def test_a_folder_that_is_mnist_is_mnist(mnist_dir: Path) -> None:
    """Content decides, not the folder's name."""
    assert load_dataset(str(mnist_dir)).name == "mnist"


def test_a_download_is_verified_and_kept(
    mnist_dir: Path, served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a mirror that serves the real files, once; the second time it is found in the cache."""
    folder, address = served
    for path in mnist_dir.glob("*.gz"):
        (folder / path.name).symlink_to(path.resolve())
    monkeypatch.setattr(mnist, "MIRRORS", ["http://127.0.0.1:9/", address])
    assert load_dataset("mnist").sha256 == MNIST_SHA256
    monkeypatch.setattr(mnist, "MIRRORS", [])
    assert load_dataset("auto").name == "mnist"


def test_a_mirror_with_wrong_bytes_leaves_nothing(
    tmp_path: Path, served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole files that are not MNIST are refused, and nothing is cached."""
    folder, address = served
    (folder / "mnist.npz").write_bytes(npz())
    monkeypatch.setattr(mnist, "ARCHIVE", f"{address}mnist.npz")
    with pytest.raises(DataError, match="is not MNIST"):
        fetch_mnist(tmp_path / "target", lambda line: None)
    assert list((tmp_path / "target").iterdir()) == []


def test_a_folder_goes_under_its_own_name(tmp_path: Path) -> None:
    """Fashion-MNIST and the like are never taken for MNIST, whatever the folder is called."""
    for name, expected in (("fashion", "fashion"), ("mnist", "mnist (custom)")):
        (tmp_path / name).mkdir()
        write_four(tmp_path / name)
        assert load_dataset(str(tmp_path / name)).name == expected


@pytest.mark.parametrize("name", ["nowhere", ""])
def test_an_unknown_dataset_is_refused(tmp_path: Path, name: str) -> None:
    """Neither a known name nor a folder with files."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError):
        load_dataset(str(tmp_path / (name or "empty")))


def test_workers_map_one_shared_copy(tmp_path: Path) -> None:
    """What is shared comes back equal, mapped from disk."""
    digits = load_dataset("digits")
    folder = share(digits, tmp_path)
    found = open_shared(folder)
    assert found.sha256 == digits.sha256
    assert isinstance(found.x_train, np.memmap)
    np.testing.assert_array_equal(found.x_test, digits.x_test)


def test_a_damaged_shared_copy_is_noticed_and_mended(tmp_path: Path) -> None:
    """One changed byte is an error to a worker, and is written anew by the next build."""
    digits = load_dataset("digits")
    folder = share(digits, tmp_path)
    path = folder / "x_train.npy"
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match="damaged"):
        open_shared(folder)
    assert open_shared(share(digits, tmp_path)).sha256 == digits.sha256
