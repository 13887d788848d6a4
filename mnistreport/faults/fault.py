"""What a fault is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mnistreport.dataset import Dataset
from mnistreport.experiment import Experiment

if TYPE_CHECKING:
    import numpy as np

#: By whom it is made: by somebody who follows a document, by a framework or a library beneath, by
#: neither: it changes nothing that counts, and must not be noticed.
Kind = Literal["reader", "framework", "control"]
#: What the model and its update rule are made from.
Recipe = Callable[[Experiment], Experiment]
#: The experiment and the data that everything else is made from; the generator is the fault's own.
Setting = Callable[
    [Experiment, Dataset, "np.random.RandomState"],
    tuple[Experiment, Dataset],
]


@dataclass(frozen=True)
class Fault:
    """One fault.

    It is planted where it would arise: in the recipe that the model is built from, in the setting
    (data, batch size, epochs), or in a step of the training.

    Attributes:
        name: on the command line and in files.
        title: what is wrong, in a few words.
        kind: who makes it, or that nobody should notice it.
        experiments: it is planted into these.
        recipe: changes the recipe of model and optimizer.
        setting: changes the experiment and its data.
        step: the name of a function of `mnistreport.training.broken_keras` and `broken_numpy`.
        version: raised where what is planted changes: what was measured before then no longer
            counts.
    """

    name: str
    title: str
    kind: Kind
    experiments: tuple[str, ...]
    recipe: Recipe | None = None
    setting: Setting | None = None
    step: str = ""
    version: int = 1

    @property
    def key(self) -> str:
        """What its trainings and rulings are kept under."""
        return self.name if self.version == 1 else f"{self.name}@{self.version}"

    @property
    def control(self) -> bool:
        """Whether it must not be noticed."""
        return self.kind == "control"

    @property
    def in_rules(self) -> bool:
        """Whether it is a rule of an engine that breaks, which is what `conformance` examines.

        It never reads what a reader of a document writes.
        """
        in_model = self.recipe is not None or bool(self.step)
        return in_model and self.kind != "reader"
