"""The section on history: what earlier builds of the same profile and data found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mnistreport.history import PastBuild
from mnistreport.messages import Message, Text, Translated
from mnistreport.report.findings import Findings
from mnistreport.report.formats import NOTHING, anchor, difference, figure, metric_name, moment
from mnistreport.report.marks import Mark, mark
from mnistreport.results import Results
from mnistreport.verdict import Judgement

#: Builds that are listed and drawn, the last ones.
MOST_BUILDS = 30

#: The metrics that are drawn, one column each.
METRICS = ("test_accuracy", "test_loss")

WIDTH, HEIGHT = 160, 28


@dataclass(frozen=True)
class BuildRow:
    """An earlier build as texts; `changed` is what of the versions differs from the one before."""

    when: str
    commit: Text
    versions: str
    changed: str
    headline: Text


@dataclass(frozen=True)
class Trend:
    """One metric of an experiment over the builds: drawn, and from first to last in words."""

    drawing: Markup
    first: str
    last: str
    change: str


@dataclass(frozen=True)
class TrendRow:
    """An experiment's row."""

    mark: Mark
    name: str
    href: str
    trends: tuple[Trend, ...]


@dataclass(frozen=True)
class HistorySection:
    """Builds, the newest first, and the trend of each experiment; this build is the last point."""

    builds: tuple[BuildRow, ...]
    rows: tuple[TrendRow, ...]
    columns: tuple[Message, ...]
    count: int


def history_section(found: Sequence[Findings], results: Results) -> HistorySection | None:
    """What earlier builds found; None where there was none."""
    earlier = _without_this_one(results)[-MOST_BUILDS:]
    if not earlier:
        return None
    return HistorySection(
        builds=tuple(reversed(_builds(earlier))),
        rows=tuple(row for item in found if (row := _row(item, earlier)) is not None),
        columns=tuple(metric_name(metric) for metric in METRICS),
        count=len(earlier),
    )


def _without_this_one(results: Results) -> tuple[PastBuild, ...]:
    """A report that is written again finds its own build at the end."""
    earlier = results.history
    prints: dict[str, dict[str, str]] = {}
    for run in results.runs:
        prints.setdefault(run.experiment, {})[str(run.seed)] = run.fingerprint
    if earlier and prints == {n: dict(e.fingerprints) for n, e in earlier[-1].experiments.items()}:
        return earlier[:-1]
    return earlier


def _builds(builds: Sequence[PastBuild]) -> list[BuildRow]:
    rows = []
    before: Mapping[str, str] | None = None
    for build in builds:
        changed = [] if before is None else _changes(before, build.versions)
        commit = Message("{commit}, with changes", commit=build.commit)
        rows.append(
            BuildRow(
                when=moment(build.created),
                commit=commit if build.dirty else build.commit,
                versions=", ".join(f"{name} {build.versions[name]}" for name in build.versions),
                changed=", ".join(changed),
                headline=Translated(build.headline, build.translations),
            )
        )
        before = build.versions
    return rows


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return [
        f"{name} {before.get(name, NOTHING)} → {after.get(name, NOTHING)}"
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]


def _row(item: Findings, earlier: Sequence[PastBuild]) -> TrendRow | None:
    name = item.experiment.name
    if not any(name in build.experiments for build in earlier):
        return None
    return TrendRow(
        mark=mark(item.judgement),
        name=name,
        href=anchor(name),
        trends=tuple(_trend(item, metric, earlier) for metric in METRICS),
    )


def _trend(item: Findings, metric: str, earlier: Sequence[PastBuild]) -> Trend:
    past = [build.experiments.get(item.experiment.name) for build in earlier]
    points = [(e.metrics.get(metric), e.verdict) if e else (None, "") for e in past]
    now = item.verdict(metric)
    points.append((now.value if now else None, str(item.judgement)))
    told = [value for value, _ in points if value is not None]
    first, last = (told[0], told[-1]) if told else (None, None)
    apart = None if first is None or last is None else last - first
    return Trend(
        drawing=_draw(points),
        first=figure(metric, first),
        last=figure(metric, last),
        change=difference(metric, apart),
    )


def _draw(points: Sequence[tuple[float | None, str]]) -> Markup:
    """A line through the builds; a cross where the experiment failed, a dot at the last."""
    known = [(i, value, verdict) for i, (value, verdict) in enumerate(points) if value is not None]
    if len(known) < 2:
        return Markup("")
    low = min(value for _, value, _ in known)
    span = (max(value for _, value, _ in known) - low) or 1.0
    placed = [
        (
            5 + (WIDTH - 10) * i / (len(points) - 1),
            HEIGHT - 6 - (HEIGHT - 12) * (value - low) / span,
            verdict,
        )
        for i, value, verdict in known
    ]
    line = " ".join(f"{x:.0f},{y:.1f}" for x, y, _ in placed)
    bad = (str(Judgement.FAIL), str(Judgement.ERROR))
    crosses = Markup("").join(
        Markup('<path class="cross" d="M{} {}l6 6m0-6l-6 6"/>').format(
            f"{x - 3:.0f}", f"{y - 3:.0f}"
        )
        for x, y, verdict in placed
        if verdict in bad
    )
    x, y, _ = placed[-1]
    return Markup(
        '<svg class="trend" viewBox="0 0 {} {}" aria-hidden="true"><polyline points="{}"/>{}'
        '<circle cx="{}" cy="{}" r="3"/></svg>'
    ).format(WIDTH, HEIGHT, line, crosses, f"{x:.0f}", f"{y:.1f}")
