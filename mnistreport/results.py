"""Everything one build found: what the report and the other outputs are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mnistreport.calibration import Basis
from mnistreport.claims import JudgedClaim
from mnistreport.comparison import BuildComparison
from mnistreport.conformance import Conformance
from mnistreport.dataset import Dataset
from mnistreport.drift import Drift
from mnistreport.experiment import Experiment, Profile
from mnistreport.fidelity import PublishedFigures
from mnistreport.history import PastBuild
from mnistreport.messages import Text
from mnistreport.published import Comparison
from mnistreport.run import Run
from mnistreport.sensitivity import TableRow
from mnistreport.speed import Bench
from mnistreport.verdict import Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Results:
    """One build.

    Attributes:
        profile: the profile trained.
        dataset: the images; its `notice` is the banner's text where it has one.
        experiments: as trained (profile applied), in the catalog's order.
        runs: grouped by experiment in that order; several where several seeds were asked for.
        verdicts: one for each metric of each experiment, and one for trainings that failed.
        comparisons: published finals beside ours.
        published_curves: experiment -> history name (Keras' names; for NumPy `iteration`,
            `train_accuracy`, `test_accuracy`) -> one value an epoch, None where the document
            lost it.
        probabilities: (experiment, seed) -> class probabilities of the test images the experiment
            used, (n_test, 10) float32; absent where a run has none.
        environment: versions, CPU, threads, commit; strings to show.
        command: the command line that repeats the build.
        created: ISO 8601, UTC, seconds.
        notices: lines for the reader, shown above all else.
        drift: of each gated metric over all experiments, where there are enough of them.
        bench: the last one of this profile on this dataset, where there was one.
        figures: the published figures of its experiments, judged by the calibration seeds; empty
            where nobody asked.
        claims: the documents' claims on its experiments, judged; empty where nobody asked.
        conformance: of Keras' rules to the oracle's, where it was examined.
        history: the earlier builds of this profile on this dataset, oldest first.
        compared: with an earlier build, where one was named.
        basis: the calibration that its verdicts rest on; None where nobody asked.
        published_basis: the one that the verdicts on published figures and claims rest on, where
            they were asked for and it is another.
        sensitivity: what notices which fault; empty where nobody asked or measured.
        sensitivity_source: the profile and dataset that it was measured on.
    """

    profile: Profile
    dataset: Dataset
    experiments: tuple[Experiment, ...]
    runs: tuple[Run, ...]
    verdicts: tuple[Verdict, ...]
    comparisons: tuple[Comparison, ...]
    published_curves: Mapping[str, Mapping[str, list[float | None]]]
    probabilities: Mapping[tuple[str, int], NDArray[np.float32]]
    environment: Mapping[str, str]
    command: str
    created: str
    notices: tuple[Text, ...] = field(default=())
    drift: tuple[Drift, ...] = ()
    bench: Bench | None = None
    figures: tuple[PublishedFigures, ...] = ()
    claims: tuple[JudgedClaim, ...] = ()
    conformance: Conformance | None = None
    history: tuple[PastBuild, ...] = ()
    compared: BuildComparison | None = None
    basis: Basis | None = None
    published_basis: Basis | None = None
    sensitivity: tuple[TableRow, ...] = ()
    sensitivity_source: str = ""
