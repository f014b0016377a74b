"""The characters that the embedded reader knows, each with a number.

In: text, or class numbers. Out: class numbers, or text. The order is part of the trained weights: append, never insert. A network knows the
first so many of them: those of `ALPHABET`, or Chinese ones too.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from smallprint.readers.sight.ideographs import IDEOGRAPHS

UNKNOWN = "\ufffd"
"""Stands for a character that is drawn but is not in the alphabet."""

_ALIASES = {
    **dict.fromkeys("\t\u00a0\u2002\u2003\u2009\u202f\u3000", " "),
    **dict.fromkeys("\u00ad\u2010\u2011", "-"),
    "\n": "↵",
}
"""Characters that look like another one, which is read in their place. A newline is drawn as a mark, or not at all."""


def _ranges(*ends: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ends for code in range(first, last + 1))


ALPHABET = (
    UNKNOWN
    + _ranges((0x20, 0x7E))
    + _ranges((0xA1, 0xAC), (0xAE, 0xFF))  # Latin-1
    + _ranges((0x100, 0x17F))  # Latin Extended-A
    + "ƒƠơƯưǍǎǐǒǔȘșȚț"
    + _ranges((0x1EA0, 0x1EF9))  # Vietnamese
    + _ranges((0x386, 0x386), (0x388, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x3CE))  # Greek
    + _ranges((0x400, 0x45F))  # Cyrillic
    + "ҐґҒғҚқҢңҮүҰұҺһӘәӨө"
    + "✗★‒–—―‘’‚‛“”„†‡•…‰′″‹›⁄€№™−≈≠≤≥∞√→←↑↓↔⇒↵◦│─┌┐└┘├┤█■□▪●○✓"
)
SPACE = ALPHABET.index(" ")
WIDE = len(ALPHABET)
"""The first class of a Chinese character; from here on all are a square wide."""
_ALL = ALPHABET + IDEOGRAPHS
ALPHABETS = {"letters": WIDE, "han": len(_ALL)}
"""How many classes a network has, by the name of what it knows."""


@cache
def _numbers() -> NDArray[np.int16]:
    table = np.zeros(0x110000, np.int16)
    for number, char in reversed(list(enumerate(_ALL))):
        table[ord(char)] = number
    for alias, char in _ALIASES.items():
        table[ord(alias)] = ALPHABET.index(char)
    return table


@cache
def _code_points() -> NDArray[np.uint32]:
    return np.frombuffer(_ALL.encode("utf-32-le"), "<u4").astype(np.uint32)


def classes_of(text: str, n_classes: int = WIDE) -> NDArray[np.int16]:
    """The class of each character; that of `UNKNOWN` (0) for those outside the first `n_classes`. Shape (n,)."""
    numbers = _numbers()[np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")]
    return np.where(numbers < n_classes, numbers, 0).astype(np.int16)


def text_of(classes: NDArray[np.integer]) -> str:
    """The characters of classes."""
    return _code_points()[classes].astype("<u4").tobytes().decode("utf-32-le")
