"""Whether a model says so when it cannot tell: strings are asked for that are on a page, and strings that are not.

In: a page of numbered strings, a style, a reader. Out: an `Asked` of each question, and an `Abstention` of all on a rung. A string that a
model makes up looks as good as one that it has read: this is the mistake that nobody sees.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from smallprint.errors import ReaderError
from smallprint.evals.arms import ARMS, Kit
from smallprint.evals.desk import is_the_models
from smallprint.evals.item import Item
from smallprint.evals.said import said
from smallprint.tokens.prices import cost

if TYPE_CHECKING:
    from smallprint.readers.base import Reader
    from smallprint.render import Style
    from smallprint.search.specimens import Specimens
    from smallprint.tokens.prices import Price

QUESTION = "What is the code of ref {ref} on the page?"
INSTRUCTION = " Answer with the string alone, or `not on the page`."
EACH = 4
"""Questions for strings that are there, and for such that are not, on each of two rungs: 16 short answers in all."""
MAX_OUTPUT_TOKENS = 256
"""A string takes 40; where a model says more, it is cut off."""
Outcome: TypeAlias = Literal["right", "wrong", "denied", "unclear"]

_DENIAL = re.compile(
    r"\bnot (?:on|in) the (?:page|image|document|text)|\bnot (?:found|there|present|visible|shown|listed|legible|readable|stated|given)"
    r"|\bno (?:such )?(?:ref|reference|code|string|entry)\b|\bnone\b|illegible|unreadable|\bcannot\b|\bcan't\b|\bcan not\b|\bunable\b"
    r"|\bdo(?:es)?(?: not|n't)\b|\bis(?: not|n't)\b",
    re.IGNORECASE,
)
_STRING = re.compile(r"""[^\s"'“”‘’`(),]{6,}""")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question on one rung."""

    rung: str
    ref: str
    is_there: bool
    outcome: Outcome
    """Of a string that is not there, `denied` is what is right."""
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = None
    seconds: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        return self.rung, self.ref

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Asked:
        """Raises `TypeError` for what is none."""
        return cls(**row)


@dataclass(frozen=True, kw_only=True)
class Abstention:
    """All questions on a rung, by what came of them."""

    rung: str
    there: Mapping[Outcome, int]
    absent: Mapping[Outcome, int]

    @property
    def made_up(self) -> float:
        """Share of all questions that were answered with a string which is not the one beside the number."""
        return (self.there["wrong"] + self.absent["wrong"]) / (sum(self.there.values()) + sum(self.absent.values()))

    @property
    def denied(self) -> float:
        """Share of the strings on the page that the model says are not."""
        return self.there["denied"] / sum(self.there.values())

    def to_json(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "made_up": self.made_up, "denied": self.denied}


def questions(specimens: Specimens) -> list[tuple[str, str | None]]:
    """(number, its string): the first half is on the page, the others have none."""
    random = Random(specimens.page.text)
    there = random.sample(list(specimens.refs.items()), min(EACH, len(specimens.refs)))
    absent = [str(number) for number in range(100, 1000) if str(number) not in specimens.refs]
    return [*there, *((ref, None) for ref in random.sample(absent, EACH))]


def judge(reply: str, value: str | None) -> Outcome:
    """`value` is the right answer; None where there is none on the page."""
    if value is not None and re.search(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", reply):
        return "right"
    if _DENIAL.search(reply):
        return "denied"
    words = reply.strip().strip("`'\"“”.").split()
    if any(any(char.isdigit() for char in each) for each in _STRING.findall(reply)) or len(words) == 1:
        return "wrong"
    return "unclear"


def abstention_of(rung: str, asked: Sequence[Asked]) -> Abstention:
    def count(rows: Sequence[Asked]) -> dict[Outcome, int]:
        outcomes: tuple[Outcome, ...] = ("right", "wrong", "denied", "unclear")
        return {outcome: sum(each.outcome == outcome for each in rows) for outcome in outcomes}

    return Abstention(
        rung=rung,
        there=count([each for each in asked if each.is_there]),
        absent=count([each for each in asked if not each.is_there]),
    )


class Questioner:
    """Asks one reader about the page of strings."""

    def __init__(
        self, reader: Reader, family: str, specimens: Specimens, price: Price | None, max_output_tokens: int
    ) -> None:
        self._reader, self._family, self._specimens, self._price = reader, family, specimens, price
        self._max_output_tokens = max_output_tokens

    def question(self, ref: str) -> str:
        """A reader without instructions would look for their words."""
        return QUESTION.format(ref=ref) + (INSTRUCTION if self._reader.takes_prompt else "")

    async def ask_all(self, rung: str, style: Style, asks: Sequence[tuple[str, str | None]]) -> list[Asked]:
        """Several at a time: (number, its string) each."""
        async with self._reader:
            return await asyncio.gather(*(self.ask(rung, style, ref, value) for ref, value in asks))

    async def ask(self, rung: str, style: Style, ref: str, value: str | None) -> Asked:
        """Raises `ReaderError` and its kinds; a refusal is an answer."""
        kit = Kit(reader=self._reader, family=self._family, styles={"tried": style})
        item = Item(
            id=ref,
            context=self._specimens.page.text,
            question=self.question(ref),
            answers=(value or "",),
            max_output_tokens=self._max_output_tokens,
        )
        sent = await ARMS["pages"](item, kit, "tried")
        try:
            reply = await self._reader.aask(sent.request)
        except ReaderError as error:
            if not is_the_models(error):
                raise
            return Asked(rung=rung, ref=ref, is_there=value is not None, outcome="unclear")
        usd = None
        if self._price is not None and reply.tokens_in is not None:
            usd = cost(
                self._price,
                reply.tokens_in,
                reply.tokens_out or 0,
                cached_in=reply.cached_in,
                written_in=reply.written_in,
            )
        return Asked(
            rung=rung,
            ref=ref,
            is_there=value is not None,
            outcome=judge(said(reply.text), value),
            tokens_in=reply.tokens_in or 0,
            tokens_out=reply.tokens_out or 0,
            usd=usd,
            seconds=reply.seconds,
        )
