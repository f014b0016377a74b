"""Properties of characters as arrays over all code points.

In: `tables.bin.xz`, which `tools/unicode_tables.py` writes from the Unicode Character Database. Out: for each property an array of 0x110000
numbers and the short names of these numbers; bracket pairs and mirror images. Knows no text and no algorithm.

The numbers of a property are the places of its values' short names in the order of their ASCII characters, those that no code point
has left out: the same in every build from the same version of Unicode, and `names` tells them. Unassigned code points have the values that
the database's ``@missing`` lines give them.
"""

from __future__ import annotations

import json
import lzma
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from smallprint.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNICODE_VERSION = "15.0.0"
"""Of the tables; sources and sums are in TABLES.toml (read 2026-11-20)."""

N_CODE_POINTS = 0x110000

PROPERTIES = (
    "bidi_class",
    "line_break",
    "grapheme_break",
    "east_asian_width",
    "script",
    "general_category",
    "extended_pictographic",
    "indic_conjunct_break",
)
"""What `classes` knows. `extended_pictographic` has the values N and Y; `indic_conjunct_break` came with Unicode 15.1 and is derived
here by that version's definition from the characters of 15.0."""

_FILE = Path(__file__).with_name("tables.bin.xz")


@cache
def _tables() -> tuple[dict[str, Any], bytes]:
    """What the file's first line says, and the bytes behind it."""
    head, _, body = lzma.decompress(_FILE.read_bytes()).partition(b"\n")
    about: dict[str, Any] = json.loads(head)
    if about["unicode"] != UNICODE_VERSION:
        raise DataError(f"{_FILE.name}: Unicode {about['unicode']} instead of {UNICODE_VERSION}; install again")
    return about, body


def _part(name: str) -> tuple[dict[str, Any], bytes]:
    about, body = _tables()
    part: dict[str, Any] = about["parts"][name]
    return part, body[part["at"] : part["at"] + part["n_bytes"]]


def _known(name: str) -> str:
    if name not in PROPERTIES:
        raise ValueError(f"property {name!r}: not one of {', '.join(PROPERTIES)}")
    return name


@cache
def names(name: str) -> tuple[str, ...]:
    """The short names of a property's values, by number."""
    return tuple(_part(_known(name))[0]["names"])


@cache
def classes(name: str) -> NDArray[np.uint8]:
    """(0x110000,) the number of each code point's value, read-only."""
    part, data = _part(_known(name))
    n = part["n_runs"]
    lengths = np.frombuffer(data, "<u4", n)
    values = np.frombuffer(data, np.uint8, n, offset=4 * n)
    table = np.repeat(values, lengths)
    table.flags.writeable = False
    return table


def value_of(name: str, code_point: int) -> str:
    """The short name of a character's value."""
    return names(name)[int(classes(name)[code_point])]


@cache
def brackets() -> NDArray[np.uint32]:
    """(n, 3) paired brackets by code point: the bracket, the opening bracket of its pair, 1 if it closes.

    Brackets that are canonically equivalent have the same opening bracket: U+2329 and U+232A are counted as U+3008 and U+3009.
    """
    return _rows("brackets", 3)


@cache
def mirrored() -> NDArray[np.uint32]:
    """(n, 2) characters by code point, and those whose glyphs are their mirror images."""
    return _rows("mirrored", 2)


def _rows(name: str, width: int) -> NDArray[np.uint32]:
    rows = np.frombuffer(_part(name)[1], "<u4").astype(np.uint32).reshape(-1, width)
    rows.flags.writeable = False
    return rows
