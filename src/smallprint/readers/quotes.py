"""Where an answer's quotations are in the source.

In: an answer, the source, the spans of its pages. Out: `Quote`s. Knows no model. Linear in the source: it is folded once, and each
quotation is one search.

Case, white space and the kind of quotation marks, apostrophes and dashes do not matter; nothing else is forgiven, so that a span means
that the words are there. A quotation with an ellipsis is found when each of its pieces is there once, in order. One that is not found
keeps `span=None`.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smallprint.readers.base import Quote, Span

_CLOSING = {'"': '"', "“": "”", "”": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』", "＂": "＂"}
"""Opening mark -> the marks that end it: English, Swedish, German, French, German in books, Japanese."""

_MARK = re.compile(rf"[{''.join(_CLOSING)}」』]|\n[ \t]*\n")

_SAME = str.maketrans(
    dict.fromkeys('"“”„‟«»‘’‚‛`´′″「」『』＂', "'") | dict.fromkeys("‐‑‒–—―−", "-") | {"\u00a0": " ", "\u202f": " "}
)
"""Kinds of one mark; each stands for one character, so that places stay."""

_ELLIPSIS = re.compile(r"\[?\s*(?:\.\s?\.\s?\.|…)\s*\]?")
_EDGES = " \t\n.,;:!?'*_-…()[]"
_PAGE = re.compile(
    r"[\s.,;:)*_]{0,6}\(?\[?\s*(?:on\s+)?(?:pages?|p\.|pp\.|pg\.|Seite|S\.|стр\.|第)\s*(\d{1,6})", re.IGNORECASE
)
_MIN_PIECE = 8
"""Folded characters that a piece beside an ellipsis must have: shorter ones are found by chance."""


def passages(answer: str) -> Iterator[tuple[str, int]]:
    """The quoted passages of an answer, each with the place where it ends. A mark left open ends at a blank line."""
    opened: tuple[str, int] | None = None
    for found in _MARK.finditer(answer):
        mark = found.group()
        if mark.isspace():
            opened = None
        elif opened is None:
            opened = (mark, found.end()) if mark in _CLOSING else None
        elif mark in _CLOSING[opened[0]]:
            yield answer[opened[1] : found.start()], found.end()
            opened = None


def find_quotes(answer: str, source: str, pages: Sequence[Span] = (), *, newline_mark: str = "") -> tuple[Quote, ...]:
    """The quotations of `answer`, in order, each once, with spans in `source` and the page (from 0) on which each starts.

    `pages` are the spans of the pages, in order; where a quotation occurs more than once, the page number that the answer gives after it
    ("..." (page 3), from 1) decides, and else the first occurrence counts. `newline_mark` is what the pages show for a line break: a
    model may copy it into a quotation.
    """
    cited = list(passages(answer))
    if not cited:
        return ()
    folded = Folded.of(source)
    starts = [start for start, _ in pages]
    quotes: dict[Quote, None] = {}
    for text, end in cited:
        if newline_mark:
            text = text.replace(newline_mark, " ")
        text = " ".join(text.split())
        if not any(char.isalnum() for char in text):
            continue
        said = _PAGE.match(answer, end)
        page = int(said.group(1)) - 1 if said else None
        within = pages[page] if page is not None and 0 <= page < len(pages) else None
        span = folded.find(text, within)
        on = bisect.bisect_right(starts, span[0]) - 1 if span and starts else None
        quotes[Quote(text=text, page=on if on is None or on >= 0 else None, span=span)] = None
    return tuple(quotes)


@dataclass(frozen=True)
class Folded:
    """A text without white space and case, and the way back to places in it."""

    text: str
    source: str
    at: tuple[int, ...]
    """Where each word starts in `text`."""
    source_at: tuple[int, ...]
    """Where each word starts in `source`."""
    straight: tuple[bool, ...]
    """Whether a word kept its length, so that its places can be counted."""

    @classmethod
    def of(cls, source: str) -> Folded:
        words: list[str] = []
        at: list[int] = []
        source_at: list[int] = []
        straight: list[bool] = []
        n = 0
        # Words, or pieces of words that are too long to be walked.
        for word in re.finditer(r"\S{1,256}", source.translate(_SAME)):
            folded = word.group().casefold()
            words.append(folded)
            at.append(n)
            source_at.append(word.start())
            straight.append(len(folded) == word.end() - word.start())
            n += len(folded)
        return cls("".join(words), source, tuple(at), tuple(source_at), tuple(straight))

    def find(self, quoted: str, within: Span | None = None) -> Span | None:
        """The span of a quotation, looked for first where it starts inside `within`."""
        quoted = quoted.translate(_SAME)
        for candidate in (quoted, quoted.strip(_EDGES)):
            needle = fold(candidate)
            if not needle:
                continue
            if within:
                first, last = self._place(within[0]), self._place(within[1])
                place = self.text.find(needle, first, last + len(needle))
                if place >= 0:
                    return self._span(place, place + len(needle))
            if (place := self.text.find(needle)) >= 0:
                return self._span(place, place + len(needle))
        return self._find_pieces(quoted)

    def _find_pieces(self, quoted: str) -> Span | None:
        pieces = [fold(piece.strip(_EDGES)) for piece in _ELLIPSIS.split(quoted)]
        pieces = [piece for piece in pieces if piece]
        if len(pieces) < 2 or min(map(len, pieces)) < _MIN_PIECE:
            return None
        first = end = -1
        for piece in pieces:
            place = self.text.find(piece)
            if place < max(0, end) or self.text.find(piece, place + 1) >= 0:
                return None
            first = place if first < 0 else first
            end = place + len(piece)
        return self._span(first, end)

    def _place(self, offset: int) -> int:
        """The place in `text` of the first character at or after an offset of the source."""
        index = bisect.bisect_right(self.source_at, offset) - 1
        if index < 0:
            return 0
        end = self.at[index + 1] if index + 1 < len(self.at) else len(self.text)
        into = offset - self.source_at[index]
        if not self.straight[index]:
            into = len(self.source[self.source_at[index] : offset].casefold())
        return min(self.at[index] + into, end)

    def _span(self, start: int, end: int) -> Span:
        return self._offset(start), self._offset(end - 1) + 1

    def _offset(self, place: int) -> int:
        """The offset in the source of the character that gave `text[place]`."""
        index = bisect.bisect_right(self.at, place) - 1
        offset, left = self.source_at[index], place - self.at[index]
        if self.straight[index]:
            return offset + left
        # Folding lengthened a letter of this word ("ß" -> "ss"), so it is walked.
        while left >= (n := len(self.source[offset].casefold())):
            left -= n
            offset += 1
        return offset


def fold(text: str) -> str:
    """A text as `Folded` keeps it."""
    return "".join(text.translate(_SAME).split()).casefold()
