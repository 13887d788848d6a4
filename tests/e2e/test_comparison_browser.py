"""Two builds compared, in a real browser: the page of `compare`, and the part of a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from mnistreport.baseline import compare_with
from mnistreport.comparison import compare_builds, load_build
from mnistreport.outputs import write_outputs
from mnistreport.outputs.compared import comparison_html
from tests.e2e.test_report_browser import LOW_CONTRAST, OPEN_ALL, WIDTHS, open_page
from tests.unit.comparison.fake_builds import NAMES, build, calibration, only
from tests.unit.report.fake_results import fake_results


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> str:
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


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report that was built with a baseline: two trainings fail, and did not before."""
    folder = tmp_path_factory.mktemp("report")
    write_outputs(fake_results(troubled=False), folder)
    earlier = load_build(folder)
    results = compare_with(earlier, fake_results(), folder, folder)
    return write_outputs(results, folder)["index.html"].as_uri()


@pytest.fixture(params=["compared", "report"])
def address(request: pytest.FixtureRequest) -> str:
    """Both places where a comparison is told."""
    found: str = request.getfixturevalue(request.param)
    return found


def test_it_is_quiet(browser: Any, compared: str) -> None:
    """No request and no message, with everything open; the verdict first."""
    page = open_page(browser, compared)
    page.evaluate(OPEN_ALL)
    assert page.faults == []
    assert page.inner_text(".headline").startswith("✗")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Any, address: str, scheme: str, language: str) -> None:
    """Deque's rules for accessibility, and WCAG AA's contrast, in both themes and languages."""
    page = open_page(browser, address, color_scheme=scheme, bypass_csp=True)
    page.locator(f"label[for=in-{language}]").click()
    page.evaluate("for (const it of document.querySelectorAll('details.values')) it.open = true")
    assert page.evaluate(LOW_CONTRAST) == []
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    told = [(v["id"], v["help"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found]
    assert told == []


def test_the_language_is_chosen_without_javascript(browser: Any, compared: str) -> None:
    """By a click; headings, findings, notices and the table with it."""
    page = open_page(browser, compared, java_script_enabled=False)
    assert page.inner_text("#moved") == "What moved beyond noise"
    page.locator("label[for=in-zh]").click()
    assert page.inner_text("#moved") == "超出噪声的变化"
    assert "变差且超出噪声：wide/adam" in page.inner_text(".headline")
    assert "后来的训练配方不同" in page.inner_text(".banner >> nth=0")
    assert page.inner_text("tbody .mark >> nth=0") == "✗ 更差"


def test_it_opens_in_the_language_asked_for(browser: Any, tmp_path: Path) -> None:
    """`--lang zh` shows Chinese first; English is a click away, and the page's own tongue too."""
    path = tmp_path / "compared.html"
    path.write_text(comparison_html(compare_builds(build(), build(), []), "zh"))
    page = open_page(browser, path.as_uri())
    assert page.inner_text("#changed") == "改变了什么"
    assert page.evaluate("document.documentElement.lang") == "zh"
    page.locator("label[for=in-en]").click()
    assert page.inner_text("#changed") == "What changed"
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_does_not_scroll_sideways(browser: Any, address: str, width: int, language: str) -> None:
    """From a phone to a wide screen only boxes inside it scroll; its sections are there."""
    page = open_page(browser, address, width)
    page.locator(f"label[for=in-{language}]").click()
    page.evaluate("for (const it of document.querySelectorAll('details.values')) it.open = true")
    assert page.locator(".bar ul a:visible, .bar > button:visible").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_red_build_says_on_its_first_screen_what_changed(browser: Any, report: str) -> None:
    """A line that links to the comparison, whose rows lead on to the experiments."""
    page = open_page(browser, report)
    line = page.locator(".top .banner", has_text="Compared with an earlier build")
    assert line.bounding_box()["y"] < 900
    assert "Worse beyond noise: small/nadam and mlp/model3" in line.inner_text()
    line.locator("a").click()
    section = page.locator("section[aria-labelledby=compared]")
    assert page.url.endswith("#compared")
    section.locator("tbody a", has_text="mlp/model3").click()
    details = page.locator("details.experiment", has=page.locator("h3", has_text="mlp/model3"))
    assert details.get_attribute("open") is not None
    assert page.faults == []
