"""What a result was made with: versions, processor, threads, commit. Imports nothing heavy."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mnistreport.errors import UsageError

PACKAGES = ("mnistreport", "numpy", "tensorflow", "keras", "scikit-learn", "pandas", "matplotlib")
JAX_PACKAGES = ("jax", "jaxlib")

#: What stands where there is no version, and no commit.
NOT_INSTALLED, NO_CHECKOUT = "not installed", "not in a git checkout"


@cache
def package_version(name: str) -> str:
    """The installed version of a distribution, or "not installed"."""
    try:
        return version(name)
    except PackageNotFoundError:
        return NOT_INSTALLED


def describe_environment(threads: int, backend: str = "") -> dict[str, str]:
    """Versions, processor and commit, as strings to show.

    Args:
        threads: arithmetic threads of one training.
        backend: of Keras; empty where Keras has no part in it.
    """
    packages = (*PACKAGES, *(JAX_PACKAGES if backend == "jax" else ()))
    return {
        "python": platform.python_version(),
        **({"keras backend": backend} if backend else {}),
        **{name: package_version(name) for name in packages},
        "platform": platform.platform(),
        "cpu": _cpu(),
        "instruction set": instruction_set(_cpuinfo()) or "unknown",
        "cores": str(os.cpu_count() or 0),
        "threads per training": str(threads),
        "commit": _commit(),
    }


#: What OpenBLAS' kernels for SkylakeX are compiled for.
_AVX512 = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}


#: The widest vectors that arithmetic is compiled for, by the names that Linux gives them.
_VECTORS = (
    ("AVX-512", _AVX512),
    ("AVX2", {"avx2", "fma"}),
    ("AVX", {"avx"}),
    ("NEON", {"asimd"}),
)


def instruction_set(cpuinfo: str) -> str:
    """The widest vectors of a processor that Linux describes; two sets round differently."""
    told = _told(cpuinfo)
    flags = {*told.get("flags", ()), *told.get("Features", ())}
    return next((name for name, wanted in _VECTORS if wanted <= flags), "")


@cache
def openblas_kernels() -> str | None:
    """The kernels that NumPy's OpenBLAS should take here, None to leave the choice to it."""
    return kernels_for(_cpuinfo())


def kernels_for(cpuinfo: str) -> str | None:
    """The same for a processor that Linux describes in `cpuinfo`.

    On AMD processors newer than itself OpenBLAS (0.3.31 on Zen 5) falls back to kernels without
    AVX-512, at half the speed.
    """
    told = _told(cpuinfo)
    amd = told.get("vendor_id") == ["AuthenticAMD"]
    return "SkylakeX" if amd and set(told.get("flags", ())) >= _AVX512 else None


@cache
def describe_blas() -> str:
    """The library of NumPy's matrix products, and the kernels that it chose in this process."""
    import numpy as np
    from threadpoolctl import threadpool_info

    # what is loaded with NumPy comes first; others, such as SciPy's, after it
    loaded = next((found for found in threadpool_info() if found["user_api"] == "blas"), None)
    if loaded is None:
        built = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return str(built["name"])
    kernels = loaded.get("architecture")
    told = f"{loaded['internal_api']} {loaded['version']}"
    return f"{told}, {kernels}" if kernels else told


def now() -> datetime:
    """Now, or SOURCE_DATE_EPOCH for a build that must repeat byte for byte.

    Raises:
        UsageError: that is no time.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        if epoch.isdecimal():
            return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise UsageError(
        f"SOURCE_DATE_EPOCH is {epoch!r}", "It holds the seconds since 1970, such as 1735689600."
    )


@cache
def _cpu() -> str:
    names = _told(_cpuinfo()).get("model name")
    return " ".join(names) if names else platform.processor() or platform.machine()


@cache
def _cpuinfo() -> str:
    """What Linux says of the processor; empty elsewhere."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""


def _told(cpuinfo: str) -> dict[str, list[str]]:
    """The words of each line, of the last core."""
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    return {name.strip(): value.split() for name, _, value in lines}


@cache
def _commit() -> str:
    """The commit of the checkout this package runs from, else of the folder it is run in.

    The second is the project that uses it: a course, or a clone this package was installed from.
    "+changes" where tracked files differ from it.
    """
    source = Path(__file__).resolve().parent.parent
    for folder in (source, Path.cwd()) if (source / ".git").exists() else (Path.cwd(),):
        try:
            head = _git(folder, "rev-parse", "--short=12", "HEAD")
            changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
        except (OSError, subprocess.SubprocessError):
            continue
        return f"{head}+changes" if changed else head
    return NO_CHECKOUT


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    return done.stdout.strip()
