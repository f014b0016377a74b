"""A task: where its items come from, how answers are scored, and which rule answers without a model.

In: a `Wanted`. Out: items. Knows no reader and no pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from smallprint.evals.item import Item


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which items of a task are asked for."""

    lengths: tuple[int, ...] = ()
    """Tokens of the whole prompt and of the answer together, for items that are made. Data sets have the lengths that they have, and give
    items of up to the longest of these; all where there are none."""
    samples: int = 10
    """Items, for each length."""
    seed: int = 0
    tokenizer: str = "qwen"
    """Whose tokens lengths are, as `smallprint.tokens.count` names them."""
    data: str | None = None
    """A file, a folder or the name of a data set on the hub; None for what the task has of its own, or for its usual data set."""
    revision: str | None = None
    """Of the data set on the hub."""


Rule: TypeAlias = Callable[[str, str], str]
"""(context as it was read, question) -> the answer that a reader without mistakes of reasoning would give. It sees nothing else of an item,
and it is the same for every arm: what it gets wrong on pages and right on text, the reading of the pages got wrong."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One row of the table of tasks."""

    suite: str
    name: str
    """As its own benchmark calls it; unique."""
    group: str = ""
    """The kind of task, in its suite."""
    make: Callable[[Wanted], Iterator[Item]]
    """Raises `DataError`, and `TokenError` for an unknown tokenizer."""
    is_loaded: Callable[[Wanted], bool] = lambda _: False
    """Whether items come from a data set, with the lengths that they have there; otherwise they are made to the lengths asked for."""
    rule: Rule | None = None
    """None where only understanding answers."""
