"""Matplotlib's SVG made fit to stand inside a page: small, themed, labelled, with its own ids."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterable, Mapping

from markupsafe import Markup

from mnistreport.messages import LANGUAGES, Message
from mnistreport.report.palette import VARIABLES

_NAMESPACE = re.compile(r"\{[^}]*\}")
_NUMBER = re.compile(r"-?\d+\.\d+")
_SPACE = re.compile(r"\s*([A-Za-z])\s*")
_REFERENCE = re.compile(r"#([\w-]+)")
_KEPT_STYLES = ("fill", "stroke", "opacity", "font-size", "font-weight", "text-anchor")
#: What children take from the group around them.
_INHERITED = (
    *("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-dasharray", "stroke-dashoffset"),
    *("font-size", "font-weight", "text-anchor"),
)
_GROUP = "series-"
_DEFAULTS = {"stroke-linejoin": "miter", "stroke-linecap": "butt", "font-weight": "400"}


def series_group(slot: int, published: bool) -> str:
    """The id, given to matplotlib, by whose class a page finds the drawing of a series again."""
    return f"{_GROUP}{slot}" + (" published" if published else "")


def embed(text: str, key: str, words: Iterable[Message]) -> Markup:
    """The drawing as an `<svg>` element for HTML, hidden from who cannot see it.

    Args:
        text: what matplotlib wrote, trusted markup around escaped labels.
        key: names the drawing within the page, so that ids differ from drawing to drawing.
        words: of its labels, those that differ from language to language.
    """
    # matplotlib's own output, written a moment ago: no outside XML is parsed here
    root = ET.fromstring(text)  # noqa: S314
    prefix = f"c{zlib.crc32(key.encode('utf-8', 'replace')):08x}"
    used = {found for node in root.iter() for found in _references(node)}
    names = {name: f"{prefix}-{number}" for number, name in enumerate(sorted(used))}
    _clean(root, names)
    _translate(root, {str(word): word for word in words})
    _share(root)
    box = root.get("viewBox", "0 0 1 1")
    root.attrib.clear()
    root.attrib.update({"class": "chart", "viewBox": box, "aria-hidden": "true"})
    # the tree's own text was escaped by the serializer
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704


def _translate(root: ET.Element, words: Mapping[str, Message]) -> None:
    """Put each label once for each language, of which the style sheet shows one."""
    for parent in list(root.iter()):
        for place, child in reversed(list(enumerate(parent))):
            # an arrow behind a label says that its curve ends above the plot
            label, arrow, _ = (child.text or "").partition(" ↑")
            word = words.get(label)
            if child.tag == "text" and word is not None and len({*map(word.text, LANGUAGES)}) > 1:
                parent.remove(child)
                for offset, language in enumerate(LANGUAGES):
                    told = ET.Element("text", {**child.attrib, "lang": language})
                    told.text = word.text(language) + arrow
                    parent.insert(place + offset, told)


def _share(node: ET.Element) -> None:
    """Say once, of a group, what all its children say alike."""
    for child in node:
        _share(child)
    if node.tag == "g" and len(node) > 1:
        for name in _INHERITED:
            values = {child.get(name) for child in node}
            value = values.pop()
            if value is not None and not values:
                node.set(name, value)
                for child in node:
                    del child.attrib[name]


def _references(node: ET.Element) -> list[str]:
    found = []
    for name, value in node.attrib.items():
        if name.endswith(("href", "clip-path")):
            found += _REFERENCE.findall(value)
    return found


def _clean(node: ET.Element, names: dict[str, str]) -> None:
    node.tag = _NAMESPACE.sub("", node.tag)
    node.attrib = _attributes(node, names)
    node.tail = None
    if node.tag not in ("text", "tspan"):
        node.text = None
    children: list[ET.Element] = []
    for child in list(node):
        _clean(child, names)
        if child.tag in ("metadata", "style") or (child.tag == "defs" and not len(child)):
            continue
        if child.get("fill") == "none" and "stroke" not in child.attrib:
            continue  # matplotlib's empty backgrounds
        bare = child.tag == "g" and not child.attrib
        children.extend(list(child) if bare else [child])
    node[:] = children


def _attributes(node: ET.Element, names: dict[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in node.attrib.items():
        plain = _NAMESPACE.sub("", name)
        if plain == "id":
            if value.startswith(_GROUP):
                kept["class"] = value
            elif value in names:
                kept["id"] = names[value]
        elif plain == "style":
            kept.update(_styles(value))
        elif plain in ("href", "clip-path"):
            kept[plain] = _REFERENCE.sub(lambda found: f"#{names[found[1]]}", value)
        elif plain == "d":
            kept[plain] = _SPACE.sub(r"\1", _NUMBER.sub(_shorter, value)).strip()
        elif plain != "type" and not value.startswith("rotate(-0 "):
            kept[plain] = _NUMBER.sub(_shorter, value)
    return {name: value for name, value in kept.items() if _DEFAULTS.get(name) != value}


def _styles(text: str) -> dict[str, str]:
    """A style attribute as presentation attributes; colours become CSS variables."""
    kept: dict[str, str] = {}
    for declaration in text.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name.startswith(_KEPT_STYLES):
            kept[name] = VARIABLES.get(value.lower()) or _NUMBER.sub(_shorter, value)
    return kept


def _shorter(found: re.Match[str]) -> str:
    short = f"{float(found[0]):.1f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short
