"""Counting words: the ten most common of a numbered list (cwe), and the three most frequent of a coded text (fwe).

In: a `Wanted`. Out: items; the answers are the words. Knows no reader. Source of the form and the numbers: as prompts.py,
common_words_extraction.py, freq_words_extraction.py and synthetic.yaml.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from smallprint.evals.item import Item
from smallprint.evals.task import Wanted
from smallprint.evals.tasks.ruler import prompts
from smallprint.evals.tasks.ruler.fitting import Slot, fit, slots
from smallprint.evals.tasks.ruler.haystacks import words

N_COMMON = 10
_SHORT = 4096
"""Under this length words are repeated less."""


@dataclass(frozen=True, kw_only=True)
class _Repeats:
    common: int
    other: int


_LIST, _EXAMPLE, _N_EXAMPLE = _Repeats(common=30, other=3), _Repeats(common=10, other=3), 40
_SHORT_LIST, _SHORT_EXAMPLE, _N_SHORT_EXAMPLE = _Repeats(common=6, other=1), _Repeats(common=3, other=1), 20

N_FREQUENT = 3
_ZETA_2 = math.pi**2 / 6
"""Riemann's zeta of the exponent, which is 2: the share of the k-th word is 1 / (k**2 * zeta)."""
_N_LETTERS = 6
_TOKENS_PER_CODED_WORD = 50
"""The vocabulary has one word for so many tokens of the length."""
_DOTS = "..."
"""Stands for the most frequent word, which does not count."""
_FEWEST_WORDS = 200
"""From here on the third and the fourth differ by a few."""


def common_words(name: str, wanted: Wanted) -> Iterator[Item]:
    """Raises `DataError` for lengths that are too short."""
    for slot in slots(name, wanted):
        yield fit(partial(_common, slot), tokenizer=wanted.tokenizer, least=N_COMMON + 1)


def _common(slot: Slot, n_words: int) -> Item:
    """`n_words` are the different ones."""
    short = slot.length < _SHORT
    random = Random(slot.id)
    example, answers = _numbered(
        random, _N_SHORT_EXAMPLE if short else _N_EXAMPLE, _SHORT_EXAMPLE if short else _EXAMPLE
    )
    solved = " ".join(f"{number}. {word}" for number, word in enumerate(answers, 1))
    repeats = _SHORT_LIST if short else _LIST
    context, common = _numbered(random, n_words, repeats)
    prompt = prompts.COMMON_WORDS
    return Item(
        id=slot.id,
        before=f"{prompt.before}{example}{prompt.question} {solved}\n{prompt.before}",
        context=context,
        question=prompt.question,
        answers=tuple(common),
        max_output_tokens=prompt.max_output_tokens,
        length=slot.length,
        meta={"n_words": n_words, "repeats": [repeats.common, repeats.other], "n_examples": 1},
    )


def _numbered(random: Random, n_words: int, repeats: _Repeats) -> tuple[str, list[str]]:
    """The list, and its common words."""
    # All are shuffled before some are taken, so that a longer list has the same common words.
    chosen = random.sample(words(), len(words()))[:n_words]
    others = dict.fromkeys(chosen)
    while len(others) < n_words:
        # Longer than the book's words go: pairs of them.
        others[f"{random.choice(words())}-{random.choice(words())}"] = None
    chosen = list(others)
    common = chosen[:N_COMMON]
    listed = common * repeats.common + chosen[N_COMMON:] * repeats.other
    random.shuffle(listed)
    return " ".join(f"{number}. {word}" for number, word in enumerate(listed, 1)), common


def frequent_words(name: str, wanted: Wanted) -> Iterator[Item]:
    """Raises `DataError` for lengths that are too short."""
    for slot in slots(name, wanted):
        yield fit(partial(_frequent, slot), tokenizer=wanted.tokenizer, least=_FEWEST_WORDS)


def _frequent(slot: Slot, n_words: int) -> Item:
    prompt = prompts.FREQUENT_WORDS
    random = Random(slot.id)
    size = max((slot.length - prompt.max_output_tokens) // _TOKENS_PER_CODED_WORD, 2 * N_FREQUENT)
    coded: dict[str, None] = {_DOTS: None}
    while len(coded) < size:
        coded["".join(random.choices(string.ascii_lowercase, k=_N_LETTERS))] = None
    vocabulary = list(coded)
    # Division and multiplication round alike everywhere; powers need not.
    text = [word for k, word in enumerate(vocabulary, 1) for _ in range(int(n_words / (k * k) / _ZETA_2))]
    random.shuffle(text)
    return Item(
        id=slot.id,
        before=prompt.before,
        context=" ".join(text),
        question=prompt.question,
        answers=tuple(vocabulary[1 : 1 + N_FREQUENT]),
        max_output_tokens=prompt.max_output_tokens,
        length=slot.length,
        meta={"n_words": len(text), "n_coded_words": size - 1, "exponent": 2.0},
    )
