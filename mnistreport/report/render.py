"""The page's records to HTML. The only module that imports jinja2; templates loop and print."""

from __future__ import annotations

import base64
import contextlib
import gc
import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mnistreport.messages import LANGUAGES, Message
from mnistreport.report.compared import ComparedPage
from mnistreport.results import Results

_TEMPLATES = Path(__file__).parent / "templates"

#: Control characters and lone surrogates, which HTML cannot hold.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def render_report(
    results: Results,
    language: str = LANGUAGES[0],
    carried: Mapping[str, str] | None = None,
) -> str:
    """The report as one HTML file that asks for nothing else; equal bytes for equal results.

    Args:
        results: of a build.
        language: that is shown first; the page holds all of them.
        carried: files to be saved from the page, text by name.
    """
    # its charts import matplotlib, which a comparison does without
    from mnistreport.report.page import make_page

    with _uncollected():
        files = {name: _compressed(text) for name, text in (carried or {}).items()}
        return _render("report.html.j2", make_page(results), language, files)


def render_comparison(page: ComparedPage, language: str = LANGUAGES[0]) -> str:
    """A comparison of two builds as one HTML file that asks for nothing else."""
    return _render("compared.html.j2", page, language)


def _compressed(text: str) -> str:
    """A data: URI of the text, gzipped without a date."""
    packed = gzip.compress(text.encode(), mtime=0)
    return "data:application/gzip;base64," + base64.b64encode(packed).decode()


def _render(
    template: str, page: object, language: str, files: Mapping[str, str] | None = None
) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = Message
    text = environment.get_template(template).render(
        page=page,
        language=language,
        languages=LANGUAGES,
        files=files or {},
        script=Markup(_script()),  # noqa: S704  (our own file)
        script_source=_script_source(),
    )
    return _UNFIT.sub("", text) + "\n"


@cache
def _script() -> str:
    return (_TEMPLATES / "page.js").read_text(encoding="utf-8")


@cache
def _script_source() -> Markup:
    """The one script that the page's policy allows, by its digest."""
    digest = base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()
    return Markup("'sha256-{}'").format(digest)


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
