"""Who answers: a model that is asked, or a task's rule over what our own reader reads.

In: a task, an item, what an arm sends. Out: a `Reply`. The rule is the same in every arm and sees the context alone, as it was read or
sent: what it answers worse on pages than on text is what the pages cost, since it has no prior to guess from and makes no mistake of
reasoning.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from smallprint.errors import ReaderError
from smallprint.evals.pinned import with_pins
from smallprint.readers.base import Reader, Reply, Request

if TYPE_CHECKING:
    from smallprint.evals.arms import Sent
    from smallprint.evals.item import Item
    from smallprint.evals.task import Task
    from smallprint.readers.embedded.reader import EmbeddedReader


class Answers(Protocol):
    """Answers items, several at a time."""

    async def __call__(self, task: Task, item: Item, sent: Sent) -> Reply:
        """Raises `ReaderError` and its kinds."""
        ...


class Asked:
    """A model, asked with the request as it is."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def __call__(self, task: Task, item: Item, sent: Sent) -> Reply:
        return await self._reader.aask(sent.request)


class Ruled:
    """The embedded reader: it reads pages, and the task's rule answers. Tasks without a rule cannot be asked."""

    def __init__(self, reader: EmbeddedReader) -> None:
        self._reader = reader

    async def __call__(self, task: Task, item: Item, sent: Sent) -> Reply:
        return await asyncio.to_thread(self._answer, task, item, sent)

    def _answer(self, task: Task, item: Item, sent: Sent) -> Reply:
        if task.rule is None:
            raise ReaderError(
                f"{task.suite}/{task.name}: it takes understanding, which {self._reader.name} has not; give --reader"
            )
        context = sent.context if sent.context is not None else self._read(sent)
        answer = task.rule(context, item.question)
        return Reply(text=answer, model=self._reader.model, tokens_in=None, tokens_out=None, raw={"rule": task.name})

    def _read(self, sent: Sent) -> str:
        asked = sent.request
        images = Request(
            question="", parts=asked.images, newline_mark=asked.newline_mark, indent_mark=asked.indent_mark
        )
        leaves = self._reader.document(images)
        pins = dict(sent.pins)
        texts = [with_pins(leaf.text, [pin for page in leaf.pages for pin in pins.get(page, ())]) for leaf in leaves]
        # A page ends where it is full: what follows belongs to the same line, unless the page says otherwise.
        return "".join(text if text.endswith("\n") else f"{text} " for text in texts)


def answers_of(reader: Reader) -> Answers:
    """How this reader answers."""
    from smallprint.readers.embedded.reader import EmbeddedReader

    return Ruled(reader) if isinstance(reader, EmbeddedReader) else Asked(reader)
