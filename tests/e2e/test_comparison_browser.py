"""The page of `compare` in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mnistreport.comparison import compare_builds
from mnistreport.outputs.compared import comparison_html
from tests.e2e.test_report_browser import LOW_CONTRAST, OPEN_ALL, WIDTHS, open_page
from tests.unit.comparison.fake_builds import NAMES, build, calibration, only


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A comparison with a finding, a recipe that differs and an experiment left out."""
    entry = {**build().entries["small/adam"], "epochs": 3}
    after = build(
        only(["wide/adam"], "test_accuracy", -25),
        names=NAMES[:-1],
        environment={"tensorflow": "2.21.0", "commit": "0123456789ab" * 8},
        entries={**build().entries, "small/adam": entry},
    )
    path = tmp_path_factory.mktemp("compared") / "compared.html"
    path.write_text(comparison_html(compare_builds(build(), after, calibration())))
    return Path(path).as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_quiet_and_readable(browser: Any, address: str, scheme: str) -> None:
    """No request, no message, and WCAG AA's contrast in both colour schemes."""
    page = open_page(browser, address, color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    assert page.faults == []
    assert page.inner_text(".headline").startswith("✗")
    assert page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_it_does_not_scroll_sideways(browser: Any, address: str, width: int) -> None:
    """From a phone to a wide screen only boxes inside it scroll; its sections are there."""
    page = open_page(browser, address, width)
    page.evaluate(OPEN_ALL)
    assert page.locator(".bar a").last.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
