"""What a report says, in English and in Chinese.

The English text stands in the code, as with gettext; `zh.toml` has each text's translation, which a
test keeps complete. As a string a `Message` is English, for terminals and files; in a page it
stands in both languages, of which a style sheet shows one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape

#: The languages of every message; the first is that of the code, of terminals and of files.
LANGUAGES: Final = ("en", "zh")

TRANSLATIONS: Final = Path(__file__).with_name("zh.toml")

_FIELD = re.compile(r"\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}")
_CODE = re.compile("`([^`]+)`")


class Message:
    """A text with arguments.

    An argument is written `{name}`, and may be a message itself; `{name:one|many}` is the first
    word where the argument is 1 and the second elsewhere. What stands between backticks is code.
    """

    __slots__ = ("_args", "_english")

    def __init__(self, english: str, /, **args: Any) -> None:
        self._english = english
        self._args = args

    def text(self, language: str) -> str:
        """Plain text in one language."""
        return _substitute(self._template(language), self._args, language, plain)

    def markup(self, language: str) -> Markup:
        """HTML in one language, the arguments escaped."""
        template = _CODE.sub(r"<code>\1</code>", str(escape(self._template(language))))
        # the template was escaped a line above, the arguments are by `marked`
        return Markup(_substitute(template, self._args, language, marked))  # noqa: S704

    def _template(self, language: str) -> str:
        if language == LANGUAGES[0]:
            return self._english
        kept = translations("stored").get(self._english, self._english)
        return translations("text").get(self._english, kept)

    def __str__(self) -> str:
        return self.text(LANGUAGES[0]).replace("`", "")

    def __html__(self) -> str:
        return str(in_all_languages(self.markup))

    def __bool__(self) -> bool:
        return bool(self._english)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | Message) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"Message({str(self)!r})"


class Phrase(Message):
    """A text of a data file of ours, translated where it is known; a user's own stays as it is."""

    __slots__ = ()

    def __init__(self, english: str) -> None:
        super().__init__(english)

    def text(self, language: str) -> str:
        """The phrase in one language."""
        if language == LANGUAGES[0]:
            return self._english
        said = translations("text").get(self._english, self._english)
        return translations("data").get(self._english, said)

    def markup(self, language: str) -> Markup:
        """The phrase, escaped."""
        return escape(self.text(language))


class Stored(Message):
    """A text that a file keeps in English, known again where it is one that our code writes.

    What somebody else said, such as an exception, stays as it is; in a page it stands as code.
    """

    __slots__ = ()

    def __init__(self, english: str) -> None:
        super().__init__(english)

    def text(self, language: str) -> str:
        """Our text in one language, anybody else's as it is."""
        ours = _known_again(self._english)
        return ours.text(language) if ours else self._english

    def markup(self, language: str) -> Markup:
        """The same, escaped."""
        ours = _known_again(self._english)
        if ours:
            return ours.markup(language)
        return Markup("<code>{}</code>").format(self._english) if self._english else Markup("")

    def __str__(self) -> str:
        return self._english


class Translated(Message):
    """A sentence with its translations, as a file keeps it."""

    __slots__ = ("_translations",)

    def __init__(self, english: str, translations: Mapping[str, str]) -> None:
        super().__init__(english)
        self._translations = translations

    def text(self, language: str) -> str:
        """The sentence in one language, in English where there is no translation."""
        return self._translations.get(language, self._english)

    def markup(self, language: str) -> Markup:
        """The same, escaped."""
        return escape(self.text(language))


class Sentences(Message):
    """Several texts, one after the other."""

    __slots__ = ("_between", "_parts")

    def __init__(self, parts: Iterable[object], between: str = " ") -> None:
        super().__init__("")
        self._parts = tuple(parts)
        self._between = Message(between)

    def text(self, language: str) -> str:
        """All of them in one language."""
        return self._between.text(language).join(plain(part, language) for part in self._parts)

    def markup(self, language: str) -> Markup:
        """All of them, escaped."""
        between = self._between.markup(language)
        return between.join(marked(part, language) for part in self._parts)

    def __bool__(self) -> bool:
        return bool(self._parts)


#: What a record shows: a message, or what is the same in all languages.
Text = Message | str


def listing(names: Iterable[object], most: int | None = 3) -> Message:
    """Names as "a, b and c", cut after `most` with a count of the rest."""
    found = list(names)
    rest = 0 if most is None else len(found) - most
    if rest > 0:
        return Message("{names} and {n} more", names=Sentences(found[:most], ", "), n=rest)
    if len(found) > 1:
        return Message("{names} and {last}", names=Sentences(found[:-1], ", "), last=found[-1])
    return Sentences(found)


def signed(value: float, form: str) -> str:
    """A number with its sign, the minus as long as the plus.

    Args:
        value: the number.
        form: of its digits, as `format` takes it: ".2f".
    """
    return f"{value:+{form}}".replace("-", "\N{MINUS SIGN}")


def plain(value: object, language: str) -> str:
    """A message, or any other value, as text in one language."""
    return value.text(language) if isinstance(value, Message) else str(value)


def marked(value: object, language: str) -> Markup:
    """The same as HTML; what is markup already stays as it is."""
    return value.markup(language) if isinstance(value, Message) else escape(value)


def in_all_languages(text: Callable[[str], Markup]) -> Markup:
    """A text in an element for each language; without one where they are all the same."""
    found = {language: text(language) for language in LANGUAGES}
    if len(set(found.values())) == 1:
        return found[LANGUAGES[0]]
    spans = [Markup('<span lang="{}">{}</span>').format(*entry) for entry in found.items()]
    return Markup("").join(spans)


def _substitute(
    template: str,
    args: Mapping[str, Any],
    language: str,
    told: Callable[[object, str], str],
) -> str:
    def fill(field: re.Match[str]) -> str:
        value = args[field[1]]
        if field[2] is None:
            return told(value, language)
        return field[2] if value == 1 else field[3]

    return _FIELD.sub(fill, template)


def _known_again(text: str) -> Message | None:
    """The message that a stored text was made from; None where it is none of ours."""
    for template, pattern in _patterns().items():
        if found := pattern.fullmatch(text):
            return Message(template, **found.groupdict())
    return None


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """What each stored text looks like, whatever its arguments, which hold no colon.

    An exception, whose text may read like one of ours, has one after its name.
    """
    found = {}
    for template in translations("stored"):
        parts = iter(_FIELD.split(template))
        pattern = re.escape(next(parts))
        for name, one, many, text in zip(parts, parts, parts, parts, strict=True):
            plural = f"(?:{re.escape(one or '')}|{re.escape(many or '')})"
            pattern += (f"(?P<{name}>[^:]+)" if one is None else plural) + re.escape(text)
        found[template] = re.compile(pattern)
    return found


@cache
def translations(table: str) -> Mapping[str, str]:
    """Chinese by English, of what the code says.

    "text" is what it says to people, "stored" what it also keeps in files, in English, and "data"
    what our data files say.
    """
    tables: dict[str, dict[str, str]] = tomllib.loads(TRANSLATIONS.read_text(encoding="utf-8"))
    return tables[table]
