"""What each backend of Keras does its own way: threads, determinism, seeds, compilation."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np

from mnistreport.keras_backend import Backend

_JAX = keras.backend.backend() == "jax"
#: Steps that one call of the compiled training function takes. It changes no result, only the
#: number of returns to Python; 100 is where the gain levels off. Keras unrolled them before 3.7.
_LOOPS = tuple(int(part) for part in keras.__version__.split(".")[:2]) >= (3, 7)
#: How `Model.compile` is told to compile. On JAX `jit_compile` is all the compilation there is,
#: and several steps a call would be a loop in Python; on TensorFlow it is XLA, another arithmetic.
COMPILATION: dict[str, Any] = (
    {"jit_compile": True}
    if _JAX
    else {"jit_compile": False, "steps_per_execution": 100 if _LOOPS else 1}
)


def prepare_backend(threads: int, backend: Backend = "tensorflow") -> None:
    """Make the backend repeatable in this process; call it once, before the first training.

    Args:
        threads: for the arithmetic of one training. Convolutions sum in an order that depends on
            it, so it is part of what a result is made of. JAX takes it from the environment of
            the process (`keras_backend.worker_settings`), like all its other settings.
        backend: the one that the tasks name; KERAS_BACKEND chose it when Keras was imported.

    Raises:
        RuntimeError: this process has Keras on another backend.
    """
    if keras.backend.backend() != backend:
        raise RuntimeError(f"Keras runs on {keras.backend.backend()} here, not on {backend}")
    if not _JAX:
        prepare_tensorflow(threads)
    # ~/.keras/keras.json may hold others
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")


def prepare_tensorflow(threads: int) -> None:
    """The part of it that TensorFlow needs, whatever Keras runs on; again is no harm."""
    import tensorflow as tf

    # each model is traced anew, which TensorFlow takes for a mistake and says so
    tf.get_logger().setLevel("ERROR")
    tf.config.set_visible_devices([], "GPU")
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()


def start_afresh(seed: int) -> None:
    """Forget the trainings before, and seed weights, image order and dropout masks."""
    keras.backend.clear_session()
    if not _JAX:
        keras.utils.set_random_seed(seed)
        return
    # all that `set_random_seed` does on JAX, but that it would import TensorFlow to seed it too
    random.seed(seed)
    np.random.seed(seed)


def describe_device() -> dict[str, str]:
    """The device that JAX computes on, for a run's environment; empty on TensorFlow (the CPU)."""
    if not _JAX:
        return {}
    import jax

    return {"jax device": jax.devices()[0].device_kind}
