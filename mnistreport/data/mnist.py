"""MNIST: looked for on this machine, else downloaded; always verified."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from mnistreport.atomic import write_bytes
from mnistreport.data.content import Arrays, printable
from mnistreport.data.formats import IDX_STEMS, find_arrays, idx_name, read_arrays
from mnistreport.data.idx import idx_bytes
from mnistreport.data.mirrors import download, reason, silent_hosts
from mnistreport.dataset import MNIST_SHA256, Dataset, content_sha256
from mnistreport.errors import DataError

Say = Callable[[str], None]

#: Folders that serve the four gzipped idx files.
MIRRORS = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
]
#: The same images as one archive, Keras' own copy.
ARCHIVE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
#: sha256 of the four idx files, not gzipped, in the order of `IDX_STEMS`.
_FILES_SHA256 = (
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
)
#: Seconds to find out which mirrors can be reached, where MNIST was asked for by its name.
PATIENCE = 10.0
_HOW = "`mnistreport data fetch` downloads it; --data-dir names a folder that has it"


def find_mnist(data_dir: Path | None, say: Say, *, only_there: bool = False) -> Dataset | None:
    """MNIST where it lies already: `data_dir`, the environment's folder, the caches; else None.

    Args:
        data_dir: the folder that was named.
        say: told of a folder that holds nothing, or nothing of use.
        only_there: where `data_dir` is given, look nowhere else.

    Raises:
        DataError: a folder that the user named does not exist or is unreadable, its files are
            damaged or not MNIST; or `data_dir` holds none and `only_there` was said.
    """
    named = os.environ.get("MNISTREPORT_DATA_DIR")
    for folder in (data_dir, Path(named) if named else None):
        if folder is None:
            continue
        paths = find_arrays(folder)
        if paths:
            return read_mnist(paths)
        what = "holds no MNIST files" if folder.is_dir() else "does not exist"
        if not folder.is_dir() or (only_there and folder is data_dir):
            raise DataError(f"the data folder {folder} {what}", f"{_HOW}.")
        say(f"the data folder {folder} {what}: looking elsewhere")
    return _find_cached(say)


def _find_cached(say: Say) -> Dataset | None:
    for folder in (user_cache(), _keras_cache()):
        try:
            paths = find_arrays(folder)
            if paths:
                return read_mnist(paths)
        except DataError as error:
            say(f"ignored: {error}")
    return None


def user_cache() -> Path:
    """Where a download is kept."""
    from platformdirs import user_cache_path

    return user_cache_path("mnistreport") / "mnist"


def _keras_cache() -> Path:
    # expanduser of os.path, unlike pathlib's, leaves ~ where there is no home
    home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")  # noqa: PTH111
    return Path(home) / "datasets"


def read_mnist(paths: list[Path]) -> Dataset:
    """MNIST from the files that `find_arrays` named.

    Raises:
        DataError: they are damaged, or not MNIST.
    """
    return verify_mnist(read_arrays(paths), str(paths[0] if len(paths) == 1 else paths[0].parent))


def verify_mnist(arrays: Arrays, origin: str) -> Dataset:
    """The arrays as MNIST.

    Raises:
        DataError: they are not MNIST, byte for byte.
    """
    sha256 = content_sha256(*arrays)
    if sha256 != MNIST_SHA256:
        raise DataError(
            f"{origin} is not MNIST: sha256 {sha256}, expected {MNIST_SHA256}; "
            f"other than MNIST's: {', '.join(_other_files(arrays))}",
            "Fetch it again; data of your own go with --dataset DIR.",
        )
    return Dataset("mnist", *arrays, sha256=sha256, origin=printable(origin))


def _other_files(arrays: Arrays) -> list[str]:
    return [
        stem
        for stem, array, known in zip(IDX_STEMS, arrays, _FILES_SHA256, strict=True)
        if hashlib.sha256(idx_bytes(array)).hexdigest() != known
    ]


def fetch_mnist(target: Path | None, say: Say, *, patience: float = PATIENCE) -> Path:
    """Download MNIST into a folder (the user's cache by default), verified before it lands there.

    Whatever form the mirror has it in, it lands as four idx.gz, which `find_arrays` looks for
    first: damaged files that lie there already cannot hide it.

    Raises:
        DataError: no mirror could be reached or none served the right bytes; each one's failure
            is told. Or the folder cannot be written to.
    """
    folder = target or user_cache()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        arrays = _download_verified(say, patience)
        for stem, array in zip(IDX_STEMS, arrays, strict=True):
            # level 4 takes half a second, 9 ten, for a twentieth less; no time in it: equal bytes
            packed = gzip.compress(idx_bytes(array), compresslevel=4, mtime=0)
            write_bytes(folder / f"{idx_name(stem)}.gz", packed)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written to: {error.strerror or error}",
            "Name another folder with --data-dir.",
        ) from None
    return folder


def _download_verified(say: Say, patience: float) -> Arrays:
    sources = (*MIRRORS, ARCHIVE)
    failures = silent_hosts(sources, patience)
    for mirror in sources:
        if mirror in failures:
            continue
        say(f"downloading MNIST from {mirror}")
        try:
            arrays = download(mirror, say)
            verify_mnist(arrays, "what it serves")
        except (DataError, ValueError, OSError) as error:
            failures[mirror] = reason(error)
            say(f"failed: {failures[mirror]}")
        else:
            return arrays
    told = "; ".join(f"{mirror}: {failures[mirror]}" for mirror in sources)
    raise DataError(
        f"MNIST could not be downloaded ({told})",
        "Put the four idx files in a folder and name it with --data-dir.",
    )


def missing_mnist() -> DataError:
    """The error of who asked for MNIST alone and offline."""
    return DataError("MNIST was not found on this machine", f"{_HOW}.")


def fallback_notice() -> str:
    """What is said where scikit-learn's digits stand in for MNIST."""
    return f"MNIST was not found, so scikit-learn's digits stand in for it: {_HOW}."
