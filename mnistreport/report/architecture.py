"""An experiment's layers as a drawing: a block each, in order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mnistreport.experiment import Experiment
from mnistreport.messages import Message, Text
from mnistreport.report.formats import TIMES, count
from mnistreport.run import Run

#: Sizes in pixels: of one unit or channel, and what each doubling adds.
_SMALLEST, _TALLER, _WIDER = 8, 6, 3


@dataclass(frozen=True)
class Block:
    """A layer; `height` and `width` grow with the logarithm of its places and channels."""

    name: Text
    activation: str
    shape: str
    parameters: Message | None
    height: int
    width: int


def blocks(experiment: Experiment, run: Run | None) -> tuple[Block, ...]:
    """The input and each layer that the run built; none where it built none.

    Args:
        experiment: the entry, whose activations are told where its layers are those built.
        run: the run that is shown.
    """
    if run is None or not run.layers:
        return ()
    asked = [layer.kind for layer in experiment.layers]
    fits = [row.kind for row in run.layers] == asked
    drawn = [_block(Message("Input"), "", experiment.input_shape, 0)]
    for number, row in enumerate(run.layers):
        activation = getattr(experiment.layers[number], "activation", "") if fits else ""
        drawn.append(_block(row.kind, activation, row.output_shape, row.parameters))
    return tuple(drawn)


def _block(name: Text, activation: str, shape: Sequence[int], parameters: int) -> Block:
    # an image without channels has one
    channels = max(shape[-1], 1) if len(shape) == 3 else 1
    places = max(math.prod(shape) // channels, 1)
    return Block(
        name=name,
        activation="" if activation == "linear" else activation,
        shape=TIMES.join(map(str, shape)),
        parameters=Message("{n} parameters", n=count(parameters)) if parameters else None,
        height=round(_SMALLEST + _TALLER * math.log2(places)),
        width=round(_SMALLEST + _WIDER * math.log2(channels)),
    )
