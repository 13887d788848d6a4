"""The page's records to HTML. The only module that imports jinja2; templates loop and print."""

from __future__ import annotations

import contextlib
import gc
import re
from collections.abc import Iterator
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
    with _uncollected():
        text = environment.get_template("report.html.j2").render(page=make_page(results))
    return _UNFIT.sub("", text) + "\n"


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Charts make millions of objects; looking among them for garbage takes a fifth of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
