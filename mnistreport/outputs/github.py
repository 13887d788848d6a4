"""What GitHub Actions is told: annotations beside the log, and the step's summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mnistreport.conformance import failures
from mnistreport.report.findings import by_experiment
from mnistreport.results import Results
from mnistreport.verdict import Judgement

#: GitHub shows so many annotations of a kind for a step, and drops the rest without a word.
MOST = 10

#: A title and a message.
_Told = tuple[str, str]


def github_annotations(results: Results) -> list[str]:
    """Workflow commands, one line each: an error for what failed, a warning for what warned.

    An experiment has one of a kind, whatever number of its metrics is concerned. GitHub reads
    them from stdout and stderr alike.
    """
    errors = [
        *_experiments(results, {Judgement.FAIL, Judgement.ERROR}),
        *(("all experiments", str(drift.reason)) for drift in results.drift if drift.reason),
        *(("conformance", str(line)) for line in failures(results.conformance)),
    ]
    warnings = _experiments(results, {Judgement.WARN})
    return [*_commands("error", errors), *_commands("warning", warnings)]


def _experiments(results: Results, kinds: set[Judgement]) -> list[_Told]:
    found = []
    for item in by_experiment(results):
        reasons = [f"{v.metric}: {v.reason}" for v in item.verdicts if v.verdict in kinds]
        if reasons:
            found.append((item.experiment.name, "\n".join(reasons)))
    return found


def _commands(kind: str, told: Sequence[_Told]) -> Iterable[str]:
    shown = told if len(told) <= MOST else told[: MOST - 1]
    for title, message in shown:
        yield f"::{kind} title={escape_property(title)}::{escape_message(message)}"
    if len(told) > len(shown):
        names = ", ".join(title for title, _ in told[len(shown) :])
        more = f"{len(told) - len(shown)} more"
        yield f"::{kind} title={more}::{escape_message(names)}"


def escape_message(text: str) -> str:
    """A message as GitHub's runner unescapes it; no other character ends the command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """The same for a title, which a colon or a comma would end."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")


def append_summary(path: Path, markdown: str) -> None:
    """Append to the file whose content GitHub shows on the page of the workflow's run.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("ab") as file:
        file.write(markdown.encode("utf-8", "replace"))
