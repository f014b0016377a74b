"""Where words begin in scripts that are written without spaces.

In: the code points of a run of such letters (line breaking class SA). Out: where words begin. Knows no lines.

Thai is cut by a list of words: of all ways to cut a run, the one with the least outside of the list, then the one with the fewest words.
No cut is made inside a cluster of letters that are written as one. Lao, Khmer and Burmese are cut by rule of thumb in front of what has to
be the start of a syllable; that is not always the start of a word. Runs of other scripts are left whole. `reference` is what
`kernel/words.c` does, bit for bit.

The list is PyThaiNLP's `words_th.txt`, unmodified (WORDS.toml); entries with anything but Thai letters and marks are left out.
"""

from __future__ import annotations

import hashlib
import lzma
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from smallprint.errors import DataError
from smallprint.render import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FOLDER = Path(__file__).parent

WORD_COST, STRANGER_COST = 1, 4
"""Of a word of the list, and of a cluster that no word covers. On 180 paragraphs of XQuAD's Thai any cost of strangers from 1 to 100
gives the same words (2026-11-22)."""

MAX_CLUSTERS = 127
"""Of a word. The longest of the list has fewer."""

THAI = (0x0E01, 0x0E4F)
_LEADING = range(0x0E40, 0x0E45)
_CONSONANTS = range(0x0E01, 0x0E2F)
_TONES = range(0x0E48, 0x0E4C)
_FOLLOWS = frozenset([0x0E2F, 0x0E30, *range(0x0E31, 0x0E3B), 0x0E45, 0x0E46, *range(0x0E47, 0x0E4F)])
"""Marks, vowels that are written behind their consonant, and the signs of abbreviation and repetition."""
_SILENT, _SHORT_A, _SHORT, _UEE, _II = 0x0E4C, 0x0E31, 0x0E47, 0x0E37, 0x0E35
_SILENCED_WITH = (0x0E34, 0x0E38, 0x0E39)
_E, _AE, _KO, _YO = 0x0E40, 0x0E41, 0x0E01, 0x0E22


@cache
def word_list() -> bytes:
    """The file of words, UTF-8, one a line.

    Raises `DataError` if it is not the one that was packed.
    """
    about = tomllib.loads((_FOLDER / "WORDS.toml").read_text(encoding="utf-8"))["thai"]
    data = lzma.decompress((_FOLDER / about["file"]).read_bytes())
    if hashlib.sha256(data).hexdigest() != about["sha256"]:
        raise DataError(f"{about['file']}: not the file that belongs to this version; install smallprint again")
    return data


@cache
def kernel_lexicon() -> bytes:
    """The list as the kernel reads it."""
    codes = np.frombuffer(word_list().decode("utf-8").encode("utf-32-le"), "<u4")
    return kernel.lexicon(codes.astype(np.uint32))


@cache
def _known() -> tuple[frozenset[str], frozenset[str]]:
    """The words, and all their beginnings."""
    found = [
        word
        for word in word_list().decode("utf-8").split("\n")
        if word and all(THAI[0] <= ord(c) < THAI[1] for c in word)
    ]
    beginnings = {word[:end] for word in found for end in range(1, len(word) + 1)}
    return frozenset(found), frozenset(beginnings)


def may_have_thai(code_points: NDArray[np.uint32]) -> bool:
    """Whether the list of words is wanted."""
    return bool(((code_points >= THAI[0]) & (code_points < THAI[1])).any())


def reference(code_points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """`starts`, in Python."""
    codes: list[int] = code_points.tolist()
    out = np.zeros(len(codes), np.uint8)
    at = 0
    while at < len(codes):
        script = _script(codes[at])
        end = at + 1
        while end < len(codes) and _script(codes[end]) == script:
            end += 1
        out[at:end] = _thai(codes[at:end]) if script == "thai" else _syllables(codes[at:end], script)
        at = end
    return out


def starts(code_points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """(n,) 1 where a word begins, or in Lao, Khmer and Burmese a syllable; else 0."""
    code_points = np.ascontiguousarray(code_points, np.uint32)
    if kernel.module is not None:
        return kernel.word_starts(code_points, kernel_lexicon() if may_have_thai(code_points) else b"")
    return reference(code_points)


def _script(code: int) -> str:
    if THAI[0] <= code < THAI[1]:
        return "thai"
    if 0x0E80 <= code < 0x0F00:
        return "lao"
    if 0x1780 <= code < 0x1800:
        return "khmer"
    if 0x1000 <= code < 0x10A0 or 0xA9E0 <= code < 0xAA00 or 0xAA60 <= code < 0xAA80:
        return "burmese"
    return ""


def _starts_cluster(codes: list[int], at: int) -> bool:
    """Whether what is written as one may begin at `at`; letters before the run do not count."""
    if at == 0:
        return True
    code, before = codes[at], codes[at - 1]
    if code in _FOLLOWS or before in _LEADING:
        return False
    if code not in _CONSONANTS:
        return True
    # The list of a consonant that is not spoken: with the mark itself, or with a vowel and the mark.
    after = codes[at + 1 : at + 3]
    if after[:1] == [_SILENT] or (after[1:] == [_SILENT] and after[0] in _SILENCED_WITH):
        return False
    vowel_at = at - 2 if before in _TONES else at - 1
    if vowel_at < 1:
        return True
    vowel = codes[vowel_at]
    if vowel in (_SHORT_A, _UEE):
        return False
    if vowel == _SHORT:
        return codes[vowel_at - 1] == _KO and (vowel_at < 2 or codes[vowel_at - 2] not in (_E, _AE))
    if vowel == _II and code == _YO and codes[vowel_at - 1] in _CONSONANTS and vowel_at >= 2:
        if codes[vowel_at - 2] == _E:
            return False
        return not (vowel_at >= 3 and codes[vowel_at - 2] in _CONSONANTS and codes[vowel_at - 3] == _E)
    return True


def _thai(codes: list[int]) -> NDArray[np.uint8]:
    is_start = [_starts_cluster(codes, at) for at in range(len(codes))]
    places = [at for at, begins in enumerate(is_start) if begins]
    n = len(places)
    cluster_of = {place: number for number, place in enumerate(places)}
    cluster_of[len(codes)] = n
    text = "".join(map(chr, codes))
    known, beginnings = _known()
    endless = n * STRANGER_COST + 1
    cost = [0] + [endless] * n
    length = [0] * (n + 1)
    """Clusters of the last word on the best way to a place; 0 for a cluster of no word."""
    for first in range(n):
        if cost[first] + STRANGER_COST < cost[first + 1]:
            cost[first + 1] = cost[first] + STRANGER_COST
            length[first + 1] = 0
        start = places[first]
        end = start + 1
        while end <= len(codes) and text[start:end] in beginnings:
            last = cluster_of.get(end, first)
            is_word = first < last <= first + MAX_CLUSTERS and text[start:end] in known
            # Of ways that cost the same, the one whose last word is the shortest: the words before are longer.
            if is_word and cost[first] + WORD_COST <= cost[last]:
                cost[last] = cost[first] + WORD_COST
                length[last] = last - first
            end += 1
    out = np.zeros(len(codes), np.uint8)
    at = n
    places.append(len(codes))
    while at > 0:
        end = places[at]
        n_clusters = length[at]
        if not n_clusters:
            while at > 1 and not length[at - 1]:
                at -= 1
            n_clusters = 1
        at -= n_clusters
        start = places[at]
        out[start] = 1
        # A letter alone that is no word belongs to what is before or behind it, and which of the two cannot be told.
        if not length[at + 1] and end - start == 1:
            out[start] = start == 0
            out[end : end + 1] = 0
    return out


# What of Lao, Khmer and Burmese the rules of thumb look at.
_LAO_LEADING = range(0x0EC0, 0x0EC5)
_LAO_BASES = (*range(0x0E81, 0x0EAF), *range(0x0EDC, 0x0EE0))
_LAO_SIGNS = (*range(0x0EB0, 0x0EBE), *range(0x0EC8, 0x0ECF))
_LAO_SECOND = (0x0EA3, 0x0EA5, 0x0EA7)
"""R, l and w, the second letter of many a start of a syllable."""
_LAO_H, _LAO_AFTER_H = 0x0EAB, (0x0E87, 0x0E8D, 0x0E99, 0x0EA1)
"""The letter that sets the tone of the nasals behind it."""
_KHMER_BASES = range(0x1780, 0x17B4)
_KHMER_SIGNS = range(0x17B6, 0x17D2)
_COENG = 0x17D2
_BURMESE_BASES = frozenset(
    [
        *(*range(0x1000, 0x102B), 0x103F, 0x104E, *range(0x1050, 0x1056), *range(0x105A, 0x105E), 0x1061, 0x1065),
        *(0x1066, *range(0x106E, 0x1071), *range(0x1075, 0x1082), 0x108E),
    ]
)
_VIRAMA, _ASAT, _DOT = 0x1039, 0x103A, 0x1037


def _begins_lao(before: int, code: int, after: int) -> bool:
    if before in _LAO_LEADING:
        return False
    if code in _LAO_LEADING:
        return True
    if code not in _LAO_BASES or after not in _LAO_SIGNS or (before in _LAO_BASES and code in _LAO_SECOND):
        return False
    return not (before == _LAO_H and code in _LAO_AFTER_H)


def _syllables(codes: list[int], script: str) -> NDArray[np.uint8]:
    out = np.zeros(len(codes), np.uint8)
    out[0] = 1
    padded = [0, *codes, 0, 0]
    for at in range(1, len(codes)):
        before, code, after, second = padded[at : at + 4]
        if script == "lao":
            begins = _begins_lao(before, code, after)
        elif script == "khmer":
            begins = code in _KHMER_BASES and before != _COENG and (after == _COENG or after in _KHMER_SIGNS)
        elif script == "burmese":
            is_final = after in (_VIRAMA, _ASAT) or (after == _DOT and second == _ASAT)
            begins = code in _BURMESE_BASES and before != _VIRAMA and not is_final
        else:
            begins = False
        out[at] = begins
    return out
