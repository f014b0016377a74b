"""Where an answer's quotations are in the source.

In: an answer, the source, the spans of its pages. Out: `Quote`s. Knows no model. Linear in the source: it is folded once, and each
quotation is searched for once, without white space; a hit counts when it starts and ends where words do, and has the same words in it.

Case, the kind and length of white space, and the kind of quotation marks, apostrophes and dashes do not matter; a line break, on either
side, may also stand for no white space at all. Nothing else is forgiven, so that a span means that the words are there. A quotation with
an ellipsis is found when each of its pieces is there once, in order. One that is not found keeps `span=None`.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from smallprint.readers.base import Quote, Span
from smallprint.readers.marks import unmarked

_CLOSING = {'"': '"', "“": "”", "”": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』", "＂": "＂"}
"""Opening mark -> the marks that end it: English, Swedish, German, French, German in books, Japanese."""

_MARK = re.compile(rf"[{''.join(_CLOSING)}」』]|\n[ \t]*\n")

_SAME = str.maketrans(
    dict.fromkeys('"“”„‟«»‘’‚‛`´′″「」『』＂', "'") | dict.fromkeys("‐‑‒–—―−", "-") | {"\u00a0": " ", "\u202f": " "}
)
"""Kinds of one mark; each stands for one character, so that places stay."""

_LINE_BREAK = re.compile("[\n\r\v\f\x85\u2028\u2029]")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u31ff\u3400-\ua4cf\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, ideographs and kana: written without white space between words (Unicode 15 blocks)."""

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


def find_quotes(
    answer: str, source: str, pages: Sequence[Span] = (), *, newline_mark: str = "", indent_mark: str = ""
) -> tuple[Quote, ...]:
    """The quotations of `answer`, in order, each once, with spans in `source` and the page (from 0) on which each starts.

    `pages` are the spans of the pages, in order; where a quotation occurs more than once, the page number that the answer gives after it
    ("..." (page 3), from 1) decides, and else the first occurrence counts. `newline_mark` is what the pages show for a line break
    and `indent_mark` for spaces behind it: a model may copy them into a quotation.
    """
    cited = list(passages(answer))
    if not cited:
        return ()
    folded = Folded.of(source)
    starts = [start for start, _ in pages]
    quotes: dict[Quote, None] = {}
    for text, end in cited:
        said_text = unmarked(text, newline_mark, indent_mark)
        text = " ".join(said_text.split())
        if not any(char.isalnum() for char in text):
            continue
        said = _PAGE.match(answer, end)
        page = int(said.group(1)) - 1 if said else None
        within = pages[page] if page is not None and 0 <= page < len(pages) else None
        span = folded.find(said_text, within)
        on = bisect.bisect_right(starts, span[0]) - 1 if span and starts else None
        quotes[Quote(text=text, page=on if on is None or on >= 0 else None, span=span)] = None
    return tuple(quotes)


_NO_GAP, _GAP, _BREAK = range(3)
"""What stands before a word: nothing (a long word was cut), white space, white space with a line break."""


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
    before: bytes
    """What stands before each word."""

    @classmethod
    def of(cls, source: str) -> Folded:
        words: list[str] = []
        at: list[int] = []
        source_at: list[int] = []
        straight: list[bool] = []
        before = bytearray()
        n = end = 0
        # Words, or pieces of words that are too long to be walked.
        for word in re.finditer(r"\S{1,256}", source.translate(_SAME)):
            folded = word.group().casefold()
            words.append(folded)
            at.append(n)
            source_at.append(word.start())
            straight.append(len(folded) == word.end() - word.start())
            before.append(_gap(source, end, word.start()))
            n += len(folded)
            end = word.end()
        return cls("".join(words), source, tuple(at), tuple(source_at), tuple(straight), bytes(before))

    def find(self, quoted: str, within: Span | None = None) -> Span | None:
        """The span of a quotation, looked for first where it starts inside `within`."""
        for candidate in dict.fromkeys((quoted, quoted.translate(_SAME).strip(_EDGES))):
            needle = Folded.of(candidate)
            if not needle.text:
                continue
            if within:
                first, last = self._place(within[0]), self._place(within[1])
                for place in self._places(needle, first, last + len(needle.text)):
                    return self._span(place, place + len(needle.text))
            for place in self._places(needle):
                return self._span(place, place + len(needle.text))
        return self._find_pieces(quoted.translate(_SAME))

    def _places(self, needle: Folded, first: int = 0, last: int | None = None) -> Iterator[int]:
        """Where the words of `needle` are in `text`, as words."""
        n = len(needle.text)
        place = self.text.find(needle.text, first, last)
        while place >= 0:
            after = place + 1
            if not self._is_edge(place):
                after = self._after_word(place)
            elif self._is_edge(place + n) and self._has_words(place, needle):
                yield place
            place = self.text.find(needle.text, after, last)

    def _after_word(self, place: int) -> int:
        """The next place where a word may start, found at once where the rest of this one is plain."""
        index = bisect.bisect_right(self.at, place)
        end = self.at[index] if index < len(self.at) else len(self.text)
        rest = self.text[place:end]
        return end if rest.isascii() and rest.isalnum() else place + 1

    def _is_edge(self, place: int) -> bool:
        """Whether a word may start or end at a place of `text`."""
        index = bisect.bisect_left(self.at, place)
        is_start = index < len(self.at) and self.at[index] == place
        return (is_start and self.before[index] != _NO_GAP) or not self._is_inside(place)

    def _is_inside(self, place: int) -> bool:
        """Whether the characters on both sides of a place would be one word if no white space stood between them."""
        return 0 < place < len(self.text) and _in_word(self.text[place - 1]) and _in_word(self.text[place])

    def _has_words(self, place: int, needle: Folded) -> bool:
        """Whether the text from a place on has white space where `needle` has; a line break may be none, and beside what is in no word
        white space does not matter.
        """
        mine, its = self._gaps(place, place + len(needle.text)), needle._gaps(0, len(needle.text))
        a, b = next(mine, None), next(its, None)
        while a or b:
            # The gap that comes first, where both are not the same.
            if a and b and a[0] == b[0]:
                a, b = next(mine, None), next(its, None)
            elif a and (not b or a[0] < b[0]):
                if a[1] == _GAP and self._is_inside(place + a[0]):
                    return False
                a = next(mine, None)
            elif b:
                if b[1] == _GAP and self._is_inside(place + b[0]):
                    return False
                b = next(its, None)
        return True

    def _gaps(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """White space between two places of `text`: (characters after the first, kind)."""
        index = bisect.bisect_right(self.at, start)
        while index < len(self.at) and self.at[index] < end:
            if self.before[index] != _NO_GAP:
                yield self.at[index] - start, self.before[index]
            index += 1

    def _find_pieces(self, quoted: str) -> Span | None:
        pieces = [Folded.of(piece.strip(_EDGES)) for piece in _ELLIPSIS.split(quoted)]
        pieces = [piece for piece in pieces if piece.text]
        if len(pieces) < 2 or min(len(piece.text) for piece in pieces) < _MIN_PIECE:
            return None
        first = end = -1
        for piece in pieces:
            places = list(islice(self._places(piece), 2))
            if len(places) != 1 or places[0] < max(0, end):
                return None
            first = places[0] if first < 0 else first
            end = places[0] + len(piece.text)
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


def _gap(source: str, end: int, start: int) -> int:
    if end == start:
        return _NO_GAP
    return _BREAK if _LINE_BREAK.search(source, end, start) else _GAP


def _in_word(char: str) -> bool:
    """A letter, a digit or a mark on one, of a script that sets white space between words."""
    return (char.isalnum() or unicodedata.category(char)[0] == "M") and not _UNSPACED.match(char)
