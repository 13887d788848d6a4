"""The page as a whole: one safe file, the same every time, small and quick to make."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mnistreport.report.documents import MOST_SWITCHED
from mnistreport.report.render import render_report
from tests.unit.report.fake_results import (
    experiments,
    fake_results,
    hostile_results,
    toy_dataset,
)

ROOT = Path(__file__).resolve().parents[3]

#: What must be closed in HTML; the rest of the elements used here closes itself.
VOID = {"meta", "link", "input"}


class Elements(HTMLParser):
    """Collects the elements of a page, and checks that they nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of SVG that closes itself."""
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """An element ends: it must be the one that began last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text."""
        self.text.append(data)


@pytest.fixture(scope="module")
def page() -> str:
    """The report of the fake results."""
    return render_report(fake_results())


def test_equal_results_give_equal_bytes(page: str) -> None:
    """Rendering twice, in two processes with other hash seeds, gives one and the same file."""
    code = (
        "import sys, hashlib\n"
        "from tests.unit.report.fake_results import fake_results\n"
        "from mnistreport.report.render import render_report\n"
        "print(hashlib.sha256(render_report(fake_results()).encode()).hexdigest())\n"
        "print('tensorflow' in sys.modules or 'keras' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "7", "PATH": "", "MPLCONFIGDIR": "/tmp"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    digest, imported = done.stdout.split()
    assert digest == hashlib.sha256(page.encode()).hexdigest()
    assert imported == "False"


def test_elements_nest(page: str) -> None:
    """Every element that begins ends, in order."""
    assert Elements(page).open == []


def test_nothing_is_asked_of_a_network(page: str) -> None:
    """No address but data: URIs and links within the page, and a policy that forbids others."""
    for tag, attributes in Elements(page).found:
        assert tag not in {"iframe", "object", "embed", "img", "base"}
        for name in ("src", "href", "action", "srcset", "xlink:href"):
            address = attributes.get(name) or ""
            assert address.startswith(("#", "data:")) or not address
    assert all(
        url.startswith("data:") or url.startswith("#")
        for url in re.findall(r"url\(([^)]*)\)", page)
    )
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_the_policy_allows_our_script_alone(page: str) -> None:
    """By its digest; the only other script element is data, which cannot end it."""
    elements = Elements(page)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert [attributes.strip() for attributes, _ in scripts] == [
        'type="application/json" id="quiz-data"',
        "",
    ]
    digest = base64.b64encode(hashlib.sha256(scripts[1][1].encode()).digest()).decode()
    (policy,) = (a["content"] for t, a in elements.found if "http-equiv" in a)
    assert policy is not None
    assert f"script-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", "")
    told = json.loads(scripts[0][1])
    assert len(told["labels"]) == 60
    assert {len(read) for read in told["models"].values()} == {60}


def test_every_link_meets_its_target(page: str) -> None:
    """Each fragment that is linked is the id of one element, and no id comes twice."""
    elements = Elements(page).found
    ids = [attributes["id"] for _, attributes in elements if attributes.get("id")]
    assert len(ids) == len(set(ids))
    linked = {a["href"][1:] for tag, a in elements if tag in ("a", "use") and a.get("href")}
    assert linked <= set(ids)


def test_the_page_tells_what_the_issue_asks(page: str) -> None:
    """Verdict, troubles, all experiments, dataset, provenance: each is on the page."""
    text = " ".join("".join(Elements(page).text).split())
    assert "7 of 11 experiments inside their ranges" in text
    assert text.index("What needs a look") < text.index("All experiments")
    for experiment in experiments():
        assert experiment.name in text
    for told in (
        "its worker process ended by signal 9",
        "the training loss became NaN or infinite in epoch 2",
        "Confusion matrix",
        "Images of each digit",
        "mnistreport build --profile quick --dataset digits",
        "not comparable",
        "2.21.0",
    ):
        assert told in text


def test_the_style_sheet_can_hide_each_series(page: str) -> None:
    """A rule for each slot that a switch may have."""
    hidden = re.findall(r'\[value="(\d+)"\]:not\(:checked\)\) \.series-(\d+)', page)
    assert hidden == [(str(slot), str(slot)) for slot in range(MOST_SWITCHED)]


def test_the_worst_comes_first(page: str) -> None:
    """Errors stand before failures, these before warnings, second looks that passed last."""
    table = page[page.index('class="troubles"') : page.index('id="overview"')]
    assert re.findall(r'class="mark (\w+)"', table) == ["error", "fail", "fail", "warn", "pass"]


def test_banners_are_shown_once_each() -> None:
    """Notices, the dataset's notice and the warning about published figures are banners."""
    dataset = toy_dataset(notice="MNIST was not found")
    page = render_report(fake_results(dataset=dataset, notices=("a note", "MNIST was not found")))
    assert page.count('class="banner" ') == 3
    assert page.count("MNIST was not found") == 1


def test_a_published_build_on_mnist_has_no_banner() -> None:
    """Where the figures are comparable nothing warns, and the differences are shown."""
    results = fake_results(
        dataset=toy_dataset(name="mnist"), profile="published", seeds=(1,), troubled=False
    )
    page = render_report(results)
    assert 'class="banner" ' not in page
    assert " pp</td>" in page
    assert "of 9 rows replay" in page


def test_hostile_text_stays_text() -> None:
    """Names, titles, reasons, notices and the rest cannot become elements or attributes."""
    page = render_report(hostile_results())
    elements = Elements(page)
    assert elements.open == []
    allowed = {"class", "style", "id", "href", "aria-label", "role", "tabindex"}
    allowed |= {"rowspan", "colspan"}
    for tag, attributes in elements.found:
        assert tag != "img"
        assert not any(name.startswith("on") for name in attributes)
        if tag in ("a", "span", "div", "li", "ol", "td", "th", "p", "section"):
            known = {*allowed, "aria-hidden", "aria-labelledby", "lang", "scope", "hidden"}
            assert {a for a in attributes if not a.startswith("data-")} <= known
    assert "<script>alert(1)</script>" in "".join(elements.text)
    assert "{{ 7*7 }}" in page
    assert page.count("<script") == page.count("</script>") == 2
    assert not re.search("[\x00\x1b\ud800]", page)


def test_an_empty_build_renders() -> None:
    """No experiment at all is a page that says so, not a crash."""
    empty = replace(fake_results(), experiments=(), runs=(), verdicts=(), comparisons=())
    assert "No experiment was run." in render_report(empty)


def test_what_document_c_explains_stands_where_it_does(page: str) -> None:
    """A report of somebody's own catalog has no foundations of another document."""
    assert 'id="foundations"' in page
    results = fake_results()
    others = tuple(one for one in results.experiments if one.document != "C")
    assert len(others) < len(results.experiments)
    assert (
        "foundations"
        not in render_report(replace(results, experiments=others)).split("</style>")[1]
    )


def test_many_seeds_do_not_swell_the_page(page: str) -> None:
    """Eight seeds make the page less than twice as large as one."""
    assert len(render_report(fake_results(seeds=range(8)))) < 2 * len(page)
