"""How what was read differs from the text.

In: the text of a page and what was read of it. Out: mistakes, counted by characters and by words, or one by one with their places in both.
White space counts as one space wherever there is any, line ends too, since a page shows no more of it; characters without ink do not count;
what a page draws as a code is compared with the code. The distance is Levenshtein's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_HYPHENS = (0x2010, 0x2011)
"""Drawn like "-", and read as such."""
_INKLESS = np.array([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF], np.uint32)


@dataclass(frozen=True, eq=False)
class Flat:
    """A text with one space for every run of white space, none at its ends; `at[i]` is where character i stood (n,)."""

    text: str
    at: NDArray[np.int64]

    @classmethod
    def of(cls, text: str, shown: Mapping[str, str] | None = None) -> Flat:
        """`shown` has the characters that a page draws as something else, and what it draws."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        at = np.arange(len(codes))
        if not unicodedata.is_normalized("NFC", text) or (shown and not shown.keys().isdisjoint(text)):
            codes, at = _as_shown(text, shown or {})
        for hyphen in _HYPHENS:
            codes = np.where(codes == hyphen, 0x2D, codes)
        space = np.isin(codes, _spaces(text))
        inked = ~np.isin(codes, _INKLESS)
        codes, at, space = codes[inked], at[inked], space[inked]
        # The first of each run of white space stays.
        kept = ~space | np.concatenate([[False], ~space[:-1]])
        codes, at, space = codes[kept], at[kept], space[kept]
        if len(at) and space[-1]:
            codes, at, space = codes[:-1], at[:-1], space[:-1]
        flat = np.where(space, 0x20, codes).astype("<u4")
        return cls(flat.tobytes().decode("utf-32-le", "surrogatepass"), at)


def _as_shown(text: str, shown: Mapping[str, str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Code points as they are drawn, letters with their marks as one where there is one, and where each stood."""
    drawn: list[str] = []
    at: list[int] = []
    for place, char in enumerate(text):
        joined = unicodedata.normalize("NFC", drawn[-1] + char) if drawn and unicodedata.combining(char) else ""
        if len(joined) == 1:
            drawn[-1] = joined
            continue
        for each in shown.get(char, char):
            drawn.append(each)
            at.append(place)
    return np.array([ord(char) for char in drawn], np.uint32), np.array(at, np.int64)


def _spaces(text: str) -> NDArray[np.uint32]:
    return np.array([ord(char) for char in set(text) if char.isspace()], np.uint32)


@dataclass(frozen=True)
class Mistake:
    """One stretch that was read as something else; either side may be empty. Spans are half-open, in the texts as they were given."""

    span: tuple[int, int]
    """In the text of the page."""
    read_span: tuple[int, int]
    """In what was read."""


@dataclass(frozen=True)
class Tally:
    """Counts over a text."""

    chars: int
    errors: int
    words: int
    wrong_words: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.chars + other.chars,
            self.errors + other.errors,
            self.words + other.words,
            self.wrong_words + other.wrong_words,
        )

    @property
    def cer(self) -> float:
        """Character errors, as a share of the text's characters."""
        return self.errors / max(1, self.chars)

    @property
    def wer(self) -> float:
        """Word errors, as a share of the text's words."""
        return self.wrong_words / max(1, self.words)


def tally(text: str, read: str, shown: Mapping[str, str] | None = None) -> Tally:
    """How many mistakes `read` has; `shown` as for `Flat.of`."""
    from rapidfuzz.distance import Levenshtein

    truth, seen = Flat.of(text, shown).text, Flat.of(read).text
    words, seen_words = truth.split(), seen.split()
    return Tally(len(truth), Levenshtein.distance(truth, seen), len(words), Levenshtein.distance(words, seen_words))


@dataclass(frozen=True, eq=False)
class Alignment:
    """What was read, beside the text."""

    mistakes: tuple[Mistake, ...]
    at: NDArray[np.int64]
    """For each character that was read, where it stands in the text; for one that the text does not have, the place before which it was
    read. Never falls. (n,)"""


def align(text: str, read: str, shown: Mapping[str, str] | None = None) -> Alignment:
    """All of `read` along all of `text`; `shown` as for `Flat.of`."""
    from rapidfuzz.distance import Levenshtein

    truth, seen = Flat.of(text, shown), Flat.of(read)
    found: list[Mistake] = []
    flat_at = np.zeros(len(seen.text) + 1, np.int64)
    for op in Levenshtein.opcodes(truth.text, seen.text):
        steps = np.minimum(np.arange(op.dest_end - op.dest_start), max(0, op.src_end - op.src_start - 1))
        flat_at[op.dest_start : op.dest_end] = op.src_start + steps
        if op.tag != "equal":
            span = _span(truth.at, op.src_start, op.src_end, len(text))
            found.append(Mistake(span, _span(seen.at, op.dest_start, op.dest_end, len(read))))
    source = np.concatenate([truth.at, [len(text)]])[np.minimum(flat_at, len(truth.text))]
    source[-1] = len(text)
    # White space that became one space goes with what follows.
    return Alignment(tuple(found), source[np.searchsorted(seen.at, np.arange(len(read)))])


@dataclass(frozen=True)
class Doubts:
    """Counts over what was read, and what of it the reader doubted."""

    read: int = 0
    sure: int = 0
    sure_wrong: int = 0
    """Sure characters that are wrong."""
    mistakes: int = 0
    doubted: int = 0
    """Mistakes that touch a character in doubt; for what is missing, one of those on either side of it."""

    def __add__(self, other: Doubts) -> Doubts:
        mine, theirs = vars(self), vars(other)
        return Doubts(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def sure_share(self) -> float:
        """Of all characters that were read."""
        return self.sure / max(1, self.read)

    @property
    def wrong_of_sure(self) -> float:
        return self.sure_wrong / max(1, self.sure)

    @property
    def in_doubt(self) -> float:
        """Share of the mistakes."""
        return self.doubted / max(1, self.mistakes)


def doubts(text: str, read: str, doubtful: Iterable[tuple[int, int]], shown: Mapping[str, str] | None = None) -> Doubts:
    """Of one page; `doubtful` are spans of `read`. White space that became one space counts once."""
    flat = Flat.of(read)
    # A character more at either end, for what is missing there.
    low = np.zeros(len(read) + 2, bool)
    for first, last in doubtful:
        low[first + 1 : last + 1] = True
    wrong = np.zeros(len(read), bool)
    found = align(text, read, shown).mistakes
    doubted = 0
    for mistake in found:
        first, last = mistake.read_span
        wrong[first:last] = True
        doubted += bool((low[first + 1 : last + 1] if last > first else low[first : first + 2]).any())
    sure = ~low[flat.at + 1]
    return Doubts(len(flat.at), int(sure.sum()), int((wrong[flat.at] & sure).sum()), len(found), doubted)


def spans_of(marked: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """The runs of what is marked, half-open."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    return tuple(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _span(at: NDArray[np.int64], first: int, last: int, end: int) -> tuple[int, int]:
    """Where characters first to last (half-open) stand in the text that `at` is of; an empty span lies before the next character."""
    if first == last:
        here = int(at[first]) if first < len(at) else end
        return here, here
    return int(at[first]), int(at[last - 1]) + 1
