"""Batches drawn while others are learnt from.

In: the numbers of batches. Out: the batches, in that order. A thread draws fast enough for a processor; a GPU wants processes.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from smallprint.render.parallel import in_order
from smallprint.train.reader.corpus import load_corpus
from smallprint.train.reader.data import Crops, Samples
from smallprint.train.reader.recipe import Recipe

AHEAD = 2
"""Batches that a worker has before it."""
_of_this_process: list[Samples] = []


def samples_of(recipe: Recipe, root: Path) -> Samples:
    """Raises `DataError` where a text is missing."""
    return Samples(
        load_corpus(recipe.text, root),
        recipe.pages,
        seed=recipe.seed,
        batch=recipe.schedule.batch,
        slots_a_cell=recipe.shape.slots_a_cell,
        n_classes=recipe.shape.n_classes,
    )


def batches(samples: Samples, recipe: Recipe, root: Path, numbers: Iterable[int]) -> Iterator[Crops]:
    """The batches of `numbers`, by `recipe.workers` processes, or by a thread with `samples`."""
    if not recipe.workers:
        with ThreadPoolExecutor(1) as pool:
            yield from in_order(numbers, lambda group: [samples(n) for n in group], pool, at_once=AHEAD, group=1)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(recipe.workers, spawn, _open, (recipe, root)) as pool:
        yield from in_order(numbers, _draw, pool, at_once=AHEAD * recipe.workers, group=1)


def _open(recipe: Recipe, root: Path) -> None:
    _of_this_process.append(samples_of(recipe, root))


def _draw(numbers: list[int]) -> list[Crops]:
    return [_of_this_process[0](number) for number in numbers]
