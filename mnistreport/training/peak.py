"""What the processor can do: matrix products in this process, on all its cores."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

#: Rows of a square matrix: large enough that a product is all arithmetic.
_SIZE = 2048
_SECONDS = 1.0


def measure_peak() -> dict[str, dict[str, float]]:
    """Precision -> library -> floating-point operations a second, the best of about a second.

    NumPy's BLAS and TensorFlow's oneDNN or Eigen differ by up to a factor of two on a processor
    that one of them does not know, and the limit is what the better one shows to be possible.
    """
    import tensorflow as tf

    random = np.random.default_rng(0)
    found: dict[str, dict[str, float]] = {}
    for precision in ("float32", "float64"):
        matrix = random.random((_SIZE, _SIZE)).astype(precision)
        tensor = tf.constant(matrix)
        found[precision] = {
            "numpy": _best(partial(np.matmul, matrix, matrix)),
            "tensorflow": _best(partial(tf.matmul, tensor, tensor)),
        }
    return found


def _best(product: Callable[[], Any]) -> float:
    product()
    best, ends = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < ends:
        began = time.perf_counter()
        product()
        best = min(best, time.perf_counter() - began)
    return 2.0 * _SIZE**3 / best
