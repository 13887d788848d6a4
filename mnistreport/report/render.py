"""The page's records to HTML. The only module that imports jinja2; templates loop and print."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mnistreport.report.page import make_page
from mnistreport.results import Results

_TEMPLATES = Path(__file__).parent / "templates"

#: Control characters and lone surrogates, which HTML cannot hold.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def render_report(results: Results) -> str:
    """The report as one HTML file that asks for nothing else; equal bytes for equal results."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("report.html.j2").render(page=make_page(results))
    return _UNFIT.sub("", text) + "\n"
