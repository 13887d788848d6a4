"""Tiny experiments, and the seed of everything random."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

CATALOG = """
[defaults]
document = "tiny"
source = "made for tests"
engine = "numpy"
input_shape = [784]
pixel_divisor = 255.0
train = 400
test = 100
kernel_initializer = { class = "RandomNormal", stddev = 0.1 }
loss = { class = "CategoricalCrossentropy", from_logits = false }
metrics = ["accuracy"]
batch_size = 50
iterations = 2000
evaluate_every = 50
layers = [
  { class = "Dense", units = 16, activation = "relu" },
  { class = "Dense", units = 10, activation = "softmax" },
]

[experiments."torture/numpy-sgd"]
title = "SGD"
optimizer = { class = "numpy.SGD", learning_rate = 0.1 }

[experiments."torture/numpy-momentum"]
title = "Momentum"
optimizer = { class = "numpy.Momentum", learning_rate = 0.01, beta = 0.9 }

[experiments."torture/numpy-adagrad"]
title = "AdaGrad"
optimizer = { class = "numpy.AdaGrad", learning_rate = 0.01, epsilon = 1e-7 }
"""

KERAS = """
[defaults]
document = "tiny"
source = "made for tests"
engine = "keras"
input_shape = [784]
pixel_divisor = 255.0
train = 400
test = 100
kernel_initializer = { class = "GlorotUniform" }
loss = { class = "CategoricalCrossentropy", from_logits = false }
metrics = ["accuracy"]
batch_size = 50
epochs = 10
layers = [
  { class = "Dense", units = 16, activation = "relu" },
  { class = "Dropout", rate = 0.2 },
  { class = "Dense", units = 10, activation = "softmax" },
]

[experiments."torture/keras-sgd"]
title = "SGD"
optimizer = { class = "keras.SGD", learning_rate = 0.1, momentum = 0.0, nesterov = false }

[experiments."torture/keras-momentum"]
title = "Momentum"
optimizer = { class = "keras.SGD", learning_rate = 0.1, momentum = 0.9, nesterov = false }
"""


@pytest.fixture(autouse=True)
def _linux() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("processes are looked at in /proc")


@pytest.fixture
def seed() -> int:
    """Of all that is random here: MNISTREPORT_TORTURE_SEED, else always the same."""
    return int(os.environ.get("MNISTREPORT_TORTURE_SEED", "6"))


@pytest.fixture
def catalogs(tmp_path: Path) -> Path:
    """A folder with numpy.toml, whose trainings need no TensorFlow, and keras.toml."""
    (tmp_path / "numpy.toml").write_text(CATALOG)
    (tmp_path / "keras.toml").write_text(KERAS)
    return tmp_path
