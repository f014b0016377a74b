"""Grapheme clusters: what a reader takes for one character (UAX #29, extended clusters, with the Indic conjuncts of GB9c).

In: code points. Out: where clusters begin. Knows no fonts and no lines. `reference` is what `kernel/graphemes.c` does, bit for bit.
The rules are those of Unicode 15.0; GB9c came with 15.1.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from smallprint.render import kernel
from smallprint.render.unicode import properties

if TYPE_CHECKING:
    from numpy.typing import NDArray

# As in kernel/breaks.h.
(
    OTHER,
    CR,
    LF,
    CONTROL,
    EXTEND,
    EXTEND_CONJUNCT,
    LINKER,
    ZWJ,
    FLAG,
    PREPEND,
    SPACING,
    SPACING_CONJUNCT,
    HANGUL_L,
    HANGUL_V,
    HANGUL_T,
    HANGUL_LV,
    HANGUL_LVT,
    PICTURE,
    CONSONANT,
) = range(19)
N_CLASSES = 19

_BY_NAME = {
    "CR": CR,
    "LF": LF,
    "CN": CONTROL,
    "EX": EXTEND,
    "ZWJ": ZWJ,
    "RI": FLAG,
    "PP": PREPEND,
    "SM": SPACING,
    "L": HANGUL_L,
    "V": HANGUL_V,
    "T": HANGUL_T,
    "LV": HANGUL_LV,
    "LVT": HANGUL_LVT,
    "XX": OTHER,
}


@cache
def classes() -> NDArray[np.uint8]:
    """(0x110000,) the class of each code point, as the rules ask for it; read-only."""
    values = np.array([_BY_NAME[name] for name in properties.names("grapheme_break")], np.uint8)
    table = values[properties.classes("grapheme_break")]
    table[_has("extended_pictographic", "Y") & (table == OTHER)] = PICTURE
    table[_has("indic_conjunct_break", "Consonant") & (table == OTHER)] = CONSONANT
    table[_has("indic_conjunct_break", "Linker") & (table == EXTEND)] = LINKER
    table[_has("indic_conjunct_break", "Extend") & (table == EXTEND)] = EXTEND_CONJUNCT
    table[_has("indic_conjunct_break", "Extend") & (table == SPACING)] = SPACING_CONJUNCT
    table.flags.writeable = False
    return table


def _has(name: str, value: str) -> NDArray[np.bool_]:
    return properties.classes(name) == properties.names(name).index(value)


@cache
def _pairs() -> NDArray[np.bool_]:
    """(left, right) whether the two stay together whatever is around them."""
    pairs = np.zeros((N_CLASSES, N_CLASSES), np.bool_)
    pairs[[HANGUL_L], [[HANGUL_L], [HANGUL_V], [HANGUL_LV], [HANGUL_LVT]]] = True  # GB6
    pairs[[[HANGUL_LV], [HANGUL_V]], [HANGUL_V, HANGUL_T]] = True  # GB7
    pairs[[HANGUL_LVT, HANGUL_T], HANGUL_T] = True  # GB8
    pairs[:, [EXTEND, EXTEND_CONJUNCT, LINKER, ZWJ, SPACING, SPACING_CONJUNCT]] = True  # GB9, GB9a
    pairs[PREPEND] = True  # GB9b
    pairs[[CR, LF, CONTROL]] = False  # GB4
    pairs[:, [CR, LF, CONTROL]] = False  # GB5
    pairs[CR, LF] = True  # GB3
    return pairs


def reference(code_points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """`starts`, in NumPy."""
    n = len(code_points)
    out = np.ones(n, np.uint8)
    if n < 2:
        return out
    kind = classes()[code_points]
    left, right = kind[:-1], kind[1:]
    together = _pairs()[left, right]

    places = np.arange(n)
    if (right == PICTURE).any():  # GB11
        extends = (kind == EXTEND) | (kind == EXTEND_CONJUNCT) | (kind == LINKER)
        base = np.maximum.accumulate(np.where(extends, -1, places))
        joined = np.flatnonzero((right == PICTURE) & (left == ZWJ)) + 1
        joined = joined[joined >= 2]
        before = base[joined - 2]
        joined = joined[(before >= 0) & (kind[before] == PICTURE)]
        together[joined - 1] = True
    if (right == CONSONANT).any():  # GB9c
        linkers = np.cumsum(kind == LINKER)
        inner = (kind == EXTEND_CONJUNCT) | (kind == LINKER) | (kind == ZWJ) | (kind == SPACING_CONJUNCT)
        base = np.maximum.accumulate(np.where(inner, -1, places))[:-1]
        is_conjunct = (right == CONSONANT) & (base >= 0) & (kind[base] == CONSONANT) & (linkers[:-1] > linkers[base])
        together |= is_conjunct
    if (right == FLAG).any():  # GB12, GB13
        run = places - np.maximum.accumulate(np.where(kind == FLAG, -1, places))
        together |= (left == FLAG) & (right == FLAG) & (run[1:] % 2 == 0)
    out[1:] = ~together
    return out


def starts(code_points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """(n,) 1 where a cluster begins, else 0."""
    if kernel.module is not None:
        return kernel.grapheme_starts(np.ascontiguousarray(code_points, np.uint32), classes())
    return reference(code_points)
