"""A text made to fit a budget of tokens: what pages have to be better than.

In: a text, a budget of tokens, a tokenizer. Out: a shorter text, its remaining parts in their order. Knows no task and no pages.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from importlib.util import find_spec

from smallprint.errors import DataError
from smallprint.evals.truncation import head
from smallprint.tokens.text import count

PASSAGE_CHARS = 800
"""Of a passage that is ranked: some 200 tokens of English."""
_ROUNDS = 3
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_SENTENCE = re.compile(r".+?(?:[.!?。！？]+[\"'”’)]*(?:\s+|$)|\n+|$)", re.DOTALL)


def fewer_lines(text: str, budget: int, tokenizer: str, draw: random.Random) -> str:
    """Lines taken away at random until the rest fits; a text of few lines is taken apart into its sentences.

    Never more than `budget` tokens.
    """
    pieces = text.splitlines(keepends=True)
    if len(pieces) < 2 * max(1, count(text, tokenizer).tokens // max(1, budget)) + 8:
        pieces = _SENTENCE.findall(text)
    order = list(range(len(pieces)))
    draw.shuffle(order)
    return _kept(pieces, order, budget, tokenizer)


def best_passages(text: str, question: str, budget: int, tokenizer: str) -> str:
    """The passages nearest to the question by BM25 that fit, in the text's order.

    BM25 is that of the package bm25s (Lucene's variant, k1 1.5, b 0.75), over words in lower case, without a list of stop words. Raises
    `DataError` where it is not installed.
    """
    need_bm25()
    passages = passages_of(text)
    if not passages:
        return ""
    return _kept(passages, ranked(passages, question), budget, tokenizer)


def need_bm25() -> None:
    """Raises `DataError` where bm25s is not installed."""
    if find_spec("bm25s") is None:
        raise DataError('bm25: needs bm25s; pip install "smallprint[eval]", or leave the arm out with --arms')


def ranked(passages: Sequence[str], question: str) -> list[int]:
    """Places of the passages, the nearest to the question first; those without a word of it last, in order."""
    import bm25s

    words = [_words(passage) for passage in passages]
    vocabulary = {word for each in words for word in each}
    asked = [word for word in dict.fromkeys(_words(question)) if word in vocabulary]
    if not asked:
        return list(range(len(passages)))
    engine = bm25s.BM25()
    engine.index(words, show_progress=False)
    scores = engine.get_scores(asked)
    return sorted(range(len(passages)), key=lambda place: (-float(scores[place]), place))


def passages_of(text: str) -> list[str]:
    """Whole sentences, gathered to about `PASSAGE_CHARS`; joined, they are the text. A sentence that is much longer is cut."""
    passages: list[str] = []
    held = ""
    for sentence in _SENTENCE.findall(text):
        for at in range(0, len(sentence), PASSAGE_CHARS):
            piece = sentence[at : at + PASSAGE_CHARS]
            if held and len(held) + len(piece) > PASSAGE_CHARS:
                passages.append(held)
                held = ""
            held += piece
    return [*passages, held] if held else passages


def _kept(pieces: Sequence[str], order: Sequence[int], budget: int, tokenizer: str) -> str:
    """The pieces first in `order` that fit together, as they stand in the text; of the first that does not, its beginning, so that the
    budget is spent."""
    kept: dict[int, str] = {}
    costs: dict[int, int] = {}

    def joined() -> str:
        return "".join(kept[place] for place in sorted(kept))

    # Where pieces meet, tokens merge or fall apart: what that saves is spent in the next round, what it costs is taken back at the end.
    cut: int | None = None
    for _ in range(_ROUNDS):
        left = budget - count(joined(), tokenizer).tokens
        for place in order:
            if place in kept or left <= 0:
                continue
            if place not in costs:
                costs[place] = count(pieces[place], tokenizer).tokens
            if costs[place] <= left:
                kept[place] = pieces[place]
                left -= costs[place]
            elif cut is None:
                cut = place
    left = budget - count(joined(), tokenizer).tokens
    if cut is not None and cut not in kept and left > 0:
        kept[cut] = head(pieces[cut], left, tokenizer)
    over = count(joined(), tokenizer).tokens - budget
    while over > 0 and kept:
        last = cut if cut in kept else next(place for place in reversed(order) if place in kept)
        kept[last] = head(kept[last], max(0, count(kept[last], tokenizer).tokens - over), tokenizer)
        if not kept[last]:
            del kept[last]
        over = count(joined(), tokenizer).tokens - budget
    return joined()


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
