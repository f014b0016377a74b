"""Strings that must stay exact: one wrong character makes them another string, and no reader can guess it.

In: text. Out: spans of hashes, UUIDs, numbers, codes, paths, addresses and identifiers, in order. A word that a reader of the language
could guess from its neighbours is none. Time grows with the length of the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["uuid", "address", "path", "hex", "number", "identifier", "code", "option"]


@dataclass(frozen=True)
class Exact:
    """One string; the span is half-open, in code points of the text."""

    span: tuple[int, int]
    text: str
    kind: Kind


# Every pattern is matched against a whole run without white space or brackets, so that none is tried at each letter anew.
_RUN = re.compile(
    r"[^\s<>\"'`()\[\]{}|,;\u2013\u2014\u2018\u2019\u201c\u201d\u00ab\u00bb]+(?:,(?=\d)[^\s<>\"'`()\[\]{}|,;]+)*"
)
_EDGES = ".,;:!?*&#="
_ENDINGS = "py|md|txt|json|toml|ya?ml|html?|css|js|ts|c|h|rs|go|java|sh|csv|xml|png|pdf"
_WHOLE: dict[Kind, re.Pattern[str]] = {
    "uuid": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "address": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.+|[\w.+-]+@[\w-]+\.[\w.-]+|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?"),
    "path": re.compile(rf"(?:~|\.{{1,2}})?(?:/[\w.@+-]+){{2,}}/?|[A-Za-z]:\\.+|[\w./-]+\.(?:{_ENDINGS})"),
    "number": re.compile(r"[-+]?[$€£]?\d[\d,.:/-]*(?:T[\d:.]+)?(?:[eE][-+]?\d+)?(?:Z|%|[+-]\d[\d:]*|[A-Za-z°µ]{1,3})?"),
}
_WORD = re.compile(r"\w+(?:-\w+)*")
_HEX = re.compile(r"0x[0-9a-fA-F]+|(?=[0-9]*[a-fA-F])(?=[a-fA-F]*[0-9])[0-9a-fA-F]{6,}")
_CAMEL = re.compile(r"[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|s)")
_OPTION = re.compile(r"--?[A-Za-z][\w-]*")
_DASHES = re.compile(r"\w--\w")
_FEW_DIGITS = 3
"""Numbers of so many digits and fewer are read like words."""
_SHORTEST_CODE = 3


def exact_strings(text: str) -> Iterator[Exact]:
    """Each in order, none inside another."""
    # Where two hyphens are a dash, a word behind them is no option.
    has_options = not _DASHES.search(text)
    for run in _RUN.finditer(text):
        string = run.group().rstrip(_EDGES)
        kept = string.lstrip(_EDGES)
        dots = len(string) - len(string.lstrip("."))
        if dots < 3 and string[dots : dots + 1] == "/":
            kept = string
        start, string = run.start() + len(string) - len(kept), kept
        if not string:
            continue
        whole: list[Kind] = [kind for kind, pattern in _WHOLE.items() if pattern.fullmatch(string)]
        if whole:
            if whole[0] != "number" or (_digits(string) > _FEW_DIGITS and not _ORDINAL.fullmatch(string)):
                yield Exact((start, start + len(string)), string, whole[0])
            continue
        if has_options and _OPTION.fullmatch(string) and (start == 0 or text[start - 1] in " \t\n`\"'([|"):
            yield Exact((start, start + len(string)), string, "option")
            continue
        for word in _WORD.finditer(string):
            if kind := _kind(word.group()):
                yield Exact((start + word.start(), start + word.end()), word.group(), kind)


def _kind(word: str) -> Kind | None:
    """Of a run of letters, digits, underscores and hyphens."""
    if _HEX.fullmatch(word):
        return "hex"
    plain = word.strip("_")
    if "_" in plain or (word.startswith("__") and word.endswith("__") and plain):
        return "identifier"
    if _digits(plain) == len(plain):
        return "number" if len(plain) > _FEW_DIGITS else None
    parts = [part for part in plain.split("-") if part]
    mixed = any(
        any(map(str.isdigit, part)) and any(map(str.isalpha, part)) and not _ORDINAL.fullmatch(part) for part in parts
    )
    labelled = any(part.isdigit() for part in parts) and any(part.isalpha() and part.isupper() for part in parts)
    if (mixed or labelled) and len(plain) >= _SHORTEST_CODE:
        return "code"
    return "identifier" if _CAMEL.fullmatch(plain) else None


def _digits(string: str) -> int:
    return sum(map(str.isdigit, string))
