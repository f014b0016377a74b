"""Where one item is answered in one arm.

In: a `Job`. Out: its `Sample`, with the score, what it cost, and the error where there was one. Replies that were paid for before are
taken from the cache. Knows nothing of other items.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.errors import BadReply, ReaderError, Refused, SmallprintError, TooLarge
from smallprint.evals.arms import Aside
from smallprint.evals.budget import Reserved
from smallprint.evals.crops import MAX_CROPS, crop_of, crop_path
from smallprint.evals.metrics import Convention, score
from smallprint.evals.said import said
from smallprint.evals.sample import Sample
from smallprint.readers.prompt import text_of
from smallprint.readers.retry import NoAccess

if TYPE_CHECKING:
    from smallprint.evals.answering import Answers
    from smallprint.evals.arms import Arm, Kit, Sent
    from smallprint.evals.budget import Budget
    from smallprint.evals.item import Item
    from smallprint.evals.replies import Replies
    from smallprint.evals.task import Task
    from smallprint.readers.base import Reply, Request
    from smallprint.readers.planner import PagesLike

MAX_LOGGED_CHARS = 20_000
"""Of a request's text; a longer one is logged by its ends and its digest: a run at 128K tokens would log gigabytes of books."""
_END_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Job:
    """An item in an arm."""

    task: Task
    item: Item
    arm: str
    """With its style, where it has one: `pages:flow`."""
    make: Arm
    style: str

    @property
    def key(self) -> tuple[str, str, str]:
        """As `Sample.key`."""
        return f"{self.task.suite}/{self.task.name}", self.item.id, self.arm


class Desk:
    """Answers jobs, several at a time."""

    def __init__(
        self,
        kit: Kit,
        answers: Answers,
        budget: Budget,
        *,
        convention: Convention,
        folder: Path,
        replies: Replies | None,
    ) -> None:
        """`replies` is None for readers whose answers are not worth keeping."""
        self._kit = replace(kit, ask=self._ask_aside if kit.reader.takes_prompt else None)
        self._answers = answers
        self._budget = budget
        self._convention: Convention = convention
        self._folder = folder
        self._replies = replies
        self._n_crops: Counter[tuple[str, str]] = Counter()

    async def sample(self, job: Job) -> Sample:
        """Errors of this package become part of the sample, but for `NoAccess`: no other item would get through either."""
        item, clock = job.item, self._kit.reader.retry.clock
        started_s = clock.elapsed_s()
        sample = Sample(
            task=job.key[0], item=item.id, digest=digest_of(item), arm=job.arm, score=None, prediction=None, answers=item.answers,
            length=item.length, n_tokens=item.n_tokens, depths=item.depths, meta=item.meta,
        )  # fmt: skip
        sent: Sent | None = None
        paid = _Paid()
        try:
            sent = await job.make(item, self._kit, job.style)
            sample = replace(
                sample, text_tokens=sent.text_tokens, context_tokens=sent.context_tokens, n_images=len(sent.request.images),
                request=_logged(sent.request),
            )  # fmt: skip
            reply = await self._reply(job.task, item, sent, paid)
            prediction = said(reply.text)
            scored = score(
                job.task.name, prediction, item.answers, all_classes=item.all_classes, convention=self._convention,
                prefix=item.prefix or None,
            )  # fmt: skip
        except NoAccess:
            raise
        except SmallprintError as error:
            return replace(
                sample,
                error=type(error).__name__,
                message=str(error),
                score=0.0 if is_the_models(error) else None,
                usd=_sum(paid.usd, sent.aside.usd if sent and sent.aside else None),
                reckoned_usd=paid.reckoned_usd,
                seconds=clock.elapsed_s() - started_s,
            )
        if sent.pages is not None and scored < 1:
            await asyncio.to_thread(self._keep_crop, sample, item, sent.pages, prediction)
        aside = sent.aside or Aside(0, 0, None)
        return replace(
            sample, prediction=prediction, score=scored, finish=reply.finish, raw=dict(reply.raw), attempts=reply.attempts,
            tokens_in=None if reply.tokens_in is None else reply.tokens_in + aside.tokens_in,
            tokens_out=None if reply.tokens_out is None else reply.tokens_out + aside.tokens_out,
            usd=_sum(paid.usd, aside.usd), reckoned_usd=paid.reckoned_usd, seconds=clock.elapsed_s() - started_s,
        )  # fmt: skip

    async def _reply(self, task: Task, item: Item, sent: Sent, paid: _Paid) -> Reply:
        """The reply; `paid` gets what it cost, also where it is an error of the model's."""
        key = await asyncio.to_thread(self._replies.key, sent.request) if self._replies else ""
        if self._replies and (held := self._replies.get(key)) is not None:
            paid.usd, paid.reckoned_usd = self._budget.cost(held), self._budget.most_usd(sent.request)
            if self._replies.is_shared:
                return replace(held, raw={**held.raw, "from_cache": True})
            # Of this run, which was killed before it had logged it.
            self._budget.book(paid.usd, Reserved(paid.reckoned_usd))
            return held
        with self._budget.reserved_for(sent.request) as reserved:
            paid.reckoned_usd = reserved.usd
            try:
                reply = await self._answers(task, item, sent)
            except ReaderError as error:
                if is_the_models(error) and not isinstance(error, TooLarge):
                    # Nobody says what it cost: no more than this.
                    paid.usd = self._budget.book(reserved.usd, reserved)
                raise
            paid.usd = self._budget.book(self._budget.cost(reply), reserved)
        if self._replies:
            self._replies.put(key, reply)
        return reply

    async def _ask_aside(self, request: Request) -> tuple[Reply, float | None]:
        with self._budget.reserved_for(request) as reserved:
            reply = await self._kit.reader.aask(request)
            return reply, self._budget.book(self._budget.cost(reply), reserved)

    def _keep_crop(self, sample: Sample, item: Item, pages: PagesLike, prediction: str) -> None:
        """What stands on the page where the answer is wrong, for the report: the pages themselves are not kept."""
        group = sample.task, sample.arm
        if self._n_crops[group] >= MAX_CROPS:
            return
        # A report without a picture is better than a run that ends for want of one.
        with contextlib.suppress(OSError):
            crop = crop_of(pages, item.context, item.answers, prediction, near=item.depths)
            if crop is not None:
                path = crop_path(self._folder, sample)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(crop)
                self._n_crops[group] += 1


@dataclass(slots=True)
class _Paid:
    usd: float | None = None
    reckoned_usd: float | None = None


def digest_of(item: Item) -> str:
    """Tells whether two items of one name are the same: data may have changed between two runs into one folder."""
    asked = json.dumps([item.prompt, item.answers, None if item.pdf is None else item.pdf.stat().st_size])
    return hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()[:16]


def is_the_models(error: SmallprintError) -> bool:
    """Whether an item without an answer counts as wrong: the model declined, was given more than it takes, or said nothing until its
    tokens were used up. A server that failed, or data that cannot be read, says nothing about the model."""
    return isinstance(error, Refused | TooLarge) or (isinstance(error, BadReply) and error.finish is not None)


def _sum(usd: float | None, more: float | None) -> float | None:
    return usd if more is None else more + (usd or 0.0)


def _logged(request: Request) -> Mapping[str, Any]:
    """The request for the log: its text, and of its images what tells which they were."""
    text = text_of(request)
    shown: dict[str, Any] = {"text": text}
    if len(text) > MAX_LOGGED_CHARS:
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        shown = {"begins": text[:_END_CHARS], "ends": text[-_END_CHARS:], "n_chars": len(text), "sha256": digest}
    images = [
        {"width_px": each.width_px, "height_px": each.height_px, "pages": list(each.pages)} for each in request.images
    ]
    return {
        **shown,
        "images": images,
        "max_output_tokens": request.max_output_tokens,
        "temperature": request.temperature,
    }
