"""The foundations, against closed forms."""

import numpy as np
import pytest

from mnistreport.conformance.network import Sigmoid
from mnistreport.foundations import (
    OUTSIDE,
    PAIRS,
    XOR,
    Unit,
    cut,
    derivative,
    most_right,
    ring,
    seen_from,
)
from mnistreport.training.numpy_network import ReLU

X = np.array([-5.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 5.0])


def test_derivatives_are_the_textbooks() -> None:
    """That of the sigmoid is e^-x / (1 + e^-x)^2, that of ReLU a step at 0."""
    expected = np.exp(-X) / (1 + np.exp(-X)) ** 2
    assert derivative(Sigmoid(), X) == pytest.approx(expected, rel=1e-14)
    assert derivative(ReLU(), X).tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_a_derivative_is_the_slope() -> None:
    """Central differences of what the forward pass gives."""
    x = np.linspace(-5, 5, 20)
    for activation in (Sigmoid(), ReLU()):
        slope = (activation.forward(x + 1e-6) - activation.forward(x - 1e-6)) / 2e-6
        assert derivative(activation, x) == pytest.approx(slope, abs=1e-9)


def test_the_network_is_exclusive_or() -> None:
    """Its hidden layer and its outputs are the document's tables."""
    hidden = [[1, 1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 1]]
    assert XOR.hidden_layer(PAIRS).tolist() == hidden
    assert XOR(PAIRS).tolist() == [int(x) ^ int(y) for x, y in PAIRS]


def test_a_threshold_itself_is_not_exceeded() -> None:
    """A sum that equals the threshold gives 0."""
    assert Unit((1, 1), 1)(np.array([[0.5, 0.5], [0.5, 0.6]])).tolist() == [0, 1]


def test_squaring_makes_the_circle_a_line() -> None:
    """One threshold unit then tells all points right, which no line did before."""
    points, outside = ring()
    assert (np.sum(points**2, axis=1) > 1).tolist() == outside.tolist()
    assert (OUTSIDE(points**2) == outside).all()
    assert most_right(points**2, outside) == len(points)
    assert most_right(points, outside) < len(points)
    assert (ring()[0] == points).all()


def test_the_best_line_is_found() -> None:
    """3 of the 4 points of exclusive or; all where a line parts them, whatever side is called 1."""
    assert most_right(PAIRS, XOR(PAIRS) == 1) == 3
    square = np.array([(0.0, 0.0), (1.0, 0.1), (0.0, 1.0), (1.1, 1.3)])
    ones = np.array([True, True, False, False])
    assert most_right(square, ones) == most_right(square, ~ones) == 4


def test_no_line_of_a_thousand_beats_the_best() -> None:
    """Lines drawn at random tell fewer points right, and come near."""
    points, outside = ring()
    random = np.random.RandomState(1)
    sides = points @ random.randn(2, 1000) > random.randn(1000)
    right = np.sum(sides == outside[:, None], axis=0)
    best = most_right(points, outside)
    assert best - 10 < max(right.max(), 100 - right.min()) <= best


def test_a_plane_is_cut_out_of_the_cube() -> None:
    """Its corners lie on the plane and on edges, in order around it."""
    corners = cut(XOR.output, 0.5)
    assert len(corners) == 5
    assert XOR.output.sums(corners) == pytest.approx(0.5)
    on_edges = np.sum((corners == 0) | (corners == 1), axis=1)
    assert (on_edges >= 2).all()
    neighbours = np.roll(corners, 1, axis=0)
    shared = np.any((corners == neighbours) & ((corners == 0) | (corners == 1)), axis=1)
    assert shared.all()  # two that follow each other share a face
    level = cut(Unit((0, 0, 1), 0), 0.25)
    assert sorted(map(tuple, level)) == [(0, 0, 0.25), (0, 1, 0.25), (1, 0, 0.25), (1, 1, 0.25)]


def test_the_view_is_orthographic() -> None:
    """From the front one axis is lost; no view makes a length longer."""
    axes = np.eye(3)
    assert seen_from(axes, 0, 0) == pytest.approx(np.array([[0, 0], [1, 0], [0, 1]]))
    seen = np.linalg.norm(seen_from(axes, 33, 21), axis=1)
    assert (seen <= 1).all()
    assert np.sum(seen**2) == pytest.approx(2)
