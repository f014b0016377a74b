"""The tables: whole, of the stated version, with the defaults of unassigned code points."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import pytest

from smallprint.render.unicode import properties
from smallprint.render.unicode.properties import PROPERTIES, UNICODE_VERSION, brackets, classes, mirrored, names

FOLDER = Path(properties.__file__).parent


def value(name: str, code_point: int) -> str:
    return names(name)[classes(name)[code_point]]


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_code_point_has_a_value_and_every_value_a_code_point(name: str) -> None:
    table = classes(name)
    assert table.shape == (0x110000,)
    assert table.dtype == np.uint8
    assert np.unique(table).tolist() == list(range(len(names(name))))
    assert list(names(name)) == sorted(names(name))
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 0


@pytest.mark.parametrize(
    ("name", "code_point", "expected"),
    [
        ("bidi_class", 0x61, "L"),
        ("bidi_class", 0x5D0, "R"),
        ("bidi_class", 0x628, "AL"),
        ("bidi_class", 0x661, "AN"),
        ("bidi_class", 0x2067, "RLI"),
        # Not assigned: what the blocks are kept for, currency signs, and what is no character.
        ("bidi_class", 0x5FF, "R"),
        ("bidi_class", 0x8FF, "NSM"),
        ("bidi_class", 0x10EC0, "AL"),
        ("bidi_class", 0x1EFFF, "R"),
        ("bidi_class", 0x20CF, "ET"),
        ("bidi_class", 0xFFFF, "BN"),
        ("bidi_class", 0x378, "L"),
        ("line_break", 0x4E00, "ID"),
        ("line_break", 0x20C5, "PR"),
        ("line_break", 0x3FFFD, "ID"),
        ("line_break", 0x1FABF, "ID"),
        ("line_break", 0x378, "XX"),
        ("line_break", 0xAC00, "H2"),
        ("line_break", 0xE01, "SA"),
        ("grapheme_break", 0x200D, "ZWJ"),
        ("grapheme_break", 0xAC01, "LVT"),
        ("grapheme_break", 0x61, "XX"),
        ("east_asian_width", 0x3FFFD, "W"),
        ("east_asian_width", 0xFF21, "F"),
        ("script", 0x915, "Deva"),
        ("script", 0x378, "Zzzz"),
        ("general_category", 0x378, "Cn"),
        ("general_category", 0xD800, "Cs"),
        ("extended_pictographic", 0x1F600, "Y"),
        ("extended_pictographic", 0x31, "N"),
        ("indic_conjunct_break", 0x915, "Consonant"),
        ("indic_conjunct_break", 0x94D, "Linker"),
        ("indic_conjunct_break", 0x93C, "Extend"),
        ("indic_conjunct_break", 0xB95, "None"),  # Tamil has no such conjuncts
    ],
)
def test_known_values(name: str, code_point: int, expected: str) -> None:
    assert value(name, code_point) == expected


def test_brackets_pair_off_with_their_equivalents() -> None:
    rows = {code: (opening, closes) for code, opening, closes in brackets().tolist()}
    assert rows[ord("(")] == (ord("("), 0)
    assert rows[ord("]")] == (ord("["), 1)
    assert rows[0x2329] == rows[0x3008] == (0x3008, 0)
    assert rows[0x232A] == rows[0x3009] == (0x3008, 1)
    # So BidiBrackets.txt of 15.0.0 counts them.
    assert len(rows) == 128
    assert sum(closes for _, closes in rows.values()) == 64
    assert {value("bidi_class", code) for code in rows} == {"ON"}


def test_the_mirror_image_of_a_mirror_image() -> None:
    images = dict(mirrored().tolist())
    assert images[ord("(")] == ord(")")
    assert images[ord("»")] == ord("«")
    assert len(images) == 428
    assert all(images[images[code]] == code for code in images)


def test_what_is_no_property_is_refused() -> None:
    with pytest.raises(ValueError, match="'colour': not one of bidi_class"):
        classes("colour")
    with pytest.raises(ValueError, match="brackets"):
        names("brackets")


def test_the_table_is_the_one_that_the_sums_tell() -> None:
    about = tomllib.loads((FOLDER / "TABLES.toml").read_text(encoding="utf-8"))
    assert about["unicode"] == UNICODE_VERSION
    assert hashlib.sha256((FOLDER / about["file"]).read_bytes()).hexdigest() == about["sha256"]
