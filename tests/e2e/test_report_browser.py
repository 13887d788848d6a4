"""The report in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from mnistreport.outputs import write_outputs
from tests.unit.report.fake_results import fake_results, hostile_results, toy_dataset

WIDTHS = (360, 768, 1280, 1920)

OPEN_ALL = "for (const it of document.querySelectorAll('details')) it.open = true"

#: The text of the page whose contrast with what is behind it is below WCAG's AA, as strings.
LOW_CONTRAST = """() => {
  const channels = (text) => {
    const numbers = text.match(/[\\d.]+(e-?\\d+)?/g).map(Number);
    const unit = text.startsWith('color(') ? 1 : 255;
    return [numbers[0] / unit, numbers[1] / unit, numbers[2] / unit, numbers[3] ?? 1];
  };
  const light = ([r, g, b]) => {
    const line = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * line(r) + 0.7152 * line(g) + 0.0722 * line(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color[3] > 0.99) return color;
    }
    return [1, 1, 1, 1];
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const ink = channels(element.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(ink), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.add(`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 90)}`);
  }
  return [...found];
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report on disk."""
    folder = tmp_path_factory.mktemp("report")
    return write_outputs(fake_results(), folder)["index.html"].as_uri()


@pytest.fixture(scope="module")
def hostile_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report on disk, with hostile names in it."""
    folder = tmp_path_factory.mktemp("hostile")
    return write_outputs(hostile_results(), folder)["index.html"].as_uri()


def open_page(browser: Any, address: str, width: int = 1280, **context: Any) -> Any:
    """A page of its own, offline, with what went wrong gathered in `page.faults`."""
    faults: list[str] = []
    page = browser.new_context(
        viewport={"width": width, "height": 900}, offline=True, **context
    ).new_page()
    page.faults = faults

    def note_request(request: Any) -> None:
        if request.url != address and not request.url.startswith("data:"):
            faults.append(f"request: {request.url[:200]}")

    def note_dialog(dialog: Any) -> None:
        faults.append("a dialog")
        dialog.dismiss()

    page.on("console", lambda message: faults.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("dialog", note_dialog)
    page.on("request", note_request)
    page.goto(address)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_console_message_and_no_request(browser: Any, address: str, scheme: str) -> None:
    """The page opens from disk, offline, without a word on the console and without a request."""
    page = open_page(browser, address, color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    assert page.faults == []
    assert "7 of 11 experiments inside their ranges" in page.inner_text(".headline")


def test_hostile_text_does_nothing(browser: Any, hostile_address: str) -> None:
    """No dialog, no element, no request comes out of a hostile name."""
    page = open_page(browser, hostile_address)
    page.evaluate(OPEN_ALL)
    assert page.faults == []
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0
    assert "<script>alert(1)</script>" in page.inner_text("h1")


def test_everything_is_there_without_javascript(browser: Any, address: str) -> None:
    """With JavaScript off an experiment opens by a click and by the link in the table."""
    page = open_page(browser, address, java_script_enabled=False)
    section = page.locator("details.experiment").nth(1)
    assert not section.locator(".confusion").is_visible()
    section.locator("summary").first.click()
    assert section.locator(".confusion").is_visible()
    other = page.locator("details.experiment").nth(4)
    page.locator("table.overview a", has_text="depth/relu5").first.click()
    assert other.locator(".confusion").is_visible()


def test_the_language_is_chosen_without_javascript(browser: Any, address: str) -> None:
    """By a click or the arrow keys; texts, charts and what is hidden from the eye with it."""
    page = open_page(browser, address, java_script_enabled=False)
    heading, axis = page.locator("#overview"), page.locator(".chart text", has_text="轮次").first
    assert heading.inner_text() == "All experiments"
    assert not axis.is_visible()
    page.locator("label[for=in-zh]").click()
    assert heading.inner_text() == "全部实验"
    assert axis.is_visible()
    assert page.locator(".headline").inner_text().count("个实验") == 1
    page.keyboard.press("ArrowLeft")
    assert heading.inner_text() == "All experiments"


def test_a_report_can_open_in_chinese(browser: Any, tmp_path: Path) -> None:
    """Its title too; the other language is a click away."""
    address = write_outputs(fake_results(), tmp_path, "zh")["index.html"].as_uri()
    page = open_page(browser, address)
    assert page.inner_text("#overview") == "全部实验"
    assert "快速配置" in page.title()
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.locator("label[for=in-en]").click()
    assert page.inner_text("#overview") == "All experiments"


def test_the_table_sorts_by_a_click_on_a_column(browser: Any, address: str) -> None:
    """Up, then down; what has no value stands last both times."""
    page = open_page(browser, address)
    head = page.locator("#experiments-table thead th").nth(2)
    cells = "[...document.querySelectorAll('#experiments-table tbody td:nth-child(3)')]"
    values = f"{cells}.map((cell) => cell.dataset.value)"
    for order, sign in (("ascending", 1), ("descending", -1)):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == order
        found = page.evaluate(values)
        numbers = [sign * float(value) for value in found if value]
        assert numbers == sorted(numbers)
        assert found[len(numbers) :] == [""] * (len(found) - len(numbers))
        assert len(numbers) == 9
    assert page.faults == []


def test_filters_narrow_the_table(browser: Any, address: str) -> None:
    """Any of a group's, all of the groups; by the keyboard too; the count is told."""
    page = open_page(browser, address)
    rows = "#experiments-table tbody tr"
    total = page.locator(rows).count()
    page.locator(".filters button[data-key=document][value=A]").focus()
    page.keyboard.press("Space")
    assert page.locator(f"{rows}:visible th").all_inner_texts()[0].startswith("wide/sgd")
    assert page.locator(f"{rows}:visible").count() == 2
    page.locator(".filters button[data-key=document][value=B]").click()
    page.locator(".filters button[data-key=optimizer][value=SGD]").click()
    assert page.locator(f"{rows}:visible").count() == 2
    assert page.inner_text(".filters output") == f"2 / {total}"
    page.locator(".filters button[aria-pressed=true]").first.click()
    assert page.locator(f"{rows}:visible").count() == 1


def test_curves_are_switched_off_without_javascript(browser: Any, tmp_path: Path) -> None:
    """An experiment's in all figures of its document and no other's; the published ones alike."""
    results = fake_results(
        dataset=toy_dataset(name="mnist"), profile="published", troubled=False, seeds=(1,)
    )
    address = write_outputs(results, tmp_path)["index.html"].as_uri()
    page = open_page(browser, address, java_script_enabled=False)
    first, second = (page.locator("section.document").nth(number) for number in range(2))
    seen = "(es) => es.filter((e) => getComputedStyle(e).display !== 'none').length"
    before = first.locator(".series-1").evaluate_all(seen)
    assert before > 0
    first.locator(".series label", has_text="adam").click()
    assert first.locator(".series-1").evaluate_all(seen) == 0
    assert first.locator(".series-0").evaluate_all(seen) > 0
    assert second.locator(".series-1").evaluate_all(seen) > 0
    first.locator(".series label", has_text="published").click()
    assert first.locator(".published").evaluate_all(seen) == 0
    first.locator(".series label", has_text="adam").click()
    assert 0 < first.locator(".series-1").evaluate_all(seen) < before


@pytest.mark.parametrize("width", WIDTHS)
def test_the_first_screen_shows_what_needs_a_look(browser: Any, address: str, width: int) -> None:
    """Each experiment with its drawing in sight, whatever the width."""
    page = open_page(browser, address, width)
    listed = page.locator(".troubles > li")
    assert listed.count() == 5
    for place in range(5):
        box = listed.nth(place).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    drawn = page.locator(".troubles .range")
    assert drawn.count() == 3
    assert all(box["width"] > 150 for box in (drawn.nth(i).bounding_box() for i in range(3)))


def opened_experiment(page: Any) -> tuple[Any, Any, Any]:
    """The first experiment's section, its misread digits in sight, a cell that counts some."""
    section = page.locator("details.experiment").first
    section.locator("summary").first.click()
    errors = section.locator(".gallery li[data-cell]:visible")
    return section, errors, section.locator(".confusion button").first


def test_a_cell_of_the_confusion_matrix_shows_its_digits(browser: Any, address: str) -> None:
    """Just those that are counted in it; the first ones come back."""
    page = open_page(browser, address)
    section, errors, cell = opened_experiment(page)
    before = errors.count()
    row, column = cell.evaluate(
        "b => [b.closest('tr').rowIndex - 1, b.closest('td').cellIndex - 1]"
    )
    cell.click()
    assert errors.count() == int(cell.inner_text())
    told = f"true {row}, read as {column}"
    assert all(told in text for text in errors.all_inner_texts())
    assert told in section.locator(".outputs p").first.inner_text()
    section.locator(".only button").click()
    assert errors.count() == before
    assert not section.locator(".only").is_visible()


def test_the_keyboard_chooses_a_cell_of_the_confusion_matrix(browser: Any, address: str) -> None:
    """Enter shows its digits, and once more all of them."""
    page = open_page(browser, address)
    _, errors, cell = opened_experiment(page)
    before = errors.count()
    cell.focus()
    page.keyboard.press("Enter")
    assert cell.get_attribute("aria-pressed") == "true"
    assert errors.count() == int(cell.inner_text())
    page.keyboard.press("Enter")
    assert errors.count() == before


def test_a_chosen_digit_shows_its_outputs(browser: Any, address: str) -> None:
    """By keyboard, below it: its probabilities, their logarithms, which is true and which read."""
    page = open_page(browser, address)
    section = page.locator("details.experiment").first
    section.locator("summary").first.click()
    panel = section.locator(".outputs")
    rows = panel.locator("tbody tr")
    assert panel.count() == 1
    item = section.locator(".gallery").first.locator("li[data-logs]").nth(1)
    pick = item.locator("button")
    pick.focus()
    page.keyboard.press("Enter")
    assert pick.get_attribute("aria-expanded") == "true"
    assert section.locator("[aria-expanded=true]").count() == 1
    assert item.evaluate("it => it.nextElementSibling.className") == "outputs"
    true, read = item.get_attribute("data-cell")
    image = item.get_attribute("data-image")
    told = f"test image {image}: true {true}, read as {read}"
    assert panel.locator("p").first.inner_text() == told
    assert rows.nth(int(true)).locator("th").inner_text() == f"{true} true"
    assert rows.nth(int(read)).locator("th").inner_text() == f"{read} read"
    logs = item.get_attribute("data-logs").split()
    assert rows.locator("td:last-child").all_inner_texts() == logs
    shares = [float(text.rstrip("%")) for text in rows.locator("td").all_inner_texts()[::2]]
    assert sum(shares) == pytest.approx(100, abs=0.5)
    assert f"{round(max(shares))}%" in pick.inner_text()
    page.keyboard.press("Enter")
    assert not panel.is_visible()
    assert page.faults == []


def test_the_outputs_of_the_first_digit_need_no_javascript(browser: Any, address: str) -> None:
    """And are the very ones that the script computes for it."""
    told = []
    for javascript in (False, True):
        page = open_page(browser, address, java_script_enabled=javascript)
        section = page.locator("details.experiment").first
        section.locator("summary").first.click()
        panel = section.locator(".outputs")
        assert panel.is_visible()
        bars = "(it) => [...it.querySelectorAll('td')].map((td) => td.style.cssText)"
        if javascript:
            section.locator(".pick").nth(1).click()
            section.locator(".pick").first.click()
        told.append((panel.inner_text(), panel.evaluate(bars)))
    assert told[0] == told[1]


def test_near_misses_share_the_panel(browser: Any, address: str) -> None:
    """A digit of the second row shows its outputs below itself."""
    page = open_page(browser, address)
    page.evaluate(OPEN_ALL)
    pick = page.locator(".near .pick").first
    pick.click()
    part = page.locator(".misread:has(.near .outputs)")
    assert part.count() == 1
    assert part.locator(".outputs").is_visible()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_section_is_reached_from_the_bar(
    browser: Any, address: str, width: int, language: str
) -> None:
    """At any width: all its links inside the window, none cut off, or behind a button."""
    page = open_page(browser, address, width)
    page.locator(f"label[for=in-{language}]").click()
    opener = page.locator("#sections")
    if width < 900:
        assert not page.locator(".bar a").first.is_visible()
        opener.focus()
        page.keyboard.press("Enter")
    else:
        assert not opener.is_visible()
    for link in page.locator(".bar a").all():
        box = link.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert link.evaluate("it => it.scrollWidth <= it.clientWidth + 1")
    page.locator(".bar a[href='#provenance']").click()
    heading = page.locator("#provenance")
    bar = page.locator(".bar").bounding_box()
    assert heading.bounding_box()["y"] >= bar["y"] + bar["height"]
    assert page.locator(".bar a").first.is_visible() == (width >= 900)


def test_the_menu_needs_no_javascript(browser: Any, address: str) -> None:
    """A button opens it and Escape closes it."""
    page = open_page(browser, address, 360, java_script_enabled=False)
    page.locator("#sections").click()
    assert page.locator(".bar a").first.is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".bar a").first.is_visible()


def test_the_reader_is_tested_on_the_models_digits(browser: Any, address: str) -> None:
    """By keyboard and touch; an answer taken back; the misread ones shown beside the best model."""
    page = open_page(browser, address)
    labels = page.evaluate("JSON.parse(document.querySelector('#quiz-data').textContent).labels")
    page.locator("#quiz-start").click()
    page.locator(f".pad button[value='{labels[0]}']").click()
    page.keyboard.press("9")
    page.keyboard.press("Backspace")
    assert page.inner_text(".progress") == f"2 / {len(labels)}"
    wrong = str((int(labels[1]) + 1) % 10)
    page.keyboard.press(wrong)
    for digit in labels[2:]:
        page.keyboard.press(digit)
    mine = page.locator("#quiz-result tr.you")
    assert f"{len(labels) - 1} / {len(labels)}" in mine.inner_text()
    assert page.locator("#quiz-result tbody tr").count() == 10
    missed = page.locator("#quiz-result .gallery li")
    assert missed.count() == 1
    assert f"true {labels[1]}, you {wrong}" in missed.inner_text()
    page.locator(".again").click()
    assert page.inner_text(".progress") == f"1 / {len(labels)}"
    assert page.faults == []


@pytest.mark.parametrize("javascript", [True, False])
def test_results_can_be_saved_from_the_page(browser: Any, tmp_path: Path, javascript: bool) -> None:
    """The very files that lie beside it, packed."""
    written = write_outputs(fake_results(), tmp_path)
    address = written["index.html"].as_uri()
    page = open_page(browser, address, java_script_enabled=javascript)
    for name in ("results.json", "metrics.csv"):
        with page.expect_download() as waiting:
            page.locator(f"a[download='{name}.gz']").click()
        assert waiting.value.suggested_filename == f"{name}.gz"
        assert (
            gzip.decompress(Path(waiting.value.path()).read_bytes()) == written[name].read_bytes()
        )


def test_it_prints_to_a_clean_pdf(browser: Any, address: str) -> None:
    """All experiments opened out, the switches and the quiz left out, in pages of paper."""
    page = open_page(browser, address)
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible()
    assert not page.locator("#quiz").is_visible()
    assert not page.locator(".filters").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    # an A4 page has about 1000 pixels of text: what is folded away would make it far shorter
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) > 15


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("hostile", [False, True])
def test_the_page_does_not_scroll_sideways(
    browser: Any, address: str, hostile_address: str, width: int, hostile: bool
) -> None:
    """From a phone to a wide screen, with everything open, only boxes inside scroll sideways."""
    page = open_page(browser, hostile_address if hostile else address, width)
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(browser: Any, address: str, scheme: str) -> None:
    """All text, that of charts and confusion matrices too, has WCAG AA's 4.5 to 1."""
    page = open_page(browser, address, color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    assert page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    browser: Any, address: str, scheme: str, language: str, width: int = 1280
) -> None:
    """Deque's rules for accessibility, with everything open and the quiz at its end."""
    page = open_page(browser, address, width, color_scheme=scheme, bypass_csp=True)
    page.locator(f"label[for=in-{language}]").click()
    page.evaluate(OPEN_ALL)
    page.locator("details.experiment .confusion button").first.click()
    page.locator("#quiz-start").click()
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.locator(".finish").click()
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    told = [(v["id"], v["help"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found]
    assert told == []


def test_the_themes_differ(browser: Any, address: str) -> None:
    """The page follows the reader's colour scheme, charts included."""
    seen = set()
    for scheme in ("light", "dark"):
        page = open_page(browser, address, color_scheme=scheme)
        ink = "getComputedStyle(document.querySelector('.chart text')).fill"
        back = "getComputedStyle(document.body).backgroundColor"
        seen.add((page.evaluate(back), page.evaluate(ink)))
    assert len({back for back, _ in seen}) == len({ink for _, ink in seen}) == 2


def test_digits_are_drawn(browser: Any, address: str) -> None:
    """The sprites are images that the browser can draw, and each digit is its own part."""
    page = open_page(browser, address)
    loaded = page.evaluate(
        """async () => {
          const style = getComputedStyle(document.querySelector('.samples .digit'));
          const image = new Image();
          image.src = style.backgroundImage.slice(5, -2);
          await image.decode();
          return [image.naturalWidth, image.naturalHeight];
        }"""
    )
    assert loaded == [64 * 28, 28]
    places = page.evaluate(
        "[...document.querySelectorAll('.samples .digit')]"
        ".map((it) => getComputedStyle(it).backgroundPositionX)"
    )
    assert len(set(places)) == 64


def test_the_keyboard_reaches_the_report(browser: Any, address: str) -> None:
    """The first Tab shows a link that skips to the report; boxes that scroll take the focus."""
    page = open_page(browser, address, 360)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    unreachable = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter((it) =>
          it.scrollWidth > it.clientWidth + 1 && it.tabIndex < 0
          && getComputedStyle(it).overflowX === 'auto').map((it) => it.outerHTML.slice(0, 80))"""
    )
    assert unreachable == []


def test_it_prints(browser: Any, address: str, tmp_path: Path) -> None:
    """Printed, the page is light, its folded sections open, and its bar gone."""
    page = open_page(browser, address, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("details.experiment .confusion").first.is_visible()
    assert not page.locator("nav").is_visible()
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 50_000
