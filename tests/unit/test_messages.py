"""Every text has its translation, and a page holds both."""

from __future__ import annotations

import ast
import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pebble import ProcessExpired

import mnistreport
from mnistreport.catalog import load_catalog
from mnistreport.claims import load_claims
from mnistreport.comparison import compare_builds
from mnistreport.comparison.changes import ABSENT
from mnistreport.conformance.cases import numpy_cases, trained_cases
from mnistreport.conformance.causes import Change, _singles
from mnistreport.data.digits import ORIGIN
from mnistreport.data.mnist import fallback_notice
from mnistreport.drift import Drift
from mnistreport.environment import (
    JAX_PACKAGES,
    NO_CHECKOUT,
    NOT_INSTALLED,
    PACKAGES,
    describe_environment,
)
from mnistreport.faults import FAULTS
from mnistreport.ledger import Reference
from mnistreport.messages import (
    TRANSLATIONS,
    Message,
    Phrase,
    Sentences,
    Stored,
    listing,
    signed,
    translations,
)
from mnistreport.outputs.compared import comparison_html
from mnistreport.outputs.past import past_build
from mnistreport.published import load_published
from mnistreport.reference import reference_folder
from mnistreport.report.defaults import optimizers_section
from mnistreport.report.hyperparameters import hyperparameters, layer_lines
from mnistreport.report.render import render_report
from mnistreport.results import Results
from mnistreport.run import METRICS
from mnistreport.training.trained import not_finite
from mnistreport.workers import explain
from tests.unit.comparison.fake_builds import (
    NAMES,
    build,
    calibration,
    only,
    reading,
    with_reading,
)
from tests.unit.records import bench, conformance
from tests.unit.report.fake_results import fake_results, toy_dataset

PACKAGE = Path(mnistreport.__file__).parent
FIELD = re.compile(r"\{(\w+)(?::[^{}]*)?\}")


def said() -> dict[str, str]:
    """Every text that the code or a template says, and the file that does."""
    found: dict[str, str] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                at = {"Message": 0, "Sentences": 1}.get(node.func.id)
                if at is not None and len(node.args) > at:
                    text = node.args[at]
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        found[text.value] = path.name
    for path in PACKAGE.rglob("*.j2"):
        for match in re.finditer(r'\bt\("([^"]*)"', path.read_text(encoding="utf-8")):
            found[match[1]] = path.name
    return {text: place for text, place in found.items() if text.strip()}


def told_by_data() -> Iterator[str]:
    """Every text of our data files that a report shows."""
    for experiment in load_catalog().values():
        yield from (experiment.title, experiment.source, experiment.claim)
        yield experiment.published.note
        settings = hyperparameters(experiment)
        yield from (str(name) for name, _ in settings)
        lists = [str(value).partition(": ")[2] for _, value in settings]
        lists += [str(line.arguments) for line in layer_lines(experiment, None)]
        for told in lists:
            yield from (re.sub(r" \S+$", "", part) for part in told.split(", "))
    for row in optimizers_section(()).rows:
        yield from (str(change.name) for change in row.changes)
        yield from (re.sub(r" \S+$", "", part) for part in str(row.same).split(", "))
    for claim in load_claims(reference_folder() / "claims.toml", load_catalog()):
        yield from (claim.claim, claim.source, claim.note)
        yield from (comparison.why for comparison in claim.comparisons)
    for curves in load_published(reference_folder() / "published").values():
        yield from (name.replace("_", " ") for name in curves)
    yield from (fault.title for fault in FAULTS.values())
    for name, text in METRICS.items():
        yield from (name.replace("_", " "), text)
    yield from (fallback_notice(), ORIGIN, ABSENT, NOT_INSTALLED, NO_CHECKOUT)
    versions = {"python", *PACKAGES, *JAX_PACKAGES}
    yield from (name for name in describe_environment(1, "jax") if name not in versions)


def test_every_text_of_the_code_is_translated() -> None:
    """And nothing is translated that nobody says any more."""
    texts = said()
    assert len(texts) > 200
    known = {**translations("text"), **translations("stored")}
    assert {text: place for text, place in texts.items() if text not in known} == {}
    assert [text for text in known if text not in texts] == []


def test_every_text_of_our_data_is_translated() -> None:
    """Titles, sources, notes, claims, settings, metrics."""
    known = {**translations("text"), **translations("data")}
    assert sorted({text for text in told_by_data() if text and text not in known}) == []


@pytest.mark.parametrize("table", ["text", "data", "stored"])
def test_translations_keep_the_arguments(table: str) -> None:
    """Each argument of the English text is in the Chinese one, and no other."""
    for english, chinese in translations(table).items():
        assert {m[1] for m in FIELD.finditer(chinese)} <= set(FIELD.findall(english)), english
        plural = {m for m in FIELD.findall(english) if f"{{{m}}}" not in english}
        assert set(FIELD.findall(english)) - plural <= set(FIELD.findall(chinese)), english
        assert chinese.count("`") == english.count("`"), english
    assert set(tomllib.loads(TRANSLATIONS.read_text(encoding="utf-8"))) == {
        "text",
        "data",
        "stored",
    }


def test_a_message_is_english_as_a_string_and_both_in_a_page() -> None:
    """Its arguments are escaped, and may be messages; code stands between backticks."""
    message = Message("{names} and {last}", names="<b>", last=Message("none"))
    assert str(message) == "<b> and none"
    assert message.text("zh") == "<b>和无"
    assert message.__html__() == (
        '<span lang="en">&lt;b&gt; and none</span><span lang="zh">&lt;b&gt;和无</span>'
    )
    code = Message("`{command}` <does>", command="a & b")
    assert code.__html__() == "<code>a &amp; b</code> &lt;does&gt;"
    assert str(code) == "a & b <does>"


def test_what_is_the_same_in_all_languages_stands_once() -> None:
    """Names and numbers need no element of their own; a user's own title is left as it is."""
    assert Phrase("my <own> title").__html__() == "my &lt;own&gt; title"
    assert Phrase("{not} an argument").__html__() == "{not} an argument"
    assert Sentences([12, Phrase("steps")]).text("zh") == "12 步"


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 seeds"), (1, "1 seed"), (2, "2 seeds"), (11, "11 seeds")]
)
def test_plurals(count: int, expected: str) -> None:
    """One of something is one word, any other number the other."""
    assert str(Message("{n} {n:seed|seeds}", n=count)) == expected


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a and b", "a和b"),
        (["a", "b", "c"], "a, b and c", "a、b和c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more", "a、b、c等另外 2 项"),
    ],
)
def test_listings(names: list[str], english: str, chinese: str) -> None:
    """As people write them, the rest counted."""
    assert str(listing(names)) == english
    assert listing(names).text("zh") == chinese


class _Chinese(HTMLParser):
    """What of a page a Chinese reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "input", "br"):
            self.stack.append((tag, dict(attrs).get("lang") or ""))

    def handle_endtag(self, tag: str) -> None:
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        hidden = any(
            tag in ("style", "script", "title", "code") or (lang == "en" and tag != "html")
            for tag, lang in self.stack
        )
        if not hidden and data.strip():
            self.texts.append(data.strip())


#: Words of English sentences, which no name has.
ENGLISH = re.compile(r"\b(the|of|is|are|was|and|with|by|to|from|no|not|each|all|our)\b", re.I)


def everything() -> Results:
    """A page of all sections: trainings failed, ranges were missed, a rule is not kept."""
    results = fake_results(dataset=toy_dataset(notice=fallback_notice(), origin=ORIGIN))
    reference = Reference.read(reference_folder(), load_catalog())
    return replace(
        results,
        environment={"cpu": "A processor", "keras": NOT_INSTALLED, "commit": NO_CHECKOUT},
        conformance=conformance(),
        bench=bench(),
        figures=reference.figures(["wide/sgd", "depth/relu5", "numpy/sgd"], lambda it: None),
        history=(past_build(replace(results, drift=(DRIFT,))),),
        drift=(DRIFT,),
        compared=compare_builds(
            build(names=NAMES[:3]),
            build(only(["wide/sgd"], "test_loss", 30), names=NAMES[:3]),
            calibration(NAMES[:3]),
        ),
    )


DRIFT = Drift("test_loss", 11, 9, 1.5, 4.9, 2.1, 20)


def left_in_english(page: str, theirs: Iterable[str]) -> set[str]:
    """The English sentences that a Chinese reader sees; `theirs` are none of ours."""
    parser = _Chinese()
    parser.feed(page)
    assert "跳到报告" in parser.texts
    english = {text for text in parser.texts if ENGLISH.search(text)}
    left = {text for text in english if not any(own in text for own in theirs)}
    return {text for text in left if not re.search("[\u4e00-\u9fff]", text)}


def test_a_page_in_chinese_has_no_english_sentence_left() -> None:
    """But for the words of users."""
    results = everything()
    theirs = {experiment.title for experiment in results.experiments}
    theirs |= {experiment.document for experiment in results.experiments}
    assert left_in_english(render_report(results, "zh"), theirs - set("ABCDE")) == set()


def test_a_comparison_in_chinese_has_no_english_sentence_left() -> None:
    """Whatever can be told of two builds: recipes, failed trainings, unknown noise, other data."""
    names = [name for name in NAMES if name.startswith(("wide/", "small/"))]
    before, rows = build(names=names), calibration(names)
    stopped = explain(TimeoutError(), 5)
    failed = reading("wide/sgd", lambda *_: 0, status="error", reason=stopped, metrics={})
    moved = build(
        lambda name, metric: -25 if metric == "test_accuracy" and "adam" in name else 2.5,
        names=names[:-1],
        environment={"tensorflow": "2.21.0"},
        entries={**before.entries, "small/adam": {**before.entries["small/adam"], "epochs": 3}},
    )
    seeded = build(only(["wide/adam"], "test_accuracy", -2), names=names)
    for one, other, noise in (
        (before, with_reading(moved, failed), rows),
        (with_reading(moved, failed), before, []),
        (before, seeded, rows),
        (before, build(dataset_sha256="cd" * 32, profile="published"), []),
        (before, build(names=names, seeds=(1,)), []),
    ):
        page = comparison_html(compare_builds(one, other, noise), "zh")
        assert left_in_english(page, ()) == set()


def test_a_stored_sentence_is_known_again() -> None:
    """Why a training failed is ours to translate, in whatever process it was written."""
    told = explain(TimeoutError(), 2.5)
    assert (told, Stored(told).text("zh")) == (
        "took longer than the limit of 2.5 s and was stopped",
        "超过 2.5 秒的时限，已被终止",
    )
    assert str(Stored(told)) == told
    for reason in (
        explain(ProcessExpired("", code=-9), None),
        explain(ProcessExpired("", code=1), None),
        not_finite({"test_loss": math.nan, "weight_norm": math.inf}),
    ):
        assert not ENGLISH.search(Stored(reason).text("zh")), reason


def test_what_others_wrote_stays_as_it_is() -> None:
    """An exception's text is code, even where it reads like a sentence of ours."""
    told = Stored(explain(ValueError("`units` is <3>, not 4"), None))
    assert told.text("zh") == str(told) == "ValueError: `units` is <3>, not 4"
    assert told.__html__() == "<code>ValueError: `units` is &lt;3&gt;, not 4</code>"
    assert Stored("").__html__() == ""


def test_every_cause_of_a_deviation_is_known_again() -> None:
    """All changes that are tried for every rule, single ones and pairs."""
    for case in (*trained_cases(), *numpy_cases()):
        for change in _singles(Change("", case.model, case.rule)):
            for found in (change, next(_singles(change))):
                parts = str(found.text).split("; ")
                assert all(Stored(part).text("zh") != part for part in parts), parts


def test_a_signed_number_has_a_minus_as_long_as_its_plus() -> None:
    """As the figures of a column do."""
    assert [signed(value, ".2f") for value in (0.126, -3)] == ["+0.13", "\N{MINUS SIGN}3.00"]
