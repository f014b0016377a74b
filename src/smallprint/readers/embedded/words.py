"""A text's words, in any language.

In: text. Out: its words folded (case, accents), each with its place. Scripts without white space between words give pairs of characters.
Knows no language: which words belong together is told by how they begin, and misread ones by their letters.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u31ff\u3400-\u4dbf\u4e00-\ua4cf"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, ideographs and kana: written without white space between words (Unicode 15 blocks)."""

MIN_FUZZY = 5
"""Letters that a word must have to be taken for a misread one."""
MIN_FUZZY_CODE = 8
"""The same where there are digits among them: short numbers lie close together."""
_MIN_STEM = 4
_MAX_ENDING = 3
_MAX_TAIL = 5
"""What may follow a whole word of the question: languages that string endings together have long ones."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a pair of characters of an unspaced script. `start` and `end` are places in the text."""

    term: str
    start: int
    end: int
    is_capital: bool


def words_of(text: str) -> Iterator[Word]:
    """The words of a text, in order."""
    for found in _pattern().finditer(text):
        start, end = found.span()
        if found.lastgroup != "run":
            yield Word(fold(found.group()), start, end, text[start].isupper())
        elif end - start == 1:
            yield Word(text[start], start, end, False)
        else:
            for at in range(start, end - 1):
                yield Word(text[at : at + 2], at, at + 2, False)


def is_pair(term: str) -> bool:
    """Whether a term is of a script without white space between words."""
    return _run().match(term) is not None


@lru_cache(1 << 16)
def fold(word: str) -> str:
    """Without case and, in Latin, Greek and Cyrillic, without accents: those are lost first where letters are small."""
    folded = word.casefold()
    if folded.isascii() or (folded[0] >= "\u0590" and not "\u1e00" <= folded[0] <= "\u1fff"):
        return folded
    return "".join(char for char in unicodedata.normalize("NFD", folded) if unicodedata.category(char) != "Mn")


def variants(term: str, vocabulary: Mapping[str, int]) -> dict[str, float]:
    """Words of a vocabulary (with their counts) that may stand for a word of the question, each with a weight up to 1.

    Those that begin alike and end otherwise; those at one letter's distance where they are too rare to be words of their own, or where the
    question's word is not there at all. Numbers, and words with digits, are themselves alone, unless they are long and not there.
    """
    found = {term: 1.0} if term in vocabulary else {}
    n = len(term)
    if any(char.isdigit() for char in term):
        return found or (dict.fromkeys(near(term, vocabulary), 0.6) if n >= MIN_FUZZY_CODE else {})
    if is_pair(term):
        return found
    if n >= _MIN_STEM - 1:
        for other in vocabulary:
            if other not in found and (weight := _kinship(term, other)):
                found[other] = weight
    if n >= MIN_FUZZY:
        rare = 2 if found else sys.maxsize
        for other in near(term, vocabulary):
            if other not in found and vocabulary[other] <= rare:
                found[other] = 0.6
    return found


def near(term: str, vocabulary: Collection[str]) -> list[str]:
    """Words at an edit distance of one: a letter replaced, left out, put in, or two that changed places."""
    n = len(term)
    return [other for other in vocabulary if abs(len(other) - n) <= 1 and other != term and _is_near(term, other)]


def _is_near(a: str, b: str) -> bool:
    if len(a) > len(b):
        a, b = b, a
    first = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[first:] == b[first + 1 :]
    return a[first + 1 :] == b[first + 1 :] or (
        a[first : first + 2] == b[first : first + 2][::-1] and a[first + 2 :] == b[first + 2 :]
    )


def _kinship(a: str, b: str) -> float:
    """How likely two words are forms of one: 0, or more the more of them is the same."""
    shorter, longer = sorted((a, b), key=len)
    if a[:3] != b[:3]:
        # Hebrew and Arabic write "the", "and", "in" as part of the word that follows.
        is_led = "\u0590" <= a[0] <= "\u08ff" and longer.endswith(shorter) and len(longer) - len(shorter) <= _MAX_ENDING
        return 0.7 if is_led else 0.0
    if longer.startswith(shorter):
        tail = len(longer) - len(shorter)
        if tail <= (1 if len(shorter) < _MIN_STEM else _MAX_ENDING if len(shorter) == _MIN_STEM else _MAX_TAIL):
            return 0.9 if tail <= 2 else 0.6
        return 0.0
    same = next(at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
    ends = len(a) - same, len(b) - same
    if same < _MIN_STEM or max(ends) > _MAX_ENDING or same < 0.55 * len(longer):
        return 0.0
    return 0.8 if max(ends) <= 2 else 0.6


@cache
def _pattern() -> re.Pattern[str]:
    # Marks belong to the letter before them, which `\\w` leaves out.
    marks = "".join(chr(code) for code in range(0x300, 0x2000) if unicodedata.category(chr(code))[0] == "M")
    spaced = rf"(?![{_UNSPACED}])[^\W_]"
    return re.compile(rf"(?P<run>[{_UNSPACED}]+)|(?P<word>{spaced}(?:{spaced}|(?![{_UNSPACED}])[{marks}])*)")


@cache
def _run() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")
