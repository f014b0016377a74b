"""Values in a sentence: numbers, codes, dates, addresses, quoted words.

In: a text and the kind that is asked for. Out: the spans of what could be it, and the one that a key names. Knows neither questions
nor pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, TypeAlias

from smallprint.readers.base import Span
from smallprint.readers.embedded.words import variants, words_of

Kind: TypeAlias = Literal[
    "number", "count", "year", "date", "uuid", "hex", "code", "email", "url", "phone", "ip", "version", "path", "string"
]

_QUOTED = r"[\"“”„«「『](?P<in>[^\"“”„«»「」『』\n]{1,200})[\"“”»」』]|(?<!\w)['‘](?P<single>[^'‘’\n]{1,200})['’](?!\w)"
_MONTHLY = r"\b[^\W\d_]{3,12}\.?"
_PATTERNS: dict[Kind, str] = {
    "number": r"[$€£¥]?(?<![\w.])[-−+]?\d+(?:[.,'’\u00a0\u202f]\d+)*(?![\w-]*[^\W\d])\s?%?",
    # Neither a year nor a part of a date.
    "count": (
        r"(?<![\w.$€£¥-])(?!(?:1[5-9]|20)\d\d\b)\d+(?:[.,'’\u00a0\u202f]\d+)*(?![\w-])"
        r"|(?i:\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|eighty|ninety"
        r"|dozens?|hundreds?|thousands?)\b)"
    ),
    "year": r"\b(?:1\d{3}|20\d\d)\b",
    "date": (
        rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|\d{{4}}\s*年(?:\s*\d+\s*月(?:\s*\d+\s*日)?)?"
        rf"|\d{{1,2}}(?:st|nd|rd|th|º|\.)?\s+(?:of |de )?{_MONTHLY},?\s+(?:de |del )?\d{{4}}"
        rf"|{_MONTHLY}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\b[A-Z][^\W\d_]{{2,11}}\s+\d{{4}}|\b(?:1\d{{3}}|20\d\d)s?\b"
    ),
    # Letters that a digit may be read as are let through.
    "uuid": r"\b[0-9A-Za-z]{8}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{12}\b",
    "hex": r"\b(?:0x)?(?=[0-9A-Za-z]*\d)[0-9a-fA-FolIO]{6,128}\b",
    "code": r"(?<![\w-])(?=[^\s\"“”]*(?:\d|[A-Z]{3}|[_-]))[A-Za-z0-9][\w\-./+=#@]*[\w=]|(?<![\w-])\d(?![\w-])",
    "email": r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+",
    "url": r"\b(?:https?://|www\.)[^\s\"“”<>]*[\w/]|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|edu|gov|[a-z]{2})\b(?:/[^\s\"“”<>]*[\w/])?",
    "phone": r"\+?\(?\d[\d()\s./-]{5,}\d",
    "ip": r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}\b",
    "version": r"\bv?\d+(?:\.\d+)+(?:[-.]?(?:rc|alpha|beta|[a-z])\d*)?\b",
    "path": r"(?:~|\.{1,2})?(?:/[\w.@+-]+)+/?|\b[A-Z]:\\[\w\\.-]+|\b[\w-]+\.[a-z]{1,5}\b",
    "string": _QUOTED,
}
_INSTEAD: dict[Kind, tuple[Kind, ...]] = {
    "uuid": ("code",), "hex": ("code",), "code": ("string",), "phone": ("number",), "version": ("number",), "date": ("year",),
    "path": ("url", "string"), "url": ("path",), "ip": ("url",),
}  # fmt: skip
"""Where there is none of a kind, what it may look like."""
_IS = re.compile(
    r"(?:\b(?:is|are|was|were|reads?|equals|becomes|ist|lautet|war|es|son|era|est|sont|été|é|este|sunt|være|είναι)|[:=→]|->|=>|是|为|[—–-]\s)"
    r"[\"'“‘«\s]*$"
)
_SAID = re.compile(
    r"[\"'”’]?\s*(?:is|are|was|were|ist|lautet|es|est|este|[:=→]|->|=>|是|为)\s*:?\s*"
    rf"(?:{_QUOTED}|(?P<word>[^\s\"'“”,;]*[^\s\"'“”,;.!?])(?=[\s\"'“”,;.!?]|$))"
)
"""Right after the key: that it is, and what."""
_PREDICATE = re.compile(
    r"(?:\b(?:is|are|was|were|reads|equals|ist|lautet|es|est|este)\b\s*:?|[:=→]|->|=>|是|为)\s*(?P<value>[^\n]{1,200}?)\s*(?:[.;。]?\s*$|[.;。]\s)"
)


def values_in(text: str, kind: Kind) -> Iterator[Span]:
    """Places of what could be a value of a kind; a quoted value without its marks."""
    for found in re.finditer(_PATTERNS[kind], text):
        group = found.lastgroup or 0
        start, end = found.span(group)
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            yield start, end


def value_for(text: str, kind: Kind, keys: Iterable[Span], *, unit: str = "") -> Span | None:
    """The value of a kind that stands nearest to its key, after it rather than before; None where there is none.

    `keys` are the places of the key's words: no value is made of them. With a `unit` it has to be a count of that: "four seasons".
    """
    taken = list(keys)
    last = max((end for _, end in taken), default=0)
    if kind in ("code", "string") and (said := _SAID.match(text, last)):
        return said.span(said.lastgroup or 0)
    for each in (kind, *_INSTEAD.get(kind, ())):
        found = [value for value in values_in(text, each) if each == "email" or not _is_key(text, value, taken)]
        if unit:
            found = [value for value in found if _counts(text, value, unit)]
        if found:
            return min(found, key=lambda value: (_distance(text, value, taken), value))
    if kind == "string" and (predicate := _PREDICATE.search(text, last)):
        return predicate.span("value")
    return None


def _counts(text: str, value: Span, unit: str) -> bool:
    """Whether what follows a number is what is counted, at most two words on: "four long seasons"."""
    words = islice(words_of(text[value[1] : value[1] + 60]), 3)
    return any(variants(unit, {word.term: 1}) for word in words)


def _distance(text: str, value: Span, keys: list[Span]) -> float:
    """Characters to the nearest word of the key, and more where the value comes first or nothing says that it is the value."""
    after = [value[0] - end for _, end in keys if end <= value[0]]
    before = [start - value[1] for start, _ in keys if start >= value[1]]
    far = min([*after, *(gap if gap <= 1 else 1.5 * gap + 10 for gap in before)], default=0.0)
    return far - (20 if _IS.search(text, max(0, value[0] - 20), value[0]) else 0)


def _is_key(text: str, value: Span, keys: list[Span]) -> bool:
    """Whether a value is made of the key's words for the most part, as "hungry-cat" is; an identifier may have some of them by chance."""
    start, end = value
    covered = {at for key in keys for at in range(max(start, key[0]), min(end, key[1]))}
    return len(covered) > 0.6 * sum(char.isalnum() for char in text[start:end])
