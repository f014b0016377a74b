"""As much text as a length allows.

In: a function that makes an item of so many units (words, lines, sentences), and the length that the item asks for. Out: the item that
fills it. Knows no task.

The prompt and the longest answer together are never over the length. What stays free is under a five-hundredth of it, or less than one
unit where units are larger. A text of a million tokens is counted some five times: each count says how many tokens a unit has where the
end will be, and the next try starts from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.task import Wanted
from smallprint.tokens import count

_FREE = 500
"""The share of the budget that may stay free is one in this."""
_FIRST_UNITS = 50
"""Tried after the least, for a first idea of what a unit costs."""
_GUESSES = 10
"""Tries that trust the measured cost of a unit; after them the interval is halved, which ends whatever the text does."""


@dataclass(frozen=True)
class Slot:
    """The place of one item: which length, and what its random numbers start from."""

    id: str
    length: int
    index: int


def slots(name: str, wanted: Wanted) -> Iterator[Slot]:
    """One for each item of a generated task. Raises `DataError` when no length is asked for."""
    if not wanted.lengths or min(wanted.lengths) < 1:
        raise DataError(
            f"{name}: lengths: {list(wanted.lengths)!r}; allowed: one or more numbers of tokens, such as 4096"
        )
    for length in wanted.lengths:
        for index in range(wanted.samples):
            yield Slot(f"{name}/{length}/{wanted.seed}/{index:03}", length, index)


def fit(make: Callable[[int], Item], *, tokenizer: str, least: int = 0) -> Item:
    """`make(n)` with the most units that its length has room for, and its tokens counted.

    `make` gives the same item for the same n, with `length` set. Raises `DataError` when `least` units are too many already.
    """
    made: dict[int, Item] = {}

    def n_tokens(n_units: int) -> int:
        # The last one is nearly always the one that is kept.
        made.clear()
        made[n_units] = item = make(n_units)
        tokens = count(item.prompt, tokenizer).tokens
        made[n_units] = replace(item, n_tokens=tokens)
        return tokens

    smallest = make(least)
    assert smallest.length is not None
    budget = smallest.length - smallest.max_output_tokens
    n_units = most_units(n_tokens, budget=budget, least=least)
    if n_units is None:
        needed = (made[least].n_tokens or 0) + smallest.max_output_tokens
        raise DataError(
            f"{smallest.id}: a length of {smallest.length} tokens is too short; this one needs at least {needed}"
        )
    if n_units not in made:
        n_tokens(n_units)
    return made[n_units]


def most_units(n_tokens: Callable[[int], int], *, budget: int, least: int = 0) -> int | None:
    """Units that `budget` has room for, nearly the most; None when not even `least` fit."""
    low, low_tokens, high = least, n_tokens(least), None
    if low_tokens > budget:
        return None
    free = budget // _FREE
    n, tries = low + _FIRST_UNITS, 0
    while budget - low_tokens > free and (high is None or high - low > 1):
        tokens = n_tokens(n)
        tokens_per_unit = (tokens - low_tokens) / (n - low)
        if tokens <= budget:
            low, low_tokens = n, tokens
        else:
            high = n
        tries += 1
        if high is not None and tries > _GUESSES:
            n = (low + high) // 2
            continue
        # The middle of what may stay free, so that the next try ends the search whether the text runs a little over or under.
        aim = budget - free // 2 - low_tokens
        n = low + max(1, int(aim / tokens_per_unit)) if tokens_per_unit > 0 else 2 * n
        if high is not None:
            n = min(n, high - 1)
    return low
