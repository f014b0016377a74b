"""Work on many things at once, with the results in order, in memory that does not grow with their number.

In: things, and a function of a group of them. Out: its results, one after another. Knows nothing of pages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    items: Iterable[T], work: Callable[[list[T]], list[R]], pool: Executor, *, at_once: int, group: int
) -> Iterator[R]:
    """`work` on groups of items, `at_once` groups under way or waiting to be taken. What has not begun is dropped when the caller stops."""
    waiting: deque[Future[list[R]]] = deque()
    rest = iter(items)
    try:
        while True:
            while len(waiting) < at_once and (batch := list(islice(rest, group))):
                waiting.append(pool.submit(work, batch))
            if not waiting:
                return
            yield from waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
