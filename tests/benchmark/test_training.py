"""Ours beside plain `Model.fit` at Keras' defaults, one group an experiment: read the ratios.

Ours is one thread, as one of several workers; plain has all cores to itself. Sizes are those of
the quick profile on digits; `mnistreport bench` accounts for the published suite.
"""

from __future__ import annotations

from typing import Any

import pytest

from mnistreport.catalog import load_catalog
from tests.benchmark.sides import Side

ARCHITECTURES = [
    "wide/adam",
    "small/adam",
    "depth/softmax",
    "depth/sigmoid5",
    "depth/relu5",
    "depth/relu5-dropout",
    "mlp/model1",
    "mlp/model3",
    "mlp/model4",
    "mlp/model7",
    "cnn/model8",
]
#: Each optimizer, on one network an engine.
OPTIMIZERS = [
    name
    for name in load_catalog()
    if name.startswith(("small/", "numpy/")) and name not in ARCHITECTURES
]


@pytest.fixture
def side(request: pytest.FixtureRequest, sides: dict[str, Side]) -> Side:
    """The process of one way, with the experiment built and compiled: both outside the timing."""
    way, name = request.param
    sides[way].prepare(name)
    return sides[way]


pairs = pytest.mark.parametrize(
    "side",
    [(way, name) for name in ARCHITECTURES + OPTIMIZERS for way in ("ours", "plain")],
    indirect=True,
    ids=lambda pair: f"{pair[1]}-{pair[0]}",
)


@pairs
def test_training(benchmark: Any, side: Side, request: pytest.FixtureRequest) -> None:
    """100 training steps."""
    _timed(benchmark, side.steps, "100 steps", request)


@pairs
def test_epoch(benchmark: Any, side: Side, request: pytest.FixtureRequest) -> None:
    """An epoch with validation, or up to NumPy's next evaluation."""
    _timed(benchmark, side.epoch, "epoch", request)


@pytest.mark.parametrize(
    "side",
    [(way, name) for name in ("wide/adam", "cnn/model8") for way in ("ours", "plain")],
    indirect=True,
    ids=lambda pair: f"{pair[1]}-{pair[0]}",
)
def test_evaluation(benchmark: Any, side: Side, request: pytest.FixtureRequest) -> None:
    """Loss and accuracy of 1,397 images."""
    _timed(benchmark, side.evaluate, "evaluation", request)


def _timed(benchmark: Any, call: Any, what: str, request: pytest.FixtureRequest) -> None:
    _, name = request.node.callspec.params["side"]
    benchmark.group = f"{name}: {what}"
    benchmark.pedantic(call, rounds=5, warmup_rounds=1)
