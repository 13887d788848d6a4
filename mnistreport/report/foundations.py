"""The section on the foundations that document C lays: the same in every report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

import numpy as np

from mnistreport.conformance.network import Activation, Sigmoid
from mnistreport.foundations import (
    OUTSIDE,
    PAIRS,
    XOR,
    Array,
    Unit,
    cut,
    derivative,
    most_right,
    ring,
    seen_from,
)
from mnistreport.messages import Message, Phrase
from mnistreport.report.charts import Drawing, draw, draw_scatter
from mnistreport.report.curves import Chart, Dots, Line, Point, Scatter, Stroke
from mnistreport.report.documents import Figure
from mnistreport.training.numpy_network import ReLU

#: Where activations are drawn, and the first number above 0, so that a step is upright.
_X: Final = np.sort(np.append(np.linspace(-6, 6, 97), np.nextafter(0, 1)))

#: From where the cube is seen, in degrees: the plane nearly from its side.
_VIEW: Final = (24.0, 21.0)

#: What the hidden units give.
_HIDDEN: Final = ("h₁", "h₂", "h₃")

#: Hidden layers of document C's sigmoid network.
_DEEP: Final = 4


@dataclass(frozen=True)
class TruthRow:
    """What the network makes of a pair."""

    pair: tuple[int, int]
    expected: int
    hidden: tuple[int, ...]
    total: str
    output: int


@dataclass(frozen=True)
class FoundationsSection:
    """Three lessons, each with its figures; `units` are the conditions of the hidden units."""

    activations: tuple[Figure, ...]
    slopes: Message
    circle: tuple[Figure, ...]
    separated: Message
    xor: tuple[Figure, ...]
    inseparable: Message
    units: tuple[str, ...]
    total: str
    condition: str
    truth: tuple[TruthRow, ...]


def foundations_section() -> FoundationsSection:
    """Everything computed anew: it takes a fraction of a second."""
    total = _sum(XOR.output, _HIDDEN)
    return FoundationsSection(
        activations=(
            _activation("sigmoid", "sigmoid: 1 / (1 + e⁻ˣ)", Sigmoid()),
            _activation("ReLU", "ReLU: max(x, 0)", ReLU()),
        ),
        slopes=_slopes(),
        circle=_circle(),
        separated=_separated(),
        xor=(
            Figure(Message("The inputs"), _inputs()),
            Figure(Message("Behind the hidden layer"), _cube()),
        ),
        inseparable=Message(
            "Nor is there a straight line between the pairs whose exclusive or is 1 and the "
            "others: it has {best} of the {n} on their right sides at most. The document sets the "
            "weights of a small network by hand; each unit is 1 where its condition holds, else 0. "
            "Three hidden units make each pair a corner of a cube, and there a plane parts them.",
            best=most_right(PAIRS, XOR(PAIRS) == 1),
            n=len(PAIRS),
        ),
        units=tuple(
            f"{name}: {_sum(unit, ('x', 'y'))} > {unit.threshold:g}"
            for name, unit in zip(_HIDDEN, XOR.hidden, strict=True)
        ),
        total=total,
        condition=f"{total} > {XOR.output.threshold:g}",
        truth=_truth(),
    )


def _activation(name: str, title: str, activation: Activation) -> Figure:
    values, slopes = activation.forward(_X), derivative(activation, _X)
    chart = Chart(
        key=f"foundations {name}",
        lines=(
            Line(name, _points(np.stack([_X, values], axis=1)), 0),
            Line(Message("derivative"), _points(np.stack([_X, slopes], axis=1)), 1),
        ),
        x_label=Phrase("x"),
        y_label=Message("value"),
    )
    return Figure(Phrase(title), draw(chart))


def _slopes() -> Message:
    peak, far = derivative(Sigmoid(), np.array([0.0, 5.0]))
    return Message(
        "Layers without an activation between them amount to one linear layer. The derivative of "
        "the sigmoid is {peak} at most, and {far} at 5: {deep} sigmoid layers in a row, as in "
        "document C, multiply a gradient by {left} at most, their weights aside. The "
        "derivative of ReLU is 1 wherever x is positive, and 0 elsewhere: a unit that is positive "
        "for no image learns no more.",
        peak=f"{peak:g}",
        far=f"{far:.4f}",
        deep=_DEEP,
        left=f"{peak**_DEEP:.4f}",
    )


def _circle() -> tuple[Figure, ...]:
    points, outside = ring()
    around = np.linspace(0, 2 * np.pi, 73)
    circle = np.stack([np.cos(around), np.sin(around)], axis=1)
    line = np.array([(0.0, 1.0), (1.0, 0.0)]) * OUTSIDE.threshold
    pictures = (
        (Message("As they are"), points, circle, "x² + y² = 1", (-2.0, 2.0), ("x", "y")),
        (Message("Squared"), points**2, line, "x² + y² = 1", (0.0, 4.0), ("x²", "y²")),
    )
    return tuple(
        Figure(
            title,
            draw_scatter(
                Scatter(
                    key=f"foundations circle {axes[0]}",
                    dots=(
                        Dots(Message("inside"), _points(at[~outside]), 0),
                        Dots(Message("outside"), _points(at[outside]), 1),
                    ),
                    strokes=(Stroke(_points(border), told),),
                    limits=(limits, limits),
                    description=Message(
                        "{n} points inside and {m} outside the line {line}.",
                        n=int(np.sum(~outside)),
                        m=int(np.sum(outside)),
                        line=told,
                    ),
                    x_label=axes[0],
                    y_label=axes[1],
                )
            ),
        )
        for title, at, border, told, limits, axes in pictures
    )


def _separated() -> Message:
    points, outside = ring()
    return Message(
        "{n} points, drawn as the document draws them: half of them inside a circle, half outside. "
        "A straight line has {best} of them on their right sides at most. With both coordinates "
        "squared the circle is a straight line, and one threshold unit, {unit}, has {right}.",
        n=len(points),
        best=most_right(points, outside),
        unit=f"{_sum(OUTSIDE, ('x²', 'y²'))} > {OUTSIDE.threshold:g}",
        right=int(np.sum(OUTSIDE(points**2) == outside)),
    )


def _inputs() -> Drawing:
    return draw_scatter(
        Scatter(
            key="foundations xor",
            dots=_two_kinds(PAIRS),
            strokes=(),
            limits=((-0.3, 1.5), (-0.3, 1.5)),
            description=Message("The points of each kind face each other across a square."),
            x_label="x",
            y_label="y",
        )
    )


def _cube() -> Drawing:
    """The hidden layer, h₂ upward, and the plane halfway between 0 and 1."""
    hidden = XOR.hidden_layer(PAIRS)
    corners = np.array(list(product((0.0, 1.0), repeat=3)))
    edges = [pair for pair in combinations(corners, 2) if np.abs(pair[1] - pair[0]).sum() == 1]
    told = f"{_sum(XOR.output, _HIDDEN)} = ½"
    seen = _seen(corners)
    middle, half = (seen.max(axis=0) + seen.min(axis=0)) / 2, np.ptp(seen, axis=0).max() / 2 + 0.15
    (left, right), (low, high) = ((float(m - half), float(m + half)) for m in middle)
    return draw_scatter(
        Scatter(
            key="foundations cube",
            dots=_two_kinds(_seen(hidden)),
            strokes=(
                Stroke(_points(_seen(cut(XOR.output, 0.5))), told, "area"),
                *(Stroke(_points(_seen(np.array(edge))), kind="edge") for edge in edges),
            ),
            limits=((left, right), (low, high)),
            description=Message(
                "A cube; the plane {plane} parts the corners of the ones from those of the zeros.",
                plane=told,
            ),
            notes=tuple(zip(_HIDDEN, _points(_seen(np.eye(3) * 1.14)), strict=True)),
        )
    )


def _seen(points: Array) -> Array:
    return seen_from(points[:, [0, 2, 1]], *_VIEW)


def _two_kinds(at: Array) -> tuple[Dots, ...]:
    """The pairs, drawn anywhere, by what the network makes of them."""
    ones = XOR(PAIRS) == 1
    return tuple(
        Dots(
            Message("output {value}", value=value),
            _points(at[ones == bool(value)]),
            value,
            tuple(f"({x:g}, {y:g})" for x, y in PAIRS[ones == bool(value)]),
        )
        for value in (0, 1)
    )


def _truth() -> tuple[TruthRow, ...]:
    hidden, outputs = XOR.hidden_layer(PAIRS), XOR(PAIRS)
    return tuple(
        TruthRow(
            pair=(int(x), int(y)),
            expected=int(x) ^ int(y),
            hidden=tuple(map(int, units)),
            total=f"{total:g}",
            output=int(output),
        )
        for (x, y), units, total, output in zip(
            PAIRS, hidden, XOR.output.sums(hidden), outputs, strict=True
        )
    )


def _sum(unit: Unit, names: Sequence[str]) -> str:
    """A unit's weighted sum, as "x + y"."""
    told = ""
    for weight, name in zip(unit.weights, names, strict=True):
        if weight:
            sign = "\N{MINUS SIGN}" if weight < 0 else "+"
            size = "" if abs(weight) == 1 else f"{abs(weight):g}"
            told += f" {sign} {size}{name}" if told else f"{sign.strip('+')}{size}{name}"
    return told


def _points(rows: Iterable[Array]) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in rows)
