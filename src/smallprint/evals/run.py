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

from smallprint.errors import DataError, StoreError
from smallprint.evals.answering import answers_of
from smallprint.evals.arms import ARMS, OF_A_STYLE, Arm, Kit
from smallprint.evals.budget import Budget, OverBudget
from smallprint.evals.config import LENGTHS, RunConfig
from smallprint.evals.cuts import need_bm25
from smallprint.evals.desk import Desk, Job, digest_of
from smallprint.evals.log import Log
from smallprint.evals.metrics.chinese import need_jieba
from smallprint.evals.metrics.longbench import needs_chinese_words
from smallprint.evals.replies import Replies
from smallprint.evals.sample import Sample
from smallprint.evals.tasks import named
from smallprint.readers.prepare import price_for

if TYPE_CHECKING:
    from smallprint.evals.task import Task, Wanted
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
    """Why it is not complete: a cap, what failed for reasons outside, tasks without items. Empty where it is."""
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
        self._tasks = tuple(dict.fromkeys(task for name in config.tasks for task in named(name)))
        price = price_for(reader, config.family, config.prices)
        if config.max_usd is not None and price is None:
            raise DataError(
                f"max-usd: the price of {reader.name} is not known; give it with --prices, or leave the cap out"
            )
        if "bm25" in config.arms:
            need_bm25()
        if any(needs_chinese_words(task.name) for task in self._tasks):
            need_jieba()
        kit = Kit(
            reader=reader,
            family=config.family,
            styles=config.styles,
            seed=config.wanted.seed,
            window=config.window,
            temperature=config.temperature,
            thinking_tokens=config.max_output_tokens or 0,
            pdf_dpi=config.pdf_dpi,
            proofreader=proofreader or _shipped_reader(config.family),
        )
        self._budget = Budget(price, cap_usd=config.max_usd, family=config.family, count=kit.count)
        replies = (
            None if reader.takes_pixels else Replies(cache or folder / "replies", reader, is_shared=cache is not None)
        )
        self._desk = Desk(
            kit, answers_of(reader), self._budget, convention=config.convention, folder=folder, replies=replies
        )
        self._skipped: dict[str, str] = {}
        self._unmade: dict[str, str] = {}
        """Why tasks have no items."""

    def go(self, *, on_sample: OnSample | None = None) -> Done:
        """Asks what is missing.

        Raises `DataError` for data that cannot be had, `StoreError` where the log cannot be written, `Unavailable` without a key.
        """
        return asyncio.run(self._go(on_sample))

    async def _go(self, on_sample: OnSample | None) -> Done:
        log = Log(self._folder, self._config.to_json(self._reader))
        self._budget.resume(log.samples.values())
        order: dict[tuple[str, str, str], None] = {}
        expected = self._expected()
        waiting: set[asyncio.Task[Sample]] = set()

        async def collect() -> None:
            nonlocal waiting
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            # What was answered is kept, whatever became of the others.
            for each in sorted(done, key=lambda each: each.exception() is not None):
                sample = each.result()
                if sample.error != OverBudget.__name__:
                    log.add(sample)
                    if on_sample:
                        on_sample(len(log.samples), expected, sample)

        try:
            async with self._reader:
                async for job in self._jobs():
                    if job.key in order:
                        continue
                    order[job.key] = None
                    if self._is_answered(job, log) or self._budget.stopped:
                        continue
                    while len(waiting) >= self._config.concurrency:
                        await collect()
                    waiting.add(asyncio.create_task(self._desk.sample(job)))
                while waiting:
                    await collect()
            done = self._done([log.samples[key] for key in order if key in log.samples])
            log.tell(done.why, done.skipped)
        finally:
            # Where one ended the run, the others are not waited for.
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            log.close()
        return done

    def _is_answered(self, job: Job, log: Log) -> bool:
        """Raises `StoreError` where the log has an item of the same name and other content."""
        earlier = log.samples.get(job.key)
        if earlier is not None and earlier.digest != digest_of(job.item):
            raise StoreError(
                f"{self._folder}: {job.item.id} is another item than before: the data has changed; give another --out"
            )
        return earlier is not None and earlier.is_final

    def _done(self, samples: list[Sample]) -> Done:
        failed = sum(not sample.is_final for sample in samples)
        reasons = [self._budget.stopped] if self._budget.stopped else []
        if failed:
            reasons.append(f"{failed:,} samples failed for reasons outside; the same command asks them again")
        reasons += [f"{name}: {why}" for name, why in self._unmade.items()]
        return Done(samples=tuple(samples), why="; ".join(reasons), skipped=dict(self._skipped))

    def _arms(self) -> Iterator[tuple[str, Arm, str]]:
        """(name, arm, style)."""
        first = next(iter(self._config.styles))
        for arm in dict.fromkeys(self._config.arms):
            if arm == "summary" and not self._reader.takes_prompt:
                self._skipped["summary"] = f"{self._reader.name} cannot write one"
            elif arm in OF_A_STYLE:
                for style in self._config.styles:
                    yield f"{arm}:{style}", ARMS[arm], style
            else:
                yield arm, ARMS[arm], first

    def _lengths(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self._config.wanted.lengths or LENGTHS))

    def _expected(self) -> int | None:
        """Samples in all, where all are made here."""
        tasks = [task for task in self._tasks if self._can(task)]
        if any(task.is_loaded(self._config.wanted) for task in tasks):
            return None
        return len(tasks) * len(self._lengths()) * self._config.wanted.samples * len(list(self._arms()))

    def _can(self, task: Task) -> bool:
        if self._reader.takes_prompt or task.rule is not None:
            return True
        self._skipped[f"{task.suite}/{task.name}"] = f"it takes understanding, which {self._reader.name} has not"
        return False

    async def _jobs(self) -> AsyncIterator[Job]:
        """In order; items are made one at a time, in a thread.

        Raises `DataError` where no task has any: one whose data is not there, or for which a length is too short, is left out.
        """
        arms = list(self._arms())
        n_items = 0
        for task, wanted in self._sources():
            items = task.make(wanted)
            while True:
                try:
                    item = await asyncio.to_thread(next, items, None)
                except DataError as error:
                    where = f"{task.suite}/{task.name}" + (f" at {wanted.lengths[0]:,}" if wanted.lengths else "")
                    self._unmade[where] = str(error)
                    break
                if item is None:
                    break
                n_items += 1
                if self._config.max_output_tokens is not None:
                    item = replace(item, max_output_tokens=self._config.max_output_tokens)
                for name, arm, style in arms:
                    # Of a scanned document there are pages and nothing else.
                    if item.context or name.startswith("pages:"):
                        yield Job(task, item, name, arm, style)
        if not n_items:
            reasons = {**self._skipped, **self._unmade}
            raise DataError("; ".join(f"{name}: {why}" for name, why in reasons.items()) or "there are no items")

    def _sources(self) -> Iterator[tuple[Task, Wanted]]:
        """Each task by length, so that one that is too short for it spoils no other; data sets at once."""
        wanted = self._config.wanted
        for task in self._tasks:
            if not self._can(task):
                continue
            if task.is_loaded(wanted):
                yield task, wanted
            else:
                for length in self._lengths():
                    yield task, replace(wanted, lengths=(length,))


def _shipped_reader(family: str) -> Callable[[], PageReader]:
    """The network that ships, loaded when it is asked for and then kept."""
    held: list[PageReader] = []

    def reader() -> PageReader:
        from smallprint.readers.sight.page_reader import PageReader

        if not held:
            held.append(PageReader(family=family))
        return held[0]

    return reader
