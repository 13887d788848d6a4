"""The documents' figures and claims beside our evidence, read from the reference folder.

The evidence is the calibration of the published profile on MNIST, whatever a build has trained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnistreport.calibration import (
    Basis,
    Row,
    curves_path,
    find_basis,
    load_curves,
    load_rows,
    rows_path,
)
from mnistreport.claims import (
    Claim,
    Gradients,
    JudgedClaim,
    Reach,
    claims_path,
    judge_claims,
    load_claims,
)
from mnistreport.dataset import MNIST_SHA256, Dataset
from mnistreport.errors import ReferenceFileError
from mnistreport.evidence import Evidence, Training, gather, training_of
from mnistreport.experiment import Experiment
from mnistreport.fidelity import Fidelity, Figure, PublishedFigures, judge_figures
from mnistreport.published import load_published
from mnistreport.reference import SHORT
from mnistreport.store import Store
from mnistreport.task import Task
from mnistreport.training.gradients import gradient_reach

_MNIST_SIZES = (60_000, 10_000)
#: Sets of first weights whose gradients a claim compares.
_GRADIENT_SEEDS = range(10)

#: The training from a document's own seed, by the experiment's name; None where there is none.
OwnSeed = Callable[[Experiment], Training | None]


@dataclass(frozen=True)
class Reference:
    """What a reference folder knows of a catalog as published, on MNIST."""

    folder: Path
    experiments: Mapping[str, Experiment]
    rows: Sequence[Row]
    evidence: Evidence

    @classmethod
    def read(cls, folder: Path, catalog: Mapping[str, Experiment]) -> Reference:
        """Read the calibration of the published profile on MNIST; empty where there is none.

        Raises:
            ReferenceFileError: a file of it is damaged.
        """
        published = {n: e.for_profile("published", _MNIST_SIZES) for n, e in catalog.items()}
        rows = load_rows(rows_path(folder, "published", "mnist"))
        evidence = gather(
            published.values(),
            rows,
            load_curves(curves_path(folder, "published", "mnist")),
            MNIST_SHA256[:SHORT],
        )
        return cls(folder, published, rows, evidence)

    def basis(self, names: Iterable[str]) -> Basis:
        """The seeds that verdicts on these experiments rest on; no range judges them."""
        experiments = [self.experiments[name] for name in names]
        dataset = "mnist", MNIST_SHA256[:SHORT]
        return find_basis("published", dataset, experiments, self.rows, {})

    def figures(self, names: list[str], own: OwnSeed) -> tuple[PublishedFigures, ...]:
        """A verdict on every published figure of these experiments; those without any left out."""
        printed = load_published(self.folder / "published")
        found = (
            judge_figures(self.evidence[name], printed.get(name, {}), own(self.experiments[name]))
            for name in names
        )
        return tuple(item for item in found if item.finals or item.curves)

    def claims(self, dataset: Dataset) -> tuple[JudgedClaim, ...]:
        """A finding for each claim.

        Args:
            dataset: the images on which gradients before training are computed.

        Raises:
            ReferenceFileError: the file has faults.
        """
        path = claims_path(self.folder)
        claims = load_claims(path, self.experiments)
        compared = dict.fromkeys(name for claim in claims for name in _with_gradients(claim))
        try:
            reach = {
                name: gradient_reach(self.experiments[name], dataset, _GRADIENT_SEEDS)
                for name in compared
            }
        except ValueError as error:
            raise ReferenceFileError(
                f"claims {path}: gradients are not computed: {error}"
            ) from None
        return judge_claims(claims, self.evidence, Reach(reach, dataset.name))


def _with_gradients(claim: Claim) -> list[str]:
    return [
        name
        for comparison in claim.comparisons
        if isinstance(comparison.measure, Gradients)
        for name in (comparison.left, *comparison.rights)
        if name
    ]


def stored_own_seed(store: Store, threads: int) -> OwnSeed:
    """The store's published training on MNIST from the document's own seed."""

    def own(experiment: Experiment) -> Training | None:
        if experiment.seed is None:
            return None
        task = Task(experiment, "published", experiment.seed, "mnist", MNIST_SHA256, threads)
        stored = store.load(task)
        return training_of(stored.run) if stored else None

    return own


def not_reproduced(found: tuple[PublishedFigures, ...]) -> list[Figure]:
    """The finals that our seeds do not give."""
    return [
        figure
        for item in found
        for figure in item.finals
        if figure.verdict is Fidelity.NOT_REPRODUCED
    ]
