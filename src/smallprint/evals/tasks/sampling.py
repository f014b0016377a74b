"""Some of the rows of a data set.

In: rows, what makes an item of one, and a `Wanted`. Out: as many items as are wanted, chosen by the seed, in the order of the rows. Knows
no task. Rows that are too long are passed over before they count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random

from smallprint.evals.item import Item
from smallprint.evals.task import Wanted
from smallprint.evals.tasks.hub import Row


def sampled(rows: Iterable[Row], item: Callable[[int, Row], Item], wanted: Wanted, task: str) -> Iterator[Item]:
    """`item` gets a row and its place in the data, and is called for no more rows than needed. Raises what it raises."""
    every = list(rows)
    order = list(range(len(every)))
    Random(f"{task}/{wanted.seed}").shuffle(order)
    longest = max(wanted.lengths, default=None)
    found: dict[int, Item] = {}
    for place in order:
        if len(found) >= wanted.samples:
            break
        made = item(place, every[place])
        if longest is None or made.n_tokens is None or made.n_tokens + made.max_output_tokens <= longest:
            found[place] = made
    for place in sorted(found):
        yield found[place]
