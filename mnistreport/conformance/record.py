"""What a conformance run found, as records, as JSON and as lines."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnistreport.atomic import write_text
from mnistreport.errors import ReferenceFileError
from mnistreport.messages import Message, Phrase, Sentences, Stored, Text
from mnistreport.sealed import seal, unseal

FORMAT = "mnistreport/conformance/1"


@dataclass(frozen=True)
class Deviation:
    """The first place where Keras and the oracle part.

    Attributes:
        step: of the training, from 1; None where nothing was trained.
        what: the quantity, such as "W1[3, 4]" (Wi, bi: weights and biases of layer i).
        expected: the oracle's value.
        found: Keras'.
        relative: their difference by the largest magnitude in the array that `what` is in.
    """

    step: int | None
    what: str
    expected: float
    found: float
    relative: float


@dataclass(frozen=True)
class Finding:
    """One rule, compared.

    Attributes:
        rule: its name, "group/rule".
        compared: what was, such as "100 steps".
        largest: relative difference of all that was compared, up to the first deviation.
        tolerance: of that difference.
        deviation: the first, where there is one.
        cause: of the deviation, as far as it was found; empty where there is none.
        roundings: known ones of Keras that the oracle goes along with.
    """

    rule: str
    compared: str
    largest: float
    tolerance: float
    deviation: Deviation | None = None
    cause: str = ""
    roundings: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether Keras does what the rule says."""
        return self.deviation is None


@dataclass(frozen=True)
class Conformance:
    """All rules that were compared, and with which versions; `created` is ISO 8601, UTC."""

    findings: tuple[Finding, ...]
    versions: Mapping[str, str]
    created: str

    @property
    def agrees(self) -> bool:
        """Whether every rule is kept."""
        return all(finding.agrees for finding in self.findings)

    @property
    def summary(self) -> str:
        """The outcome in one sentence."""
        kept = sum(finding.agrees for finding in self.findings)
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{kept} of {len(self.findings)} rules conform ({versions})"

    def to_json(self) -> dict[str, Any]:
        """Plain values; NaN and infinity become None."""
        body: dict[str, Any] = _finite(asdict(self))
        return {"format": FORMAT, "agrees": self.agrees, **body}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def save(conformance: Conformance, path: Path) -> None:
    """Write it as JSON.

    Raises:
        OSError: the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(seal(conformance.to_json()), indent=1, allow_nan=False)
    write_text(path, text + "\n")


def load(path: Path) -> Conformance:
    """What `save` wrote.

    Raises:
        ReferenceFileError: there is none, or it is not one.
    """
    try:
        body = unseal(path.read_bytes())
        if body["format"] != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        findings = tuple(_finding(record) for record in body["findings"])
        return Conformance(findings, dict(body["versions"]), str(body["created"]))
    except OSError as error:
        raise ReferenceFileError(f"conformance {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ReferenceFileError(
            f"conformance {path} is damaged: {error}", "`mnistreport conformance` makes it anew."
        ) from None


def _finding(record: dict[str, Any]) -> Finding:
    deviation = record.pop("deviation")
    return Finding(
        **{
            **record,
            "largest": _number(record["largest"]),
            "tolerance": float(record["tolerance"]),
            "roundings": tuple(map(str, record["roundings"])),
        },
        deviation=None if deviation is None else _deviation(deviation),
    )


def _deviation(record: dict[str, Any]) -> Deviation:
    numbers = {name: _number(record[name]) for name in ("expected", "found", "relative")}
    return Deviation(**{**record, **numbers})


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def plain(conformance: Conformance) -> Iterator[str]:
    """Lines for people: one a rule, more where it is not kept, the known roundings, the outcome."""
    width = max((len(finding.rule) for finding in conformance.findings), default=0)
    for finding in conformance.findings:
        if finding.agrees:
            largest = f"largest relative difference {finding.largest:.1e}"
            yield f"pass  {finding.rule:<{width}}  {finding.compared}, {largest}"
        else:
            yield f"FAIL  {failure(finding)}"
    known = [finding for finding in conformance.findings if finding.roundings]
    if known:
        yield ""
        yield "Known roundings, in the oracle too: constants that Keras passes through float32"
        for finding in known:
            yield f"      {finding.rule:<{width}}  {'; '.join(finding.roundings)}"
    yield ""
    yield conformance.summary


def failures(conformance: Conformance | None) -> tuple[Text, ...]:
    """A line for each rule that is not kept; none where nothing was examined."""
    if conformance is None:
        return ()
    return tuple(failure(finding) for finding in conformance.findings if not finding.agrees)


def failure(finding: Finding) -> Text:
    """Rule, place, both values and cause of what is not kept, in one line; else nothing."""
    found = finding.deviation
    if found is None:
        return ""
    name, bracket, place = found.what.partition("[")
    what: Text = Sentences([Phrase(name), bracket + place], "") if place else Phrase(name)
    if found.step is not None:
        what = Message("step {n}, {what}", n=found.step, what=what)
    return Message(
        "{rule}: {what}: expected {expected}, found {found} (relative difference {relative}): "
        "{cause}",
        rule=finding.rule,
        what=what,
        expected=f"{found.expected:.17g}",
        found=f"{found.found:.17g}",
        relative=f"{found.relative:.2g}",
        cause=Sentences(map(Stored, finding.cause.split("; ")), "; "),
    )
