"""Questions that are answered from pages: those of the evaluation's tasks, on the user's own text, and the user's own.

In: a reader, items. Out: `TaskScores` of a style: the mean score, and a mark where a model judges the answers. Knows no proposer. What a
reader has not answered counts as wrong; where it cannot be reached, that is raised.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from smallprint.errors import DataError, ReaderError
from smallprint.evals.answering import Asked, answers_of
from smallprint.evals.arms import ARMS, Kit
from smallprint.evals.desk import is_the_models
from smallprint.evals.item import Item
from smallprint.evals.metrics import score
from smallprint.evals.said import said
from smallprint.evals.statistics import mean_of
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks import named
from smallprint.readers.base import Request
from smallprint.readers.prepare import price_for
from smallprint.search.evaluate import TaskScores
from smallprint.tokens.prices import cost

if TYPE_CHECKING:
    from smallprint.readers.base import Reader, Reply
    from smallprint.render import Style

OWN = "own"
LENGTH = 8192
"""Tokens of an item that is made: some pages."""
MAX_OUTPUT_TOKENS = 400
_ASKS = (
    "Answer the question by the text on the pages above, with the answer alone. If the text does not say, write: not stated.\n\n"
    "Question: {question}"
)
JUDGE = (
    "A question about a document, the reference answer, and an answer to be marked. Mark how well the answer agrees with the reference, "
    "from 0 (wrong or missing) to 10 (says the same). Reply with the number alone.\n\n"
    "Question: {question}\nReference: {reference}\nAnswer: {answer}"
)
_CONCURRENCY = 4
_MARK = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class Asking:
    """An item of a task."""

    task: Task
    item: Item


def made(tasks: Sequence[str], text: Path, *, samples: int, seed: int, length: int = LENGTH) -> list[Asking]:
    """Items of the evaluation's tasks, such as `exact` or `ruler/niah_single_1`, in the user's text.

    Raises `DataError` for an unknown task, or one that has a data set of its own.
    """
    wanted = Wanted(lengths=(length,), samples=samples, seed=seed, data=str(text))
    found: list[Asking] = []
    for task in dict.fromkeys(task for name in tasks for task in named(name)):
        if task.is_loaded(wanted):
            raise DataError(f"tasks: {task.suite}/{task.name} has data of its own, and cannot be asked about this text")
        found += [Asking(task=task, item=item) for item in task.make(wanted)]
    return found


def own(path: Path, text: str) -> list[Asking]:
    """The user's questions: JSON lines of `question`, `answer` (one or a list of those that count as right) and, where they are not about
    all of `text`, `document`, a file beside them.

    Raises `DataError` for a line that is not that.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}") from None
    task = Task(suite=OWN, name=OWN, make=lambda _: iter(()))
    found: list[Asking] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = cast("Mapping[str, Any]", json.loads(line))
            question, answer = row["question"], row["answer"]
            answers = tuple(cast("list[str]", answer)) if isinstance(answer, list) else (answer,)
            if not isinstance(question, str) or not answers or not all(isinstance(each, str) for each in answers):
                raise TypeError("question and answer are strings")
            document = row.get("document")
            context = text if document is None else (path.parent / document).read_text(encoding="utf-8-sig")
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise DataError(
                f'{path}: line {number}: {error}; give {{"question": ..., "answer": ...}}, and "document" if need be'
            ) from None
        item = Item(
            id=f"{OWN}/{number}",
            context=context,
            question=_ASKS.format(question=question),
            answers=answers,
            max_output_tokens=MAX_OUTPUT_TOKENS,
            meta={"question": question},
        )
        found.append(Asking(task=task, item=item))
    if not found:
        raise DataError(f"{path}: no questions in it")
    return found


class PageQuestions:
    """Asks the same items about pages in any style."""

    def __init__(
        self,
        reader: Reader,
        askings: Sequence[Asking],
        *,
        judge: Reader | None = None,
        prices: str | None = None,
    ) -> None:
        """Raises `ReaderError` for a model whose family is not known, `DataError` for a judge without questions of the user's."""
        if reader.family is None:
            raise ReaderError(f"--family: the name {reader.model!r} does not tell how the model counts images")
        self._reader, self._family, self._askings, self._judge = reader, reader.family, tuple(askings), judge
        self._prices = {
            id(each): price_for(each, each.family or "", prices) for each in (reader, judge) if each and each.family
        }
        self.is_priced = all(self._prices.get(id(each)) is not None for each in (reader, judge) if each)
        """Whether it is known what the questions cost."""
        self._answers = answers_of(reader)
        self._asked = Asked(reader)

    def score(self, style: Style) -> TaskScores:
        """Raises `ReaderError` and its kinds where the reader cannot be asked at all."""
        return asyncio.run(self._score(style))

    async def _score(self, style: Style) -> TaskScores:
        gate = asyncio.Semaphore(_CONCURRENCY)
        kit = Kit(reader=self._reader, family=self._family, styles={"tried": style})
        spent = _Spent()

        async def one(asking: Asking) -> tuple[float, float | None]:
            async with gate:
                return await self._answer(asking, kit, spent)

        async with self._reader:
            results = await asyncio.gather(*map(one, self._askings))
        mean = mean_of([each for each, _ in results])
        marks = [mark for _, mark in results if mark is not None]
        return TaskScores(
            mean=mean.mean,
            interval=None if mean.low is None or mean.high is None else (mean.low, mean.high),
            n=mean.n,
            judge=sum(marks) / len(marks) if marks else None,
            usd=spent.usd,
            tokens=spent.tokens,
        )

    async def _answer(self, asking: Asking, kit: Kit, spent: _Spent) -> tuple[float, float | None]:
        task, item = asking.task, asking.item
        answers = self._asked if task.suite == OWN else self._answers
        try:
            reply = await answers(task, item, await ARMS["pages"](item, kit, "tried"))
        except ReaderError as error:
            if not is_the_models(error):
                raise
            return 0.0, None
        spent.add(reply, self._prices.get(id(self._reader)))
        answer = said(reply.text)
        right = (
            _contains(answer, item.answers)
            if task.suite == OWN
            else score(task.name, answer, item.answers, all_classes=item.all_classes, prefix=item.prefix or None)
        )
        return right, await self._marked(item, answer, spent)

    async def _marked(self, item: Item, answer: str, spent: _Spent) -> float | None:
        if self._judge is None:
            return None
        question = str(item.meta.get("question", item.question))
        asked = JUDGE.format(question=question, reference=" | ".join(item.answers), answer=answer[:4000])
        try:
            reply = await self._judge.aask(Request(question=asked, verbatim=True, cache=False, max_output_tokens=2048))
        except ReaderError as error:
            if not is_the_models(error):
                raise
            return None
        spent.add(reply, self._prices.get(id(self._judge)))
        found = _MARK.search(said(reply.text))
        # A judge who says nothing that can be read has not marked.
        return min(10.0, float(found.group())) / 10 if found else None


@dataclass
class _Spent:
    tokens: int = 0
    usd: float | None = 0.0

    def add(self, reply: Reply, price: Any) -> None:
        self.tokens += (reply.tokens_in or 0) + (reply.tokens_out or 0)
        if reply.tokens_in is None and reply.tokens_out is None:
            return
        if price is None or reply.tokens_in is None or self.usd is None:
            self.usd = None
            return
        self.usd += cost(
            price, reply.tokens_in, reply.tokens_out or 0, cached_in=reply.cached_in, written_in=reply.written_in
        )


def _contains(answer: str, answers: Sequence[str]) -> float:
    flat = " ".join(answer.split()).casefold()
    return float(any(" ".join(each.split()).casefold() in flat for each in answers))
