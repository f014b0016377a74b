"""What was read, with words that are none put right: guessing, not reading.

In: a `PageText`. Out: its text with doubtful letters changed where that makes a common word. Figures with it are reported apart from those
of the pixels alone. Knows no grammar and no neighbouring words; how common a word is comes from its place in Qwen's vocabulary, whose
tokens are numbered about in the order in which byte-pair merging found them, the frequent ones first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.readers.sight.page_reader import PageText

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_TOKEN = re.compile(r" [^\W\d_]+")
LEAST_LETTERS = 3
"""A shorter word has too many neighbours."""
SURE = 0.995
"""A letter of this confidence is not changed."""
UNKNOWN = 15.0
"""-ln of how likely a word is that is none of the vocabulary's: a name, a rare word, or a misread one."""
PER_CHANGE = 2.0
"""-ln of how likely one given other letter is, where one was misread: letters are mostly taken for some seven that look like them."""
PER_MISSING = 4.5
"""The same where one is missing, or one too many."""
MOST_CHANGES = 2
_LEAST = 1e-4
_ZIPF = 12.0


def with_prior(page: PageText) -> str:
    """The text, its words of `LEAST_LETTERS` letters and more put right where their letters are in doubt."""
    pieces: list[str] = []
    last = 0
    for word in _WORD.finditer(page.text):
        confidence = page.confidence[word.start() : word.end()]
        if len(word.group()) >= LEAST_LETTERS and confidence.min() < SURE:
            pieces += [page.text[last : word.start()], _best(word.group(), confidence)]
            last = word.end()
    return "".join([*pieces, page.text[last:]])


def _best(read: str, confidence: NDArray[np.float32]) -> str:
    """The word that is likeliest to have been read as this one."""
    right = np.clip(confidence.astype(np.float64), _LEAST, 1 - _LEAST)
    as_read, wrong = -np.log(right), -np.log(1 - right)
    folded = read.lower()
    best, cost = read, _rarity(folded) + float(as_read.sum())
    for candidate, changes in _candidates(folded, np.flatnonzero(confidence < SURE).tolist()):
        rarity = _words().get(candidate)
        if rarity is None:
            continue
        total = rarity + float(as_read.sum())
        for place, price in changes:
            total += price + float(wrong[place] - as_read[place])
        if total < cost:
            best, cost = _cased(read, candidate), total
    return best


def _rarity(word: str) -> float:
    return _words().get(word, UNKNOWN)


def _candidates(word: str, doubtful: Sequence[int]) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Words of the vocabulary that are like this one but for its doubtful letters, each with the places that change and their prices."""
    by_gaps = _by_gaps()
    for place in doubtful:
        for other in by_gaps.get(f"{word[:place]}\0{word[place + 1 :]}", ()):
            yield other, [(place, PER_CHANGE)]
        # One letter too many.
        yield f"{word[:place]}{word[place + 1 :]}", [(place, PER_MISSING)]
        for at in (place, place + 1):
            for other in by_gaps.get(f"{word[:at]}\0{word[at:]}", ()):
                yield other, [(place, PER_MISSING)]
    if MOST_CHANGES > 1 and len(word) > LEAST_LETTERS + 1:
        for n, first in enumerate(doubtful):
            for second in doubtful[n + 1 :]:
                for other in _with_two(word, first, second):
                    yield other, [(first, PER_CHANGE), (second, PER_CHANGE)]


def _with_two(word: str, first: int, second: int) -> list[str]:
    same = _by_frame().get((len(word), word[:first], word[second + 1 :]), ()) if second - first <= 3 else ()
    return [other for other in same if other[first + 1 : second] == word[first + 1 : second]]


def _cased(read: str, word: str) -> str:
    if read.isupper() and len(read) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if read[:1].isupper() else word


@cache
def _words() -> dict[str, float]:
    """-ln of how likely each word is, by Zipf's law over the places in the vocabulary."""
    from smallprint.tokens.vocab import parse_ranks, raw_vocabulary

    found: dict[str, float] = {}
    ranks = parse_ranks(raw_vocabulary("qwen"))
    for token in sorted(ranks, key=ranks.__getitem__):
        try:
            text = token.decode()
        except UnicodeDecodeError:
            continue
        if _TOKEN.fullmatch(text):
            found.setdefault(text[1:].lower(), math.log(_ZIPF * (len(found) + 1)))
    return found


@cache
def _by_gaps() -> dict[str, list[str]]:
    """Words by what is left of them without one letter."""
    found: dict[str, list[str]] = {}
    for word in _words():
        if len(word) >= LEAST_LETTERS:
            for place in range(len(word)):
                found.setdefault(f"{word[:place]}\0{word[place + 1 :]}", []).append(word)
    return found


@cache
def _by_frame() -> dict[tuple[int, str, str], list[str]]:
    """Words by their length, what stands before a stretch of two to four letters, and what stands behind it."""
    found: dict[tuple[int, str, str], list[str]] = {}
    for word in _words():
        if LEAST_LETTERS < len(word) <= 14:
            for first in range(len(word)):
                for width in (2, 3, 4):
                    if first + width <= len(word):
                        found.setdefault((len(word), word[:first], word[first + width :]), []).append(word)
    return found
