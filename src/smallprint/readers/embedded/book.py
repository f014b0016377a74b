"""What was read, as one text.

In: the texts of pages and parts. Out: a `Book`: one text, its sentences and passages, and on which pages each place was read. Knows no
question. Texts stand one after the other, as in a book whose sentences run on from page to page.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from smallprint.readers.base import Span
from smallprint.readers.embedded.sentences import sentences_of
from smallprint.readers.embedded.words import Word, variants, words_of

BLOCK_CHARS = 300
"""Sentences are gathered into blocks of about so many characters; a passage is two blocks, and every block but the outer ones is in two
passages, so that no answer is cut by where blocks begin."""

MAX_CAPITALS = 0.16
"""Capitals inside sentences, as a part of all words, above which they are no sign of a name."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """The text of an image, as read, or of a text part, as given."""

    text: str
    pages: tuple[int, ...] = ()
    span: Span | None = None
    """A text part's place in the source."""
    doubtful: tuple[Span, ...] = ()
    """Places in `text` that were read with doubt."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring sentences: [first, last) in `Book.sentences`, and [start, end) in `Book.text`."""

    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True)
class Book:
    """Texts joined. Places are those in `text`."""

    text: str
    leaves: tuple[Leaf, ...]
    starts: tuple[int, ...]
    """Where each leaf begins."""

    @classmethod
    def of(cls, leaves: Iterable[Leaf]) -> Book:
        held = tuple(leaves)
        pieces: list[str] = []
        starts: list[int] = []
        at = 0
        for leaf in held:
            starts.append(at)
            # A page ends where it is full, so what follows belongs to the same sentence.
            piece = leaf.text if leaf is held[-1] or leaf.text.endswith("\n") else f"{leaf.text} "
            pieces.append(piece)
            at += len(piece)
        return cls("".join(pieces), held, tuple(starts))

    @cached_property
    def sentences(self) -> list[Span]:
        return list(sentences_of(self.text))

    @cached_property
    def words(self) -> list[Word]:
        return list(words_of(self.text))

    @cached_property
    def sentence_of(self) -> list[int]:
        """The sentence of each word."""
        ends = [end for _, end in self.sentences]
        return [min(bisect.bisect_right(ends, word.start), len(ends) - 1) for word in self.words]

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """How often each term occurs."""
        return dict(Counter(word.term for word in self.words))

    def kin(self, term: str) -> dict[str, float]:
        """The text's words that may stand for a word of the question, each with a weight up to 1."""
        if term not in self._kin:
            self._kin[term] = variants(term, self.vocabulary)
        return self._kin[term]

    @cached_property
    def _kin(self) -> dict[str, dict[str, float]]:
        return {}

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The words (as indexes) that each term is."""
        found: dict[str, list[int]] = {}
        for index, word in enumerate(self.words):
            found.setdefault(word.term, []).append(index)
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        """Terms that are written with a capital inside sentences, and hardly ever without. None where many words are, as in German."""
        firsts = {start for start, _ in self.sentences}
        capital: Counter[str] = Counter()
        for word in self.words:
            if word.is_capital and word.start not in firsts and word.end - word.start > 1:
                before = self.text[word.start - 1 : word.start]
                # Speech begins with a capital too.
                capital[word.term] += before not in "\"'“‘«„_"
        if sum(capital.values()) > MAX_CAPITALS * len(self.words):
            return frozenset()
        vocabulary = self.vocabulary
        return frozenset(term for term, n in capital.items() if n >= 2 and n >= 0.5 * vocabulary[term])

    @cached_property
    def passages(self) -> list[Passage]:
        """In order; each overlaps its neighbours by a block."""
        blocks = [0]
        sentences = self.sentences
        for index, (_, end) in enumerate(sentences):
            length = end - sentences[blocks[-1]][0]
            if length >= BLOCK_CHARS or (length >= BLOCK_CHARS // 2 and self.text[end : end + 1] == "\n"):
                blocks.append(index + 1)
        if blocks[-1] < len(sentences):
            blocks.append(len(sentences))
        if len(blocks) == 1:
            return []
        pairs = [(blocks[n], blocks[min(n + 2, len(blocks) - 1)]) for n in range(max(1, len(blocks) - 2))]
        return [Passage(first, last, sentences[first][0], sentences[last - 1][1]) for first, last in pairs]

    def words_between(self, start: int, end: int) -> list[Word]:
        """The words that begin in a stretch of the text."""
        first = bisect.bisect_left(self._word_starts, start)
        return self.words[first : bisect.bisect_left(self._word_starts, end)]

    @cached_property
    def _word_starts(self) -> list[int]:
        return [word.start for word in self.words]

    def leaves_at(self, start: int, end: int) -> list[tuple[Leaf, Span]]:
        """The leaves on which a stretch of the text lies, each with its part of it, in places of the leaf."""
        found: list[tuple[Leaf, Span]] = []
        index = max(0, bisect.bisect_right(self.starts, start) - 1)
        while index < len(self.leaves) and self.starts[index] < end:
            at, leaf = self.starts[index], self.leaves[index]
            low, high = max(start - at, 0), min(end - at, len(leaf.text))
            if low < high:
                found.append((leaf, (low, high)))
            index += 1
        return found
