"""The passages of a text that a question is about.

In: a `Book`, a `Question`. Out: passages, best first, with scores. BM25 (Robertson and Zaragoza, 2009) over passages, and what a
reader would add: words of the question in one sentence, and side by side; names where it asks who; what was told by then where it says
after what; and, once the best passages are known, the names and words that are typical of them (relevance feedback). Knows no language.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from smallprint.readers.embedded.book import BLOCK_CHARS, Book, Passage
from smallprint.readers.embedded.questions import Question
from smallprint.readers.embedded.words import is_pair

K1, B = 1.2, 0.6
SENTENCE = 1.5
"""What the best sentence of a passage adds, if it has all words of the question, in parts of the words' weights."""
BESIDE = 0.15
"""What two words of the question add that stand side by side, in parts of the lesser one's weight."""
NAMES = 0.25
"""What names add where the question asks who, in parts of the words' weights."""
FEEDBACK_PASSAGES = 8
FEEDBACK_TERMS = 12
FEEDBACK = 0.5
"""The weight of words that come from the best passages, all together, in parts of the question's."""
EARLY = 0.25
"""What is left of a passage's score where nothing was told yet of what it is said to come after."""
ANCHOR = 0.3
"""The weight of words that only say when."""
COMMON = 0.5
"""Words that occur more often than so many times a passage are typical of nothing."""
REACH = 0.02
"""How far around a place, in parts of the text, what is told there belongs to it."""
STRETCH = 0.1
"""How far from where the telling of it ends what comes after it is looked for first, in parts of the text."""
MIN_MENTIONS = 12
MIN_SPREAD = 0.1
"""The part of the text over which the middle half of the mentions must lie."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A passage and how well it fits."""

    passage: Passage
    score: float
    coverage: float
    """The part of the question's words that it has, half by weight, half by number: 0..1."""
    terms: frozenset[str] = frozenset()
    """The question's words that it has."""


@dataclass
class _Tally:
    """What a passage has of the question's words."""

    amounts: dict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    sentences: dict[int, dict[str, float]] = field(default_factory=dict[int, dict[str, float]])
    beside: float = 0.0


class Search:
    """A book made ready for questions."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._first_word = [bisect.bisect_left(book.sentence_of, passage.first) for passage in book.passages]
        self._end_word = [bisect.bisect_left(book.sentence_of, passage.last) for passage in book.passages]
        n = len(book.passages)
        self._mean_words = max(1.0, sum(self._end_word) - sum(self._first_word)) / max(1, n)

    def best(self, question: Question, n: int = 5) -> list[Found]:
        """Up to `n` passages that do not overlap, best first; none where no word of the question is there."""
        at = self._anchors(question)
        weights = {term: ANCHOR if at and term in question.anchor else 1.0 for term in question.terms}
        prior = self._told(at, is_after=question.order == "after")
        ranked = self._ranked(question, weights, {}, prior)
        if ranked and (question.asks_who or at):
            ranked = self._ranked(question, weights, self._typical(ranked, question, prior), prior)
        return _apart(ranked, n)

    def idf(self, n_with: int) -> float:
        n = len(self.book.passages)
        return math.log(1 + (n - n_with + 0.5) / (n_with + 0.5))

    def _ranked(
        self,
        question: Question,
        weights: Mapping[str, float],
        further: Mapping[str, float],
        prior: Callable[[int], float],
    ) -> list[Found]:
        """All passages with a word of the question, best first. `further` are words that add to what is found, with their weights."""
        tallies, idf = self._tally(weights)
        total = sum(idf.values()) or 1.0
        more, more_idf = self._tally(dict.fromkeys(further, 1.0), exact=True)
        found: list[Found] = []
        for index, tally in tallies.items():
            n_words = self._end_word[index] - self._first_word[index]
            norm = K1 * (1 - B + B * n_words / self._mean_words)
            score = sum(idf[term] * amount * (K1 + 1) / (amount + norm) for term, amount in tally.amounts.items())
            cover = max(sum(idf[t] * min(1.0, w) for t, w in each.items()) for each in tally.sentences.values())
            score += SENTENCE * cover * cover / total + BESIDE * tally.beside
            if question.asks_who:
                score += NAMES * total * self._named(index, question)
            if index in more:
                score += total * sum(
                    further[t] * a * (K1 + 1) / (a + norm) for t, a in more[index].amounts.items() if more_idf[t]
                )
            has = sum(idf[term] * min(1.0, amount) for term, amount in tally.amounts.items()) / total
            # Where a word is in every passage it weighs nothing, and is there all the same.
            has = (has + len(tally.amounts) / len(weights)) / 2
            passage = self.book.passages[index]
            score *= prior(passage.start)
            found.append(Found(passage=passage, score=score, coverage=min(1.0, has), terms=frozenset(tally.amounts)))
        return sorted(found, key=lambda each: (-each.score, each.passage.start))

    def _tally(
        self, weights: Mapping[str, float], *, exact: bool = False
    ) -> tuple[dict[int, _Tally], dict[str, float]]:
        """What each passage has of the given words, and the weight of each word: the rarer, the more."""
        book = self.book
        hits: dict[int, tuple[str, float]] = {}
        for term in weights:
            kin = {term: 1.0} if exact else book.kin(term)
            for other, weight in kin.items():
                for at in book.places.get(other, ()):
                    if at not in hits or hits[at][1] < weight:
                        hits[at] = (term, weight)
        tallies: dict[int, _Tally] = {}
        before: tuple[int, str] | None = None
        order = {term: number for number, term in enumerate(weights)}
        pairs: list[tuple[int, str, str]] = []
        for at in sorted(hits):
            term, weight = hits[at]
            if before and at - before[0] <= 3 and order[term] - order[before[1]] == 1 and not is_pair(term):
                pairs.append((at, before[1], term))
            before = at, term
            sentence = book.sentence_of[at]
            for index in self._passages_of(at):
                tally = tallies.setdefault(index, _Tally())
                tally.amounts[term] += weight
                mine = tally.sentences.setdefault(sentence, {})
                mine[term] = max(mine.get(term, 0.0), weight)
        n_with = Counter(term for tally in tallies.values() for term in tally.amounts)
        idf = {term: self.idf(n_with[term]) * weight for term, weight in weights.items()}
        for at, one, two in pairs:
            for index in self._passages_of(at):
                tallies[index].beside += min(idf[one], idf[two])
        return tallies, idf

    def _passages_of(self, word: int) -> range:
        """The passages that hold a word."""
        return range(bisect.bisect_right(self._end_word, word), bisect.bisect_right(self._first_word, word))

    def _named(self, index: int, question: Question) -> float:
        """How many people, or places, a passage names that the question does not: 0..1, three are enough."""
        words = self.book.words[self._first_word[index] : self._end_word[index]]
        names = {word.term for word in words if word.is_capital and word.term in self.book.names}
        return min(3, len(names.difference(question.terms))) / 3

    def _typical(self, ranked: Sequence[Found], question: Question, prior: Callable[[int], float]) -> dict[str, float]:
        """Words, names above all, that the best passages have more often than the others: word -> weight."""
        book = self.book
        top = _apart(ranked, FEEDBACK_PASSAGES)
        top_score = sum(each.score for each in top) or 1.0
        own = {other for term in question.terms for other in book.kin(term)}
        gains: defaultdict[str, float] = defaultdict(float)
        for each in top:
            start = bisect.bisect_left(book.sentence_of, each.passage.first)
            end = bisect.bisect_left(book.sentence_of, each.passage.last)
            for term in {word.term for word in book.words[start:end]} - own:
                gains[term] += each.score / top_score
        mean = sum(prior(passage.start) for passage in book.passages) / len(book.passages)
        scored: dict[str, float] = {}
        for term, gain in gains.items():
            places = book.places[term]
            if len(places) < 2 or len(places) > COMMON * len(book.passages) or gain < 1.5 / FEEDBACK_PASSAGES:
                continue
            # Who comes in where the question looks is meant rather than who is there all the time.
            then = sum(prior(book.words[at].start) for at in places) / len(places) / mean
            scored[term] = gain * self.idf(len(places)) * (2 if term in book.names else 1) * then * then
        kept = sorted(scored.items(), key=lambda item: (-item[1], item[0]))[:FEEDBACK_TERMS]
        whole = sum(score for _, score in kept) or 1.0
        return {term: FEEDBACK * score / whole for term, score in kept}

    def _anchors(self, question: Question) -> list[int]:
        """Where the text names what the question counts from; empty where that is no thread of a long story, but told of in one place:
        there the answer stands beside it, whichever comes first."""
        book = self.book
        names = [term for term in question.anchor if term in book.names] if question.order else []
        at = sorted(book.words[index].start for term in names for index in book.places.get(term, ()))
        n = len(at)
        is_thread = n >= MIN_MENTIONS and at[3 * n // 4] - at[n // 4] >= MIN_SPREAD * len(book.text)
        return at if is_thread else []

    def _told(self, at: Sequence[int], *, is_after: bool) -> Callable[[int], float]:
        """Of a place, `EARLY` to 1: how far what is named in the places `at` was told by then, and is not being told; if not `is_after`,
        how far it was still to come."""
        book = self.book
        if not at:
            return lambda place: 1.0
        length = len(book.text)
        reach, stretch = max(2 * BLOCK_CHARS, int(REACH * length)), max(2 * BLOCK_CHARS, int(STRETCH * length))

        def within(start: int, end: int) -> int:
            return bisect.bisect_right(at, end) - bisect.bisect_left(at, start)

        most = max(within(place - reach, place + reach) for place in at)
        # Where it is told of most on one side, and least on the other.
        turns = ((within(place - stretch, place) - within(place + 1, place + stretch), place) for place in at)
        turn = max(turns)[1] if is_after else min(turns)[1]

        def prior(place: int) -> float:
            told = bisect.bisect_left(at, place) / len(at)
            come = told if is_after else 1 - told
            soon = 0.5 + 0.5 * math.exp(-abs(place - turn) / stretch)
            return EARLY + (1 - EARLY) * come * (1 - within(place - reach, place + reach) / most) * soon

        return prior


def _apart(ranked: Sequence[Found], n: int) -> list[Found]:
    """The best `n` that do not overlap."""
    taken: list[Found] = []
    for each in ranked:
        if all(each.passage.last <= other.passage.first or other.passage.last <= each.passage.first for other in taken):
            taken.append(each)
            if len(taken) == n:
                break
    return taken
