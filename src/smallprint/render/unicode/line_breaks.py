"""Where a line may end: UAX #14 with the default rules of Unicode 15.0.

In: code points. Out: for each of them whether a line may or must end behind it. Knows no widths and no languages. `reference` is what
`kernel/line_breaks.c` does, bit for bit.

Numbers are kept together as example 7 of the standard's section 8.2 has it, which its tests ask for: `LB25` looks back over the whole
number and not at pairs. Beyond the standard: words of scripts without spaces come from `words`, and no line ends inside a grapheme cluster.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from smallprint.render import kernel
from smallprint.render.unicode import graphemes, properties, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

KEEP, MAY, MUST = 0, 1, 2
"""A line does not, may, must end behind a character."""

# fmt: off
# In the order of kernel/breaks.h. SM is a mark of class SA, OW and PW are brackets OP and CP of full width, XP is a code point that
# is kept for pictures.
NAMES = (
    *("AL", "BK", "CR", "LF", "NL", "SP", "ZW", "WJ", "ZWJ", "CM", "SM", "GL", "BA", "HY", "BB", "B2", "CB", "CL", "CP", "PW", "EX"),
    *("IN", "NS", "OP", "OW", "QU", "IS", "NU", "PO", "PR", "SY", "HL", "SA", "H2", "H3", "JL", "JV", "JT", "RI", "EB", "EM", "ID"),
    "XP",
)
# fmt: on
_NUMBER = {name: number for number, name in enumerate(NAMES)}


def _some(names: str) -> list[int]:
    return [_NUMBER[name] for name in names.split()]


@cache
def classes(*, strict: bool = True) -> NDArray[np.uint8]:
    """(0x110000,) the class of each code point after LB1; read-only. `strict` keeps small kana (CJ) off the start of a line."""
    resolved = {"AI": "AL", "SG": "AL", "XX": "AL", "CJ": "NS" if strict else "ID"}
    found = properties.names("line_break")
    table = np.array([_NUMBER[resolved.get(name, name)] for name in found], np.uint8)[properties.classes("line_break")]
    category = _within("general_category", "Mn", "Mc")
    wide = _within("east_asian_width", "F", "W", "H")
    free = _within("general_category", "Cn") & _within("extended_pictographic", "Y")
    for name, among, becomes in (("SA", category, "SM"), ("OP", wide, "OW"), ("CP", wide, "PW"), ("ID", free, "XP")):
        table[(table == _NUMBER[name]) & among] = _NUMBER[becomes]
    table.flags.writeable = False
    return table


def _within(name: str, *values: str) -> NDArray[np.bool_]:
    found = properties.names(name)
    return np.isin(properties.classes(name), [found.index(value) for value in values if value in found])


_ALPHA = "AL HL SA"
_HANGUL = "JL JV JT H2 H3"
_PICTURES = "ID EB EM XP"
_PAIRS: tuple[tuple[str, str, str], ...] = (
    ("LB12", "GL", "*"),
    ("LB19", "*", "QU"),
    ("LB19", "QU", "*"),
)
_LATER: tuple[tuple[str, str, str], ...] = (
    ("LB21", "*", "BA HY NS"),
    ("LB21", "BB", "*"),
    ("LB21b", "SY", "HL"),
    ("LB22", "*", "IN"),
    ("LB23", _ALPHA, "NU"),
    ("LB23", "NU", _ALPHA),
    ("LB23a", "PR", _PICTURES),
    ("LB23a", _PICTURES, "PO"),
    ("LB24", "PR PO", _ALPHA),
    ("LB24", _ALPHA, "PR PO"),
    ("LB25", "PR PO OP OW HY", "NU"),
    ("LB25", "NU", "NU SY IS"),
    ("LB26", "JL", "JL JV H2 H3"),
    ("LB26", "JV H2", "JV JT"),
    ("LB26", "JT H3", "JT"),
    ("LB27", _HANGUL, "PO"),
    ("LB27", "PR", _HANGUL),
    ("LB28", _ALPHA, _ALPHA),
    ("LB29", "IS", _ALPHA),
    ("LB30", f"{_ALPHA} NU", "OP"),
    ("LB30", "CP", f"{_ALPHA} NU"),
    ("LB30b", "EB XP", "EM"),
)
_HARD = "BK CR LF NL"
_NEVER_BEFORE = f"{_HARD} SP ZW WJ CL CP PW EX IS SY"
"""LB6, LB7, LB11 and LB13, which hold behind spaces too."""


def _fill(pairs: NDArray[np.bool_], rules: Iterable[tuple[str, str, str]]) -> None:
    everything = list(range(len(NAMES)))
    for _, left, right in rules:
        rows = everything if left == "*" else _some(left)
        columns = everything if right == "*" else _some(right)
        pairs[np.ix_(rows, columns)] = True


@cache
def _tables() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(left, right) what stays together when the two meet, and when spaces are between them."""
    n = len(NAMES)
    near = np.zeros((n, n), np.bool_)
    _fill(near, _LATER)
    near[_some("CB")] = near[:, _some("CB")] = False  # LB20
    _fill(near, _PAIRS)
    every_but = [number for number in range(n) if NAMES[number] not in ("BA", "HY")]
    near[every_but, _NUMBER["GL"]] = True  # LB12a
    near[_some("OP OW WJ")] = True  # LB14, LB11
    near[np.ix_(_some("CL CP PW"), _some("NS"))] = True  # LB16
    near[_NUMBER["B2"], _NUMBER["B2"]] = True  # LB17
    apart = np.zeros((n, n), np.bool_)
    apart[_some("OP OW")] = True
    apart[np.ix_(_some("QU"), _some("OP OW"))] = True  # LB15
    apart[np.ix_(_some("CL CP PW"), _some("NS"))] = True
    apart[_NUMBER["B2"], _NUMBER["B2"]] = True
    for table in (near, apart):
        table[:, _some("WJ CL CP PW EX IS SY")] = True
        table[_NUMBER["ZW"]] = False  # LB8
        table[:, _some(f"{_HARD} SP ZW")] = True
    return near, apart


def reference(
    code_points: NDArray[np.uint32],
    table: NDArray[np.uint8],
    starts: NDArray[np.uint8] | None,
    word_starts: NDArray[np.uint8] | None,
) -> NDArray[np.uint8]:
    """`opportunities`, in NumPy, with the classes, the clusters and the words at hand; None for what is not to count."""
    n = len(code_points)
    out = np.zeros(n, np.uint8)
    if not n:
        return out
    raw = table[code_points]
    places = np.arange(n)
    # LB9, LB10: marks are one with what they stand on, and letters where they stand on nothing.
    marks = np.isin(raw, _some("CM SM ZWJ"))
    base = np.maximum.accumulate(np.where(marks, -1, places))
    stands = base >= 0
    stands[stands] = ~np.isin(raw[base[stands]], _some(f"{_HARD} SP ZW"))
    # The first mark of a run that stands on nothing is the letter for the rest of it.
    first = marks & ~stands & np.concatenate([[True], ~marks[:-1]])
    at = np.flatnonzero(~marks | first)
    kind = np.where(first, _NUMBER["AL"], raw)[at]
    together = np.zeros(len(at), np.bool_)
    together[1:] = _together(kind)
    together[1:] |= raw[at[1:] - 1] == _NUMBER["ZWJ"]  # LB8a
    if word_starts is not None:
        in_run = np.isin(raw, _some("SA SM"))
        letters = np.isin(kind, _some("AL SA"))
        together[1:] &= ~((word_starts[at[1:]] == 1) & in_run[at[1:]] & in_run[at[1:] - 1] & letters[:-1])

    behind = np.ones(len(at), np.uint8)
    behind[:-1] = np.where(together[1:], KEEP, MAY)
    hard = np.isin(kind, _some(_HARD))
    hard[:-1] &= ~((kind[:-1] == _NUMBER["CR"]) & (kind[1:] == _NUMBER["LF"]))
    behind[hard] = MUST
    behind[:-1][(kind[:-1] == _NUMBER["CR"]) & (kind[1:] == _NUMBER["LF"])] = KEEP
    out[np.append(at[1:], n) - 1] = behind
    if starts is not None:
        out[:-1][starts[1:] == 0] = KEEP
    out[-1] = MUST  # LB3
    return out


def _together(kind: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each class but the first stays with the one before it."""
    near, apart = _tables()
    left, right = kind[:-1], kind[1:]
    n = len(kind)
    places = np.arange(n)
    is_space = kind == _NUMBER["SP"]
    solid = np.maximum.accumulate(np.where(is_space, -1, places))
    together = near[left, right]
    spaced = np.flatnonzero(is_space[:-1])
    before = solid[spaced]
    # Spaces at the start of the text are behind nothing.
    with_base = apart[kind[np.maximum(before, 0)], right[spaced]]
    together[spaced] = np.where(before >= 0, with_base, np.isin(right[spaced], _some(_NEVER_BEFORE)))

    # LB21a: behind the hyphen of a Hebrew word.
    hyphen = np.flatnonzero((left[1:] == _NUMBER["HY"]) | (left[1:] == _NUMBER["BA"])) + 1
    hyphen = hyphen[(kind[hyphen - 1] == _NUMBER["HL"]) & (right[hyphen] != _NUMBER["CB"])]
    together[hyphen] = True

    # LB25, as example 7 has it.
    goes_on = np.isin(kind, _some("SY IS"))
    number = np.maximum.accumulate(np.where(goes_on, -1, places))
    in_number = (number >= 0) & (kind[np.maximum(number, 0)] == _NUMBER["NU"])
    together |= in_number[:-1] & (right == _NUMBER["NU"])
    closes = np.isin(kind, _some("CL CP PW"))
    closed = closes.copy()
    closed[1:] &= in_number[:-1]
    closed[:1] = False
    together |= (in_number | closed)[:-1] & np.isin(right, _some("PO PR"))
    sign = np.flatnonzero(np.isin(right[:-1], _some("OP OW HY")) & (right[1:] == _NUMBER["NU"]))
    together[sign[np.isin(left[sign], _some("PO PR"))]] = True

    # LB30a: flags in pairs.
    flag = kind == _NUMBER["RI"]
    run = places - np.maximum.accumulate(np.where(flag, -1, places))
    together |= flag[:-1] & flag[1:] & (run[1:] % 2 == 0)
    return together


def opportunities(
    code_points: NDArray[np.uint32], *, strict: bool = True, clusters: bool = True, with_words: bool = True
) -> NDArray[np.uint8]:
    """(n,) `KEEP`, `MAY` or `MUST` for each character: whether a line ends behind it.

    `strict` is that of `classes`. Without `clusters` and `with_words` the answer is the standard's and nothing else, as its tests ask for.
    A text that is cut behind a `MUST` has the same breaks in parts.
    """
    code_points = np.ascontiguousarray(code_points, np.uint32)
    table = classes(strict=strict)
    if kernel.module is not None:
        lexicon = b""
        if with_words and words.may_have_thai(code_points):
            lexicon = words.kernel_lexicon()
        return kernel.line_breaks(
            code_points, table, graphemes.starts(code_points) if clusters else None, lexicon, with_words
        )
    raw = table[code_points]
    in_run = np.isin(raw, _some("SA SM"))
    word_starts = None
    if with_words and in_run.any():
        word_starts = np.zeros(len(raw), np.uint8)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], in_run, [False]]).astype(np.int8)))
        for start, end in edges.reshape(-1, 2).tolist():
            word_starts[start:end] = words.reference(code_points[start:end])
    return reference(code_points, table, graphemes.reference(code_points) if clusters else None, word_starts)
