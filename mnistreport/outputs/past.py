"""A build as its line in the history."""

from __future__ import annotations

import math

from mnistreport.environment import JAX_PACKAGES, PACKAGES
from mnistreport.history import PastBuild, PastExperiment
from mnistreport.messages import LANGUAGES
from mnistreport.report.findings import Findings, by_experiment
from mnistreport.report.headline import headline
from mnistreport.results import Results

_VERSIONS = ("python", *PACKAGES, *JAX_PACKAGES)
_CHANGES = "+changes"


def past_build(results: Results) -> PastBuild:
    """What later builds are told of this one."""
    environment, told = results.environment, headline(results)
    commit = environment.get("commit", "")
    return PastBuild(
        created=results.created,
        profile=results.profile,
        dataset=_plain(results.dataset.name),
        dataset_sha256=results.dataset.sha256,
        versions={name: environment[name] for name in _VERSIONS if name in environment},
        cpu=environment.get("cpu", ""),
        commit=commit.removesuffix(_CHANGES),
        dirty=commit.endswith(_CHANGES),
        headline=_plain(str(told)),
        translations={language: _plain(told.text(language)) for language in LANGUAGES[1:]},
        experiments={_plain(i.experiment.name): _experiment(i) for i in by_experiment(results)},
    )


def _experiment(item: Findings) -> PastExperiment:
    judged = {verdict.metric: verdict.value for verdict in item.verdicts}
    return PastExperiment(
        verdict=str(item.judgement),
        metrics={
            name: None if value is None or not math.isfinite(value) else value
            for name, value in judged.items()
            if name != "training"
        },
        fingerprints={str(run.seed): run.fingerprint for run in item.runs},
        seconds=sum(run.seconds for run in item.runs),
    )


def _plain(text: str) -> str:
    """Without the lone surrogates that stand for bytes that are no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
