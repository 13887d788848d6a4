"""What a build writes: the page, and the same results for programs, CI and pull requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mnistreport.atomic import write_text
from mnistreport.outputs.document import SCHEMA, SCHEMA_PATH, results_document
from mnistreport.report.headline import headline
from mnistreport.results import Results

__all__ = ["SCHEMA", "SCHEMA_PATH", "headline", "results_document", "write_outputs"]


def write_outputs(results: Results, folder: Path, language: str = "en") -> dict[str, Path]:
    """Write every output into a folder, made where it is missing; each file whole or not at all.

    Args:
        results: of the build.
        folder: where to.
        language: that the page shows first.

    Returns:
        The paths by file name: index.html, results.json, metrics.csv, junit.xml, summary.md.

    Raises:
        OSError: the folder or a file cannot be written.
    """
    # jinja2, matplotlib, pandas and scikit-learn are imported only by who writes a report
    from mnistreport.outputs.document import results_json
    from mnistreport.outputs.junit import junit_xml
    from mnistreport.outputs.summary import summary_markdown
    from mnistreport.outputs.table import metrics_csv
    from mnistreport.report.render import render_report

    writers: dict[str, Callable[[Results], str]] = {
        "results.json": results_json,
        "metrics.csv": metrics_csv,
        "junit.xml": junit_xml,
        "summary.md": summary_markdown,
    }
    texts = {name: _writable(writer(results)) for name, writer in writers.items()}
    carried = {name: texts[name] for name in ("results.json", "metrics.csv")}
    texts["index.html"] = _writable(render_report(results, language, carried))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(folder / name, text)
    return {name: folder / name for name in texts}


def _writable(text: str) -> str:
    """A file name that is no UTF-8 reaches us with lone surrogates, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
