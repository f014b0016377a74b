"""Strings that must stay exact: one wrong character makes them another string, and no reader can guess it.

In: text. Out: spans of hashes, UUIDs, numbers, codes, paths, addresses and identifiers, in order. A word that a reader of the language
could guess from its neighbours is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["uuid", "address", "path", "hex", "number", "identifier", "code"]


@dataclass(frozen=True)
class Exact:
    """One string; the span is half-open, in code points of the text."""

    span: tuple[int, int]
    text: str
    kind: Kind


_ENDINGS = "py|md|txt|json|toml|ya?ml|html?|css|js|ts|c|h|rs|go|java|sh|csv|xml|png|pdf"
_KINDS: tuple[tuple[Kind, str], ...] = (
    ("uuid", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    (
        "address",
        r"\b[a-z][a-z0-9+.-]*://[^\s<>\"'`)\]}]+"
        r"|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"
        r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b",
    ),
    (
        "path",
        r"(?<![\w/.])(?:~|\.{1,2})?(?:/[\w.@+-]+){2,}/?"
        r"|\b[A-Za-z]:\\[\w.\\ -]*[\w.]"
        rf"|\b[\w-]+(?:/[\w.-]+)*\.(?:{_ENDINGS})\b",
    ),
    ("hex", r"\b(?:0x[0-9a-fA-F]+|(?=[0-9a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{6,})\b"),
    ("number", r"(?<![\w.])[-+]?[$€£]?\d(?:[\d,.:/-]*\d)+%?(?!\w)"),
    (
        "identifier",
        r"\b[A-Za-z]\w*_\w+\b"
        r"|\b(?!_[a-z]+_\b)_+[A-Za-z]\w*\b"
        r"|\b[a-z]+(?:[A-Z][a-z0-9]*)+\b"
        r"|\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b"
        r"|(?<![^\s\"'`(\[])--?[a-z][\w-]*\b",
    ),
    ("code", r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])\w+(?:-\w+)*\b"),
)
_PATTERN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS))
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|s)$")
_SHORT_NUMBER = 3
"""Numbers of so many digits and fewer are read like words."""


_SHORT_CODE = 3


def exact_strings(text: str) -> Iterator[Exact]:
    """Each in order, none inside another."""
    for found in _PATTERN.finditer(text):
        kind: Kind = found.lastgroup  # pyright: ignore[reportAssignmentType]
        string = found.group()
        if kind == "number" and sum(char.isdigit() for char in string) <= _SHORT_NUMBER:
            continue
        if kind == "code" and (len(string) < _SHORT_CODE or _ORDINAL.match(string)):
            continue
        yield Exact(found.span(), string, kind)
