"""Where a dataset is looked for, in which order, and under which name it goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnistreport.data import describe, fetch_mnist, load_dataset
from mnistreport.data.content import Arrays
from mnistreport.data.digits import load_digits
from mnistreport.dataset import MNIST_SHA256, content_sha256
from mnistreport.errors import DataError, ExitCode
from tests.unit.data.samples import idx_file, tiny, write_idx, write_npz


def test_the_real_mnist_is_verified(mnist_dir: Path) -> None:
    """The real files have MNIST's sizes, checksum and class counts."""
    found = load_dataset("mnist", mnist_dir, offline=True)
    assert (found.name, found.sizes, found.notice) == ("mnist", (60000, 10000), "")
    assert found.sha256 == MNIST_SHA256 == content_sha256(*_arrays(found))
    assert np.bincount(found.y_test).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


def test_one_pixel_is_noticed(mnist_dir: Path, tmp_path: Path) -> None:
    """MNIST with one bit of one image changed is not MNIST, and the file is named."""
    x_train, y_train, x_test, y_test = _arrays(load_dataset("mnist", mnist_dir))
    x_test = x_test.copy()
    x_test[7, 14, 14] ^= 1
    write_npz(tmp_path / "mnist.npz", (x_train, y_train, x_test, y_test))
    with pytest.raises(DataError, match=r"is not MNIST: .*other than MNIST's: t10k-images\b"):
        load_dataset("mnist", tmp_path)


def test_the_named_folder_comes_first(
    tmp_path: Path, cache: Path, known: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MNIST is looked for in --data-dir, the environment, our cache and Keras', in this order."""
    keras = write_npz(tmp_path / "keras" / "datasets" / "mnist.npz", known)
    places = [write_idx(tmp_path / "given", known), write_idx(tmp_path / "env", known, packed=True)]
    places += [write_npz(cache / "mnist.npz", known), keras]
    monkeypatch.setenv("MNISTREPORT_DATA_DIR", str(places[1]))
    assert load_dataset("mnist", places[0], offline=True).origin == str(places[0])
    assert load_dataset("mnist", offline=True).origin == str(places[1])
    monkeypatch.delenv("MNISTREPORT_DATA_DIR")
    assert load_dataset("auto", offline=True).origin == str(places[2])
    places[2].unlink()
    assert load_dataset("mnist", offline=True).origin == str(places[3])


@pytest.mark.parametrize("name", ["mnist", "auto"])
@pytest.mark.parametrize("by", ["option", "environment"])
@pytest.mark.parametrize("damage", ["other", "truncated", "incomplete"])
def test_a_named_folder_with_bad_files_is_an_error(
    tmp_path: Path,
    cache: Path,
    known: Arrays,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    by: str,
    damage: str,
) -> None:
    """Bad files where the user pointed end in exit 4, though the cache has good ones."""
    write_idx(cache, known)
    bad = write_idx(tmp_path / "bad", tiny(1) if damage == "other" else known)
    if damage == "truncated":
        (bad / "train-labels-idx1-ubyte").write_bytes(idx_file(known[1])[:-1])
    if damage == "incomplete":
        (bad / "train-labels-idx1-ubyte").unlink()
    if by == "environment":
        monkeypatch.setenv("MNISTREPORT_DATA_DIR", str(bad))
    with pytest.raises(DataError) as caught:
        load_dataset(name, bad if by == "option" else None)
    assert str(bad) in str(caught.value)
    assert caught.value.exit_code == ExitCode.BAD_DATA


def test_bad_caches_are_passed_over(tmp_path: Path, cache: Path, known: Arrays) -> None:
    """A damaged cache is told in one line, and the next one is taken."""
    write_npz(cache / "mnist.npz", tiny(1))
    keras = write_npz(tmp_path / "keras" / "datasets" / "mnist.npz", known)
    said: list[str] = []
    assert load_dataset("mnist", offline=True, say=said.append).origin == str(keras)
    assert len(said) == 1
    assert said[0].startswith(f"ignored: {cache / 'mnist.npz'} is not MNIST")


def test_an_empty_folder_is_an_error_for_mnist(tmp_path: Path, cache: Path, known: Arrays) -> None:
    """--data-dir without files is an error, though the cache has MNIST."""
    write_idx(cache, known)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty holds no MNIST files"):
        load_dataset("mnist", tmp_path / "empty")


def test_an_empty_folder_is_passed_over_by_auto(tmp_path: Path, cache: Path, known: Arrays) -> None:
    """For auto, --data-dir without files is told, and the caches are looked into."""
    write_idx(cache, known)
    (tmp_path / "empty").mkdir()
    said: list[str] = []
    assert load_dataset("auto", tmp_path / "empty", say=said.append).origin == str(cache)
    assert said == [f"the data folder {tmp_path / 'empty'} holds no MNIST files: looking elsewhere"]


@pytest.mark.parametrize("name", ["mnist", "auto"])
def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, name: str) -> None:
    """--data-dir with a slip of the pen is never passed over."""
    with pytest.raises(DataError, match="nowhere does not exist"):
        load_dataset(name, tmp_path / "nowhere")


def test_mnist_that_is_nowhere_is_an_error() -> None:
    """MNIST asked for by name and not found says how to get it."""
    with pytest.raises(DataError, match=r"not found on this machine.*mnistreport data fetch"):
        load_dataset("mnist", offline=True)


@pytest.mark.parametrize("offline", [True, False])
def test_auto_falls_back_to_digits(offline: bool) -> None:
    """Without MNIST and a network, auto gives digits and says so, to the reader and the report."""
    said: list[str] = []
    found = load_dataset("auto", offline=offline, say=said.append)
    assert (found.name, found.sha256) == ("digits", load_digits().sha256)
    assert said[-1] == found.notice
    assert "MNIST was not found" in found.notice
    assert "mnistreport data fetch" in found.notice
    assert "--data-dir" in found.notice
    assert len(said) == (1 if offline else 2)
    assert not any("\n" in line for line in said)


def test_digits_have_no_notice() -> None:
    """Digits that were asked for stand in for nothing."""
    assert load_dataset("digits").notice == ""


@pytest.mark.parametrize(
    ("folder", "name", "slug"),
    [
        ("fashion", "fashion", "fashion"),
        ("mnist", "mnist (custom)", "mnist-custom"),
        ("Digits", "Digits (custom)", "Digits-custom"),
        ("a\nb", "a?b", "a-b"),
        ("\udcff", "?", "dataset"),
    ],
)
def test_a_folder_gives_its_name(tmp_path: Path, folder: str, name: str, slug: str) -> None:
    """Data of one's own are never taken for MNIST or digits, and can be printed."""
    found = load_dataset(str(write_idx(tmp_path / folder, tiny())))
    assert (found.name, found.slug, found.sizes) == (name, slug, (20, 5))
    json.dumps([found.name, found.origin], ensure_ascii=False).encode()


def test_known_content_gives_its_name(tmp_path: Path, known: Arrays) -> None:
    """MNIST and digits are recognised by content in a folder of any name."""
    digits = write_idx(tmp_path / "some", _arrays(load_digits()))
    assert load_dataset(str(write_idx(tmp_path / "other", known))).name == "mnist"
    assert load_dataset(str(digits)).name == "digits"


def test_the_current_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is named after the folder that it means."""
    monkeypatch.chdir(write_idx(tmp_path / "kuzushiji", tiny()))
    assert load_dataset(".").name == "kuzushiji"


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    """A name that is none, a file, and an empty folder each say what was expected."""
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="'mnits' is neither auto, mnist, digits nor a folder"):
        load_dataset("mnits")
    with pytest.raises(DataError, match="file' is neither"):
        load_dataset(str(tmp_path / "file"))
    with pytest.raises(DataError, match="empty holds no dataset"):
        load_dataset(str(tmp_path / "empty"))


def test_a_failed_fetch_leaves_nothing(cache: Path) -> None:
    """A fetch that fails leaves no trace in the cache, and tells each mirror's failure."""
    with pytest.raises(DataError, match=r"http://127\.0\.0\.1:9/mnist\.npz: Connection refused"):
        fetch_mnist(None, lambda _line: None)
    assert list(cache.iterdir()) == []


def test_a_dataset_is_described(tmp_path: Path) -> None:
    """The description counts every class of both sets, and is strict JSON."""
    described = describe(load_dataset(str(write_idx(tmp_path / "own", tiny()))))
    assert described["name"] == "own"
    assert described["training images"] == 20
    assert described["test images"] == 5
    assert set(described["training images of each class"].values()) == {2}
    assert list(described["test images of each class"].values()) == [1] * 5 + [0] * 5
    assert json.loads(json.dumps(described, allow_nan=False)) == described


def test_the_package_imports_nothing_heavy() -> None:
    """Until data are loaded, scikit-learn, pooch, rich and the like stay out."""
    heavy = ["sklearn", "scipy", "pooch", "requests", "rich", "pandas", "matplotlib", "keras"]
    code = f"import sys, mnistreport.data; sys.exit(str([m for m in {heavy} if m in sys.modules]))"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert ended.stderr.strip() == "[]"


def _arrays(found: object) -> Arrays:
    return tuple(getattr(found, name) for name in ("x_train", "y_train", "x_test", "y_test"))
