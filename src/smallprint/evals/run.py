"""A paired run: every item in every arm, several at a time, into a log that a killed run goes on from.

In: a `RunConfig`, a reader, a folder. Out: all samples. Each item's arms are asked one after the other, so that a run which is stopped
has pairs. Knows no report.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from smallprint.errors import DataError
from smallprint.evals.answering import answers_of
from smallprint.evals.arms import ARMS, OF_A_STYLE, Arm, Kit
from smallprint.evals.budget import Budget, OverBudget
from smallprint.evals.config import RunConfig
from smallprint.evals.cuts import need_bm25
from smallprint.evals.desk import Desk, Job
from smallprint.evals.log import Log
from smallprint.evals.replies import Replies
from smallprint.evals.sample import Sample
from smallprint.evals.tasks import named
from smallprint.readers.prepare import price_for

if TYPE_CHECKING:
    from smallprint.evals.task import Task
    from smallprint.readers.base import Reader
    from smallprint.readers.sight.page_reader import PageReader

OnSample = Callable[[int, int | None, Sample], object]
"""Told how many samples there are, of how many where that is known, and the newest."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a run came to."""

    samples: tuple[Sample, ...]
    """In the order of tasks, items and arms."""
    why: str = ""
    """Why it is not complete: a cap, or what failed for reasons outside. Empty where it is."""
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])
    """Tasks and arms that this reader cannot do, each with the reason."""


class Run:
    """One run in a folder. `go` may be called again in a later process: what is in the log is not asked again."""

    def __init__(
        self, config: RunConfig, reader: Reader, folder: Path, *, cache: Path | None = None,
        proofreader: Callable[[], PageReader] | None = None,
    ) -> None:  # fmt: skip
        """`cache` is the folder of replies, in the run's own by default; `proofreader` reads pages for the arm with pins, the shipped
        network by default.

        Raises `DataError` for a task that nobody has, a cap on dollars without a price, or an arm whose library is missing.
        """
        self._config = config
        self._reader = reader
        self._folder = folder
        price = price_for(reader, config.family, config.prices)
        if config.max_usd is not None and price is None:
            raise DataError(
                f"max-usd: the price of {reader.name} is not known; give it with --prices, or leave the cap out"
            )
        if "bm25" in config.arms:
            need_bm25()
        self._tasks = tuple(dict.fromkeys(task for name in config.tasks for task in named(name)))
        kit = Kit(
            reader=reader, family=config.family, styles=config.styles, seed=config.wanted.seed, window=config.window,
            temperature=config.temperature, pdf_dpi=config.pdf_dpi, proofreader=proofreader or _shipped_reader(config.family),
        )  # fmt: skip
        self._budget = Budget(price, cap_usd=config.max_usd, family=config.family, count=kit.count)
        replies = None if reader.takes_pixels else Replies(cache or folder / "replies", reader)
        self._desk = Desk(
            kit, answers_of(reader), self._budget, convention=config.convention, folder=folder, replies=replies
        )
        self._skipped: dict[str, str] = {}

    def go(self, *, on_sample: OnSample | None = None) -> Done:
        """Asks what is missing.

        Raises `DataError` for data that cannot be had, `StoreError` where the log cannot be written, `Unavailable` without a key.
        """
        return asyncio.run(self._go(on_sample))

    async def _go(self, on_sample: OnSample | None) -> Done:
        log = Log(self._folder, self._config.to_json(self._reader))
        self._budget.spent_usd = sum(sample.usd or 0.0 for sample in log.samples.values())
        order: list[tuple[str, str, str]] = []
        expected = self._expected()
        waiting: set[asyncio.Task[Sample]] = set()

        async def collect() -> None:
            nonlocal waiting
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                sample = each.result()
                if sample.error != OverBudget.__name__:
                    log.add(sample)
                    if on_sample:
                        on_sample(len(log.samples), expected, sample)

        try:
            async with self._reader:
                async for job in self._jobs():
                    if self._budget.stopped:
                        break
                    order.append(job.key)
                    if (earlier := log.samples.get(job.key)) is not None and earlier.is_final:
                        continue
                    while len(waiting) >= self._config.concurrency:
                        await collect()
                    waiting.add(asyncio.create_task(self._desk.sample(job)))
                while waiting:
                    await collect()
        finally:
            log.close()
        samples = tuple(log.samples[key] for key in order if key in log.samples)
        failed = sum(not sample.is_final for sample in samples)
        outside = f"{failed:,} samples failed for reasons outside; the same command asks them again" if failed else ""
        return Done(samples=samples, why=self._budget.stopped or outside, skipped=dict(self._skipped))

    def _arms(self) -> Iterator[tuple[str, Arm, str]]:
        """(name, arm, style)."""
        first = next(iter(self._config.styles))
        for arm in self._config.arms:
            if arm == "summary" and not self._reader.takes_prompt:
                self._skipped["summary"] = f"{self._reader.name} cannot write one"
            elif arm in OF_A_STYLE:
                for style in self._config.styles:
                    yield f"{arm}:{style}", ARMS[arm], style
            else:
                yield arm, ARMS[arm], first

    def _expected(self) -> int | None:
        """Samples in all, where the tasks are generated."""
        wanted = self._config.wanted
        if not wanted.lengths:
            return None
        n_tasks = sum(self._can(task) for task in self._tasks)
        return n_tasks * len(wanted.lengths) * wanted.samples * len(list(self._arms()))

    def _can(self, task: Task) -> bool:
        if self._reader.takes_prompt or task.rule is not None:
            return True
        self._skipped[f"{task.suite}/{task.name}"] = f"it takes understanding, which {self._reader.name} has not"
        return False

    async def _jobs(self) -> AsyncIterator[Job]:
        """In order; items are made one at a time, in a thread."""
        arms = list(self._arms())
        for task in self._tasks:
            if not self._can(task):
                continue
            items = task.make(self._config.wanted)
            while (item := await asyncio.to_thread(next, items, None)) is not None:
                if self._config.max_output_tokens is not None:
                    item = replace(item, max_output_tokens=self._config.max_output_tokens)
                for name, arm, style in arms:
                    # Of a scanned document there are pages and nothing else.
                    if item.context or name.startswith("pages:"):
                        yield Job(task, item, name, arm, style)


def _shipped_reader(family: str) -> Callable[[], PageReader]:
    """The network that ships, loaded when it is asked for and then kept."""
    held: list[PageReader] = []

    def reader() -> PageReader:
        from smallprint.readers.sight.page_reader import PageReader

        if not held:
            held.append(PageReader(family=family))
        return held[0]

    return reader
