"""summary.md: the verdict for a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mnistreport.conformance import failures
from mnistreport.drift import Drift
from mnistreport.messages import Text, listing, signed
from mnistreport.outputs.compared import moved_markdown
from mnistreport.outputs.markdown import escape, markdown_table
from mnistreport.report.compared import compared_page
from mnistreport.report.findings import Findings, by_experiment
from mnistreport.report.formats import duration, figure, interval, metric_name
from mnistreport.report.headline import headline, overall
from mnistreport.report.marks import Mark, mark
from mnistreport.report.overview import notable, overview_row, seeds_of
from mnistreport.results import Results
from mnistreport.verdict import Judgement, Verdict

#: Most rows of the first table: a pull request is read, not searched.
MOST_ROWS = 40


def summary_markdown(results: Results) -> str:
    """The sentence, what is not a pass, the suite as a whole, then everything, folded away."""
    found = by_experiment(results)
    sign = mark(overall(results)).sign
    train, test = results.dataset.sizes
    lines = [
        f"### {sign} {escape(str(headline(results)))}",
        "",
        escape(
            f"{results.profile} profile on {results.dataset.title} "
            f"({train:,} + {test:,} images), {len(results.runs)} trainings, "
            f"{duration(sum(run.seconds for run in results.runs))} of training."
        ),
        *(f"\n> {escape(notice)}" for notice in _notices(results)),
        "",
        *_troubles(found),
        *_compared(results),
        *_suite(results),
        *_everything(found),
        "",
    ]
    return "\n".join(lines)


def _notices(results: Results) -> Iterable[str]:
    broken = failures(results.conformance)
    notices = (*broken, *results.notices, results.dataset.notice)
    return dict.fromkeys(str(notice) for notice in notices if notice)


def _troubles(found: Sequence[Findings]) -> list[str]:
    rows = [_trouble(item, verdict) for item, verdict in notable(found)]
    if not rows:
        return []
    header = ("verdict", "experiment", "metric", "value", "range", "reason")
    more = len(rows) - MOST_ROWS
    note = [f"and {more} more, in the report", ""] if more > 0 else []
    return [*markdown_table(header, rows[:MOST_ROWS]), "", *note]


def _trouble(item: Findings, verdict: Verdict) -> Sequence[Text]:
    seeds = f" ({seeds_of(verdict)})" if len(item.runs) > 1 else ""
    return (
        _told(mark(verdict.verdict)),
        f"{verdict.experiment}{seeds}",
        metric_name(verdict.metric),
        figure(verdict.metric, verdict.value),
        interval(verdict.metric, verdict.low, verdict.high),
        verdict.reason,
    )


def _compared(results: Results) -> list[str]:
    """What changed since an earlier build, where one was named."""
    if results.compared is None:
        return []
    page = compared_page(results.compared)
    told = f"{page.mark.sign} Since the build of {page.made}: {page.headline}"
    return [f"**{escape(told)}**", "", *moved_markdown(page), ""]


def _suite(results: Results) -> list[str]:
    """What no experiment shows alone: second looks together, drift, Keras' rules."""
    rows = [*_second_looks(results.verdicts), *map(_drift, results.drift)]
    if results.conformance is not None:
        conforms = results.conformance
        rows.append((_outcome(conforms.agrees), "Keras' rules", conforms.summary))
    return [*markdown_table(("verdict", "whole suite", "found"), rows), ""] if rows else []


def _second_looks(verdicts: Iterable[Verdict]) -> list[Sequence[str]]:
    taken = [verdict for verdict in verdicts if verdict.second]
    if not taken:
        return []
    passed = [verdict for verdict in taken if verdict.second and verdict.second.inside]
    told = [f"{verdict.experiment} {metric_name(verdict.metric)}" for verdict in taken]
    found = f"{len(passed)} of {len(taken)} passed: {listing(told)}"
    return [(_outcome(len(passed) == len(taken)), "second looks", found)]


def _drift(drift: Drift) -> Sequence[str]:
    shift, value = signed(drift.shift, ".2g"), signed(drift.value, ".2f")
    found = (
        f"{shift} SD on average over {drift.experiments} experiments: "
        f"{value}, limit {drift.limit:.2f}"
    )
    return (_outcome(drift.inside), f"drift of {metric_name(drift.metric)}", found)


def _outcome(good: bool) -> str:
    return _told(mark(Judgement.PASS if good else Judgement.FAIL))


def _everything(found: Sequence[Findings]) -> list[str]:
    header = ("verdict", "experiment", "test accuracy", "range", "published", "time")
    rows = []
    for item in found:
        row = overview_row(item)
        published = f"{row.published} {row.published_kind}".strip()
        told = _told(row.mark)
        rows.append((told, row.name, row.accuracy, row.range, published, row.seconds))
    title = f"<details><summary>All {len(rows)} experiments</summary>"
    return [title, "", *markdown_table(header, rows), "", "</details>"]


def _told(it: Mark) -> str:
    return f"{it.sign} {it.word}"
