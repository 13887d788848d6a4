"""The drawing of an experiment's layers."""

import re
from dataclasses import replace

from mnistreport.catalog import load_catalog
from mnistreport.experiment import Experiment
from mnistreport.report.architecture import blocks
from mnistreport.report.findings import by_experiment
from mnistreport.report.render import render_report
from mnistreport.run import LayerRow, Run
from tests.unit.report.fake_results import fake_results

CNN = load_catalog()["cnn/model8"]
BUILT = (
    LayerRow("conv2d", "Conv2D", (26, 26, 32), 320),
    LayerRow("pool", "MaxPooling2D", (13, 13, 32), 0),
    LayerRow("conv2d_1", "Conv2D", (11, 11, 64), 18496),
    LayerRow("pool_1", "MaxPooling2D", (5, 5, 64), 0),
    LayerRow("flatten", "Flatten", (1600,), 0),
    LayerRow("dense", "Dense", (128,), 204928),
    LayerRow("dense_1", "Dense", (10,), 1290),
)


def trained(experiment: Experiment, *layers: LayerRow) -> tuple[Experiment, Run]:
    """An entry with a run that built these layers."""
    return experiment, replace(fake_results().runs[0], layers=layers)


def test_each_layer_is_a_block_with_what_the_table_says() -> None:
    """The input first; names, shapes, activations and parameters in order."""
    drawn = blocks(*trained(CNN, *BUILT))
    assert [str(block.name) for block in drawn] == ["Input", *(row.kind for row in BUILT)]
    assert [block.shape for block in drawn][:2] == ["28 × 28 × 1", "26 × 26 × 32"]
    assert [block.activation for block in drawn] == ["", "relu", "", "relu", "", "", "relu", ""]
    assert str(drawn[1].parameters) == "320 parameters"
    assert drawn[2].parameters is None


def test_a_block_is_as_large_as_its_layer() -> None:
    """More places make it higher, more channels wider."""
    drawn = blocks(*trained(CNN, *BUILT))
    assert drawn[1].height > drawn[2].height > drawn[4].height
    assert drawn[3].width > drawn[1].width > drawn[0].width
    assert all(block.height <= 76 for block in drawn)  # the drawing's, in style.css


def test_layers_that_are_not_the_entrys_tell_no_activation() -> None:
    """The entry's activations belong to its own layers alone; an empty layer is drawn too."""
    drawn = blocks(*trained(CNN, LayerRow("d", "Dense", (10,), 5), LayerRow("e", "Odd", (0,), 0)))
    assert [block.activation for block in drawn] == ["", "", ""]
    assert drawn[2].height > 0


def test_without_a_model_nothing_is_drawn() -> None:
    """A run that crashed before it built one leaves the table alone."""
    assert blocks(CNN, None) == ()
    assert blocks(*trained(CNN)) == ()


def test_the_drawing_is_hidden_from_listeners_and_small() -> None:
    """The table below it has the same facts; a drawing takes at most 1.5 kB."""
    results = fake_results()
    page = render_report(results)
    drawings = re.findall(r'<div class="blocks" aria-hidden="true">.*?\n</div>\n', page, re.DOTALL)
    assert len(drawings) == sum(
        bool(item.shown and item.shown.layers) for item in by_experiment(results)
    )
    assert max(len(drawing.encode()) for drawing in drawings) < 1500
