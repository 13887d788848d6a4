"""What `compare` does: two builds read, compared, and told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from mnistreport.atomic import write_text
from mnistreport.calibration import load_profile_rows
from mnistreport.comparison import BuildComparison, Outcome, compare_builds, load_build
from mnistreport.errors import ExitCode, UsageError
from mnistreport.report.compared import comparison_headline
from mnistreport.terminal import Terminal


def compare(
    before: Path,
    after: Path,
    reference: Path,
    form: str,
    language: str,
    output: Path | None,
    terminal: Terminal,
) -> ExitCode:
    """Compare two builds; print the comparison, or write it and print its path.

    Args:
        before: a results.json, or a folder that holds one.
        after: another, which is judged.
        reference: the folder whose calibration tells the noise of retraining.
        form: text, markdown, json or html.
        language: that a page shows first.
        output: a file; None for stdout.
        terminal: to speak to.

    Raises:
        ResultsError: a results.json that cannot be read.
        UsageError: the output cannot be written.
    """
    from mnistreport.outputs import compared

    builds = load_build(before), load_build(after)
    found = compare_builds(*builds, load_profile_rows(reference, builds[0].profile))
    writers: dict[str, Callable[[BuildComparison], str]] = {
        "text": compared.comparison_text,
        "markdown": compared.comparison_markdown,
        "json": compared.comparison_json,
        "html": partial(compared.comparison_html, language=language),
    }
    # a name that is no UTF-8 reaches us with lone surrogates, which no file can hold
    text = writers[form](found).encode("utf-8", "replace").decode("utf-8")
    if output is None:
        print(text, end="")
    else:
        _write(output, text)
        print(output)
    if output is not None or form != "text" or not found.pairs:
        terminal.tell(f"mnistreport: {comparison_headline(found)}")
    if not found.pairs:
        return ExitCode.NOTHING_SELECTED
    worse = found.outcome is Outcome.WORSE
    return ExitCode.OUTSIDE_REFERENCE if worse else ExitCode.PASS


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    except OSError as error:
        raise UsageError(
            f"the comparison cannot be written to {path}: {error.strerror or error}",
            "Name another file with --output.",
        ) from None
