"""A comparison of two builds as text, Markdown, JSON and HTML."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from mnistreport.comparison import Build, BuildComparison
from mnistreport.messages import LANGUAGES, Text
from mnistreport.outputs.markdown import escape, markdown_table
from mnistreport.outputs.plain import plain_values
from mnistreport.report.compared import ComparedPage, PairRow, compared_page, noted, telling

#: Names the format; the number rises when a reader would have to change.
SCHEMA = "mnistreport/comparison/1"

_WIDTH = 100
_HEADER = ("experiment", "outcome", "before", "after", "gained", "lost", "p")


def comparison_html(found: BuildComparison, language: str = LANGUAGES[0]) -> str:
    """One self-contained page, in all languages; this one is shown first."""
    # jinja2 is imported by who writes a page
    from mnistreport.report.render import render_comparison

    return render_comparison(compared_page(found), language)


def comparison_json(found: BuildComparison) -> str:
    """The comparison as JSON text, in ASCII."""
    return json.dumps(comparison_document(found), indent=1, allow_nan=False) + "\n"


def comparison_document(found: BuildComparison) -> dict[str, Any]:
    """The comparison as plain values. Accuracies are fractions; None where nothing is known."""
    page = compared_page(found)
    document = {
        "schema": SCHEMA,
        "outcome": found.outcome if found.pairs else "not compared",
        "headline": page.headline,
        "notices": page.notices,
        "before": _build(found.before),
        "after": _build(found.after),
        "environment": [asdict(change) for change in found.environment],
        "recipes": [asdict(change) for change in found.recipes],
        "findings": [
            {**asdict(finding), "told": words.told}
            for finding, words in zip(found.findings, page.findings, strict=True)
        ],
        "experiments": [{"outcome": pair.outcome, **asdict(pair)} for pair in found.pairs],
        "left_out": dict(found.left_out),
    }
    plain: dict[str, Any] = plain_values(document)
    return plain


def _build(build: Build) -> dict[str, Any]:
    names = ("created", "command", "profile", "dataset", "dataset_sha256", "environment")
    return {"path": str(build.path), **{name: getattr(build, name) for name in names}}


# --- text --------------------------------------------------------------------------------


def comparison_text(found: BuildComparison) -> str:
    """For a terminal: the sentence, what changed, what moved, the table."""
    page = compared_page(found)
    return "\n".join([*_text(page), ""])


def _text(page: ComparedPage) -> Iterator[str]:
    yield from _wrapped(f"{page.mark.sign} {page.headline}", "")
    for notice in page.notices:
        yield from _wrapped(f"! {notice}", "  ")
    yield from ("", "What changed")
    yield from _aligned([("", "before", "after"), *_told(page)])
    if page.unchanged:
        yield from _wrapped(f"  unchanged: {page.unchanged}", "    ")
    for it in page.recipes:
        yield from _wrapped(
            f"  recipe: {it.name} {it.before} → {it.after} in {it.experiments}", "    "
        )
    if page.findings:
        yield from ("", "What moved beyond noise")
        for finding in page.findings:
            yield f"  {finding.mark.sign} {finding.mark.word}: {finding.subject}"
            for line in finding.told:
                yield from _wrapped(f"      {line}", "        ")
            if finding.members:
                yield from _wrapped(f"      {finding.members}", "        ")
    if page.rows:
        yield from ("", "All experiments")
        for row in page.counts:
            told = f"{row.mark.sign} {row.mark.word}: {row.count}: {row.names}"
            yield from _wrapped(f"  {told}", "      ")
        yield from ("", *_table(page))
        yield from ("", *_wrapped(str(page.legend), ""))
    for reason, names in page.left_out:
        yield from _wrapped(f"Not compared, {reason}: {names}", "  ")


def _told(page: ComparedPage) -> list[tuple[str, str, str]]:
    apart = (row for row in page.builds if row.before != row.after)
    return [(str(it.name), str(it.before), str(it.after)) for it in (*apart, *page.environment)]


def _table(page: ComparedPage) -> Iterator[str]:
    rows = [_cells(row) for row in telling(page.rows)]
    if not rows:
        return
    yield "  before, after: test accuracy; gained, lost: test images;"
    yield "  accuracy, test, train and epoch 1 loss, norm: SDs of retraining"
    yield ""
    yield from _aligned([(*_HEADER, *map(str, page.short)), *rows], right=2)
    for row in noted(page.rows):
        yield f"  {row.name}: {row.note}"
    if len(rows) < len(page.rows):
        yield "  What differs by rounding alone has no row."


def _cells(row: PairRow) -> tuple[str, ...]:
    told = f"{row.mark.sign} {row.mark.word}"
    return (row.name, told, row.before, row.after, row.gained, row.lost, row.p, *row.shifts)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def _aligned(rows: Sequence[Sequence[str]], right: int = 99) -> Iterator[str]:
    """Rows in columns; those from `right` on flush right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell.ljust(width) if place < right else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()


# --- Markdown ----------------------------------------------------------------------------


def comparison_markdown(found: BuildComparison) -> str:
    """For a pull request: everything but the sentence and the findings folded away."""
    page = compared_page(found)
    return "\n".join([*_markdown(page), ""])


def _markdown(page: ComparedPage) -> Iterator[str]:
    yield from (f"### {page.mark.sign} {escape(page.headline)}", "")
    for notice in page.notices:
        yield from (f"> {escape(notice)}", "")
    yield from markdown_table(("", "before", "after"), _told(page))
    yield ""
    if page.recipes:
        header = ("hyperparameter", "before", "after", "experiments")
        cells = [(it.name, it.before, it.after, it.experiments) for it in page.recipes]
        yield from (*markdown_table(header, cells), "")
    yield from moved_markdown(page)
    if page.rows:
        yield from ("", f"<details><summary>All {len(page.rows)} experiments</summary>", "")
        columns = (*_HEADER, *(f"{column}, SDs" for column in page.columns))
        yield from markdown_table(columns, (_cells(row) for row in page.rows))
        yield from ("", escape(page.legend), "", "</details>")
    for reason, names in page.left_out:
        yield from ("", escape(f"Not compared, {reason}: {names}"))


def moved_markdown(page: ComparedPage) -> Iterator[str]:
    """The findings as a list."""
    for finding in page.findings:
        yield f"- **{finding.mark.sign} {finding.mark.word}: {escape(finding.subject)}**"
        yield from (f"  - {escape(line)}" for line in _lines(finding.told, finding.members))


def _lines(told: Iterable[Text], members: Text) -> Iterator[Text]:
    yield from told
    if members:
        yield members
