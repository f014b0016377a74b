"""Paragraphs that need more than one glyph a character: their directions, line breaks and words.

In: code points of whole paragraphs. Out: for each character one number that says all that its cell depends on beside its neighbours, and
where the words begin that are shaped together. Knows no face and no cell. By the kernel, or by the functions of `unicode`, which agree.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from smallprint.render import kernel
from smallprint.render.blocks import ENDS
from smallprint.render.unicode import bidi, graphemes, line_breaks, words
from smallprint.render.unicode.properties import classes, names

if TYPE_CHECKING:
    from numpy.typing import NDArray

CODE_POINT = (1 << 21) - 1
"""Bits of a unit that are its code point; above it, from low to high: whether a line may break after it, its level (7 bits), whether its
paragraph runs from right to left."""
BREAK_BIT, LEVEL_BIT, RTL_BIT = 21, 22, 29
LONGEST = 256
"""Characters of a word; a longer one is cut."""

_SIMPLE = (
    "Latn Grek Cyrl Hani Hira Kana Bopo Hang Yiii Zyyy Zinh Zzzz Armn Geor Cher Ethi Cans Ogam Runr Copt Goth Dsrt Brai Vaii Lisu Osge "
    "Shaw Osma Linb Lina Ital Ugar Xpeo Cprt Xsux Egyp Hluw Nshu Tang Bamu"
)
"""Scripts (ISO 15924) whose letters stand side by side; marks on them are seen to all the same."""
_EXTENDING = ("EX", "ZWJ", "SM", "PP", "RI", "L", "V", "T")
_DIRECTED = ("R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
_BROKEN = ("SA", "ZW", "WJ", "CM", "ZWJ")
_TATWEEL = 0x640
_IS_SPACE, _IS_END, _IS_DIRECTED = 1, 2, 4  # as in kernel/kernel.h
_ENDS = frozenset(map(ord, ENDS))


class Runs(NamedTuple):
    """Both of shape (n,)."""

    units: NDArray[np.uint32]
    starts: NDArray[np.uint8]
    """1 where a word begins: characters that are shaped together, or a single character."""


@cache
def kinds() -> NDArray[np.uint8]:
    """(0x110000,) for each letter of a script that is shaped the script's number plus one, else 0."""
    simple = _SIMPLE.split()
    scripts = classes("script")
    shaped = np.array([name not in simple for name in names("script")])
    kinds = np.where(shaped[scripts], scripts.astype(np.int64) + 1, 0).astype(np.uint8)
    kinds[_TATWEEL] = names("script").index("Arab") + 1
    kinds.flags.writeable = False
    return kinds


def script_of(kind: int) -> str:
    """The script (ISO 15924) of a number of `kinds`."""
    return names("script")[kind - 1]


@cache
def needed() -> NDArray[np.bool_]:
    """(0x110000,) whether a character makes its paragraph need what is done here."""
    return (
        (kinds() > 0) | _has("grapheme_break", _EXTENDING) | _has("bidi_class", _DIRECTED) | _has("line_break", _BROKEN)
    )


def _has(name: str, values: tuple[str, ...]) -> NDArray[np.bool_]:
    """(0x110000,) whether a property has one of some values."""
    return np.array([value in values for value in names(name)])[classes(name)]


def analyse(code_points: NDArray[np.uint32], pieces: NDArray[np.int64]) -> Runs:
    """What the characters of some paragraphs depend on; `pieces` are the places where these begin."""
    if kernel.module:
        lexicon = words.kernel_lexicon() if words.may_have_thai(code_points) else b""
        return Runs(*kernel.analyse(code_points, pieces, _kernel_tables(), lexicon))
    return reference(code_points, pieces)


def reference(code_points: NDArray[np.uint32], pieces: NDArray[np.int64]) -> Runs:
    """`analyse`, in NumPy."""
    n = len(code_points)
    breaks, levels = np.zeros(n, np.uint32), np.zeros(n, np.uint32)
    clusters = np.ones(n, np.uint8)
    rtl = np.zeros(n, np.uint32)
    hanging = spaces()[code_points]
    for start, end in zip(pieces.tolist(), [*pieces[1:].tolist(), n], strict=True):
        piece = code_points[start:end]
        breaks[start:end] = line_breaks.opportunities(piece) != 0
        clusters[start:end] = graphemes.starts(piece)
        base = bidi.base_level(piece)
        levels[start:end] = bidi.levels(piece, base)
        rtl[start:end] = base
        _hang(breaks[start:end], piece, hanging[start:end])
    units = code_points | breaks << BREAK_BIT | levels << LEVEL_BIT | rtl << RTL_BIT
    kind = kinds()[code_points]
    # Marks and joiners go with the character that their cluster begins with.
    places = np.arange(n)
    kind = kind[np.maximum.accumulate(np.where(clusters, places, 0))]
    joined = np.zeros(n, np.bool_)
    joined[1:] = (kind[1:] > 0) & (kind[1:] == kind[:-1]) & (levels[1:] == levels[:-1]) & (breaks[:-1] == 0)
    starts = (clusters != 0) & ~joined
    starts[pieces] = True
    word = np.maximum.accumulate(np.where(starts, places, 0))
    if n and int((places - word).max()) >= LONGEST:
        _cut_words(starts, clusters)
    return Runs(units.astype(np.uint32), starts.astype(np.uint8))


@cache
def spaces() -> NDArray[np.bool_]:
    """(0x110000,) the spaces that vanish where a line breaks."""
    is_space = classes("general_category") == names("general_category").index("Zs")
    return is_space & (classes("line_break") != names("line_break").index("GL"))


@cache
def _kernel_tables() -> list[NDArray[np.uint8]]:
    """What the kernel asks of a character: its kind; whether it is a space, ends a paragraph, has a direction; what `unicode` asks."""
    traits = spaces() * np.uint8(_IS_SPACE)
    traits[sorted(_ENDS)] |= _IS_END
    traits[_has("bidi_class", _DIRECTED)] |= _IS_DIRECTED
    return [kinds(), traits, bidi.kernel_table(), graphemes.classes(), line_breaks.classes()]


def _hang(breaks: NDArray[np.uint32], code_points: NDArray[np.uint32], hanging: NDArray[np.bool_]) -> None:
    """Let all spaces in a row of a paragraph break like the last of them, and those before its end always."""
    for place in np.flatnonzero(hanging)[::-1].tolist():
        after = place + 1
        if after == len(breaks) or int(code_points[after]) in _ENDS:
            breaks[place] = 1
        elif hanging[after]:
            breaks[place] = breaks[after]


def _cut_words(starts: NDArray[np.bool_], clusters: NDArray[np.uint8]) -> None:
    """Begin a new word at a cluster where one would get too long, and within a cluster that is too long itself."""
    begin = 0
    for at, (is_start, is_cluster) in enumerate(zip(starts.tolist(), clusters.tolist(), strict=True)):
        if is_start or at - begin >= 2 * LONGEST or (is_cluster and at - begin >= LONGEST):
            starts[at] = True
            begin = at
