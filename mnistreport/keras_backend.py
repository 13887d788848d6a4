"""Which backend Keras trains on, and what its worker processes must be told. Imports no framework.

`KERAS_BACKEND` chooses, as Keras itself has it; `~/.keras/keras.json` cannot.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Literal, cast

from mnistreport.environment import package_version
from mnistreport.errors import UsageError

Backend = Literal["tensorflow", "jax"]
#: What a result depends on beside the recipe, by backend.
FRAMEWORKS: Mapping[str, tuple[str, ...]] = {
    "tensorflow": ("tensorflow", "keras", "numpy"),
    "jax": ("jax", "jaxlib", "keras", "numpy"),
}
#: The one setting of JAX that stays the user's: on which device it computes.
_PLATFORMS = "JAX_PLATFORMS"


def chosen_backend() -> Backend:
    """The backend that KERAS_BACKEND names, TensorFlow where it names none.

    Raises:
        UsageError: it names another, or JAX where JAX is not installed.
    """
    named = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if named not in FRAMEWORKS:
        raise UsageError(
            f"KERAS_BACKEND is {named!r}",
            f"The backends that experiments train on are {' and '.join(FRAMEWORKS)}.",
        )
    if named == "jax" and package_version("jax") == "not installed":
        raise UsageError(
            "KERAS_BACKEND is 'jax', and JAX is not installed",
            "Install the extra: pip install 'mnistreport[jax]'.",
        )
    return cast(Backend, named)


def jax_accelerators() -> str:
    """The GPU (or TPU) plug-ins of JAX with their versions; empty where it is left with the CPU.

    JAX itself is not asked: it takes seconds to import, and holds the device from then on. What a
    training really ran on is in its run's environment.
    """
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1")
    if os.environ.get(_PLATFORMS, "").lower() == "cpu" or hidden:
        return ""
    found = {plugin.dist.name for plugin in entry_points(group="jax_plugins") if plugin.dist}
    return ", ".join(f"{name} {package_version(name)}" for name in sorted(found))


def worker_settings(backend: Backend, threads: int, scratch: str) -> dict[str, str | None]:
    """The environment variables of a worker that belong to a backend; None stands for unset.

    Args:
        backend: of Keras.
        threads: arithmetic threads of one training.
        scratch: a folder that lasts as long as the pool of workers.
    """
    settings: dict[str, str | None] = {
        "KERAS_BACKEND": backend,
        # another implementation of Keras' variables, and limits meant for debugging
        "KERAS_NNX_ENABLED": "false",
        "KERAS_MAX_EPOCHS": None,
        "KERAS_MAX_STEPS_PER_EPOCH": None,
    }
    if backend == "tensorflow":
        return {**settings, "XLA_FLAGS": None}
    unset = (name for name in os.environ if name.startswith("JAX_") and name != _PLATFORMS)
    many = str(threads > 1).lower()
    return {
        **settings,
        **dict.fromkeys(unset),
        # the size of XLA's own pool of threads on the CPU has no flag, only this
        "NPROC": str(threads),
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={many} --xla_gpu_deterministic_ops=true",
        # each training builds its model anew, and XLA takes seconds for it: the second seed of an
        # experiment finds what the first compiled
        "JAX_COMPILATION_CACHE_DIR": scratch,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        # float32 all the way: by itself a GPU multiplies in TF32
        "JAX_DEFAULT_MATMUL_PRECISION": "highest",
        "NVIDIA_TF32_OVERRIDE": "0",
        # several workers share a GPU, so none may take three quarters of its memory at the start
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }
