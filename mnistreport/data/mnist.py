"""MNIST: looked for on this machine, else downloaded; always verified."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mnistreport.data.formats import IDX_STEMS, Arrays, find_arrays, read_arrays
from mnistreport.dataset import MNIST_SHA256, Dataset, content_sha256
from mnistreport.errors import DataError

if TYPE_CHECKING:
    from rich.progress import Progress

Say = Callable[[str], None]

#: Folders that serve the four gzipped idx files.
MIRRORS = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
]
#: The same images as one archive, Keras' own copy.
ARCHIVE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
#: Seconds to connect, and between two parts of an answer.
TIMEOUT = (4.0, 20.0)
_HOW = "`mnistreport data fetch` downloads it; --data-dir names a folder that has it"


def find_mnist(data_dir: Path | None, say: Say) -> Dataset | None:
    """MNIST where it lies already: `data_dir`, the environment's folder, the caches; else None.

    Raises:
        DataError: files in a folder that the user named are damaged, or are not MNIST.
    """
    for folder in _named_folders(data_dir):
        if not folder.is_dir():
            raise DataError(f"the data folder {folder} does not exist", f"{_HOW}.")
        paths = find_arrays(folder)
        if paths:
            return _verified(paths)
    for folder in (user_cache(), _keras_cache()):
        try:
            paths = find_arrays(folder)
            if paths:
                return _verified(paths)
        except DataError as error:
            say(f"ignored: {error}")
    return None


def _named_folders(data_dir: Path | None) -> Iterator[Path]:
    if data_dir is not None:
        yield data_dir
    named = os.environ.get("MNISTREPORT_DATA_DIR")
    if named:
        yield Path(named)


def user_cache() -> Path:
    """Where a download is kept."""
    from platformdirs import user_cache_path

    return user_cache_path("mnistreport") / "mnist"


def _keras_cache() -> Path:
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"


def _verified(paths: list[Path]) -> Dataset:
    arrays = read_arrays(paths)
    origin = str(paths[0] if len(paths) == 1 else paths[0].parent)
    return verify_mnist(arrays, origin)


def verify_mnist(arrays: Arrays, origin: str) -> Dataset:
    """The arrays as MNIST.

    Raises:
        DataError: they are not MNIST, byte for byte.
    """
    sha256 = content_sha256(*arrays)
    if sha256 != MNIST_SHA256:
        raise DataError(
            f"{origin} is not MNIST: sha256 {sha256}, expected {MNIST_SHA256}",
            "Fetch it again; data of your own go with --dataset DIR.",
        )
    return Dataset("mnist", *arrays, sha256=sha256, origin=origin)


def fetch_mnist(target: Path | None, say: Say) -> Path:
    """Download MNIST into a folder (the user's cache by default), verified before it lands there.

    Raises:
        DataError: no mirror could be reached, or none served the right bytes.
    """
    folder = target or user_cache()
    failures = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source in (*MIRRORS, ARCHIVE):
            with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch:
                try:
                    say(f"downloading MNIST from {source}")
                    for path in _download(source, Path(scratch)):
                        path.replace(folder / path.name)
                    return folder
                except (DataError, ValueError, OSError) as error:
                    failures.append(f"{source}: {_reason(error)}")
    except OSError as error:
        raise DataError(f"{folder} cannot be written to: {error.strerror or error}") from None
    raise DataError(
        f"MNIST could not be downloaded ({'; '.join(failures)})",
        "Put the four idx files in a folder and name it with --data-dir.",
    )


def _download(source: str, scratch: Path) -> list[Path]:
    """The files of one source, whole and verified, in `scratch`."""
    import pooch

    names = [f"{s}-idx{3 if s.endswith('images') else 1}-ubyte.gz" for s in IDX_STEMS]
    urls = [source] if source.endswith(".npz") else [source + name for name in names]
    pooch.get_logger().setLevel("ERROR")
    paths = []
    for url in urls:
        name = url.rpartition("/")[2]
        with _progress_bar(name) as bar:
            downloader = pooch.HTTPDownloader(timeout=TIMEOUT, progressbar=bar)
            # the content is verified below, uncompressed: its packing is the mirror's affair
            pooch.retrieve(url, known_hash=None, fname=name, path=scratch, downloader=downloader)
        paths.append(scratch / name)
    _verified(paths)
    return paths


class _Bar:
    """A rich progress bar with the four names by which pooch drives a bar of tqdm's kind."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=None)
        self.total = 0

    def update(self, size: int) -> None:
        """So many bytes more have come."""
        self._progress.update(self._task, advance=size, total=self.total)

    def reset(self) -> None:
        """Pooch begins anew to fill the bar up at the end."""
        self._progress.reset(self._task, total=self.total)

    def close(self) -> None:
        """Nothing: the context manager closes."""


@contextlib.contextmanager
def _progress_bar(name: str) -> Iterator[_Bar | bool]:
    """A bar on stderr where that is a terminal; False, pooch's word for none, elsewhere."""
    if not sys.stderr.isatty():
        yield False
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bar(progress, name)


def _reason(error: Exception) -> str:
    """The innermost cause, which says what the layers above it wrap."""
    while error.__cause__ or error.__context__:
        cause = error.__cause__ or error.__context__
        if not isinstance(cause, Exception):
            break
        error = cause
    return " ".join(str(error).split())[:120] or type(error).__name__


def missing_mnist() -> DataError:
    """The error of who asked for MNIST alone and offline."""
    return DataError("MNIST was not found on this machine", f"{_HOW}.")


def fallback_notice() -> str:
    """What is said where scikit-learn's digits stand in for MNIST."""
    return f"MNIST was not found, so scikit-learn's digits stand in for it: {_HOW}."
