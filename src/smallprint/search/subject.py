"""Who is calibrated: someone who reads pages back, and may be asked questions; and what that costs.

In: a name as users write it. Out: a `Subject`; the tokens and dollars of a reading before it is paid for. Knows no ladder and no scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smallprint.errors import DataError, ReaderError
from smallprint.readers.base import ImagePart, Request
from smallprint.readers.marks import mark_note
from smallprint.readers.prepare import price_for
from smallprint.readers.prompt import text_of
from smallprint.render import render
from smallprint.search import transcribers
from smallprint.search.abstention import MAX_OUTPUT_TOKENS
from smallprint.search.ladder import text_tokens
from smallprint.search.transcribers import (
    EXTRA_TOKENS,
    OUTPUT_TOKENS_A_CHAR,
    QUESTION,
    Model,
    Transcriber,
    without_secrets,
)
from smallprint.tokens.families import family as family_row
from smallprint.tokens.prices import FREE, Price, cost
from smallprint.tokens.vision import vision_tokens

if TYPE_CHECKING:
    from smallprint.readers.base import Reader
    from smallprint.render import Style
    from smallprint.search.specimens import Specimens

TESSERACT, EMBEDDED = "tesseract", "embedded"


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    """What requests will take, as far as that is known before."""

    tokens_in: int = 0
    tokens_out: int = 0
    """If what is answered is as long as the text."""
    most_out: int = 0
    """What the requests allow."""
    usd: float | None = 0.0
    most_usd: float | None = 0.0
    """None where no price is known."""

    def __add__(self, other: Reckoned) -> Reckoned:
        def total(one: float | None, more: float | None) -> float | None:
            return None if one is None or more is None else one + more

        return Reckoned(
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            most_out=self.most_out + other.most_out,
            usd=total(self.usd, other.usd),
            most_usd=total(self.most_usd, other.most_usd),
        )


class Subject:
    """A transcriber, and the reader that questions go to."""

    def __init__(
        self,
        name: str,
        transcriber: Transcriber,
        *,
        reader: Reader | None = None,
        price: Price | None = None,
        base_url: str | None = None,
        max_output_tokens: int | None = None,
    ) -> None:
        """`name` is the registry's; without a `reader` nothing can be asked."""
        self.name, self.family, self.transcriber = name, transcriber.family, transcriber
        self.reader, self.price = reader, price
        self.base_url = None if base_url is None else without_secrets(base_url)
        self.max_output_tokens = max_output_tokens

    @property
    def ask_tokens(self) -> int:
        """Room for the answer to a question."""
        return self.max_output_tokens or MAX_OUTPUT_TOKENS

    def to_json(self) -> dict[str, Any]:
        """What tells it from another one."""
        return {
            "reader": self.name,
            "base_url": self.base_url,
            "family": self.family,
            "max_output_tokens": self.max_output_tokens,
        }

    def reckoned(self, text: str, style: Style) -> Reckoned:
        """Of reading a text back."""
        most = self.max_output_tokens or EXTRA_TOKENS + int(OUTPUT_TOKENS_A_CHAR * len(text))
        return self._reckoned(text, style, QUESTION, text_tokens(text, self.family), most)

    def reckoned_question(self, specimens: Specimens, style: Style, question: str) -> Reckoned:
        """Of a question about the page of strings, one of which is the answer."""
        text = specimens.page.text
        return self._reckoned(
            text, style, question, text_tokens(text, self.family) // len(specimens.refs), self.ask_tokens
        )

    def _reckoned(self, text: str, style: Style, question: str, tokens_out: int, most_out: int) -> Reckoned:
        if not isinstance(self.transcriber, Model):
            return Reckoned()
        row = family_row(self.family)
        images = [
            ImagePart(png=b"", width_px=width, height_px=height, pages=(index,))
            for index, (width, height) in enumerate(render(text, style).sizes())
        ]
        prompt = Request(question=question, verbatim=True, notes=mark_note(style), parts=tuple(images))
        tokens_in = text_tokens(text_of(prompt), self.family) + sum(
            vision_tokens(self.family, image.width_px, image.height_px) + row.overhead for image in images
        )
        tokens_out = min(tokens_out, most_out)
        return Reckoned(
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            most_out=most_out,
            usd=None if self.price is None else cost(self.price, tokens_in, tokens_out),
            most_usd=None if self.price is None else cost(self.price, tokens_in, most_out),
        )


class Purse:
    """What was spent, and whether there is enough for more."""

    def __init__(self, cap_usd: float | None) -> None:
        self._cap_usd = cap_usd
        self._dearer = 1.0
        """How many times what was reckoned a request has cost at the worst."""
        self.spent_usd = 0.0

    def why_not(self, requests: Sequence[Reckoned]) -> str:
        """Why these are not paid for; empty where they are."""
        most = self._dearer * sum(each.most_usd or 0.0 for each in requests)
        if self._cap_usd is None or self.spent_usd + most <= self._cap_usd:
            return ""
        return f"${self.spent_usd:.4f} are spent, and what comes next may cost ${most:.4f}: over the cap of ${self._cap_usd:g}"

    def book(self, usd: float | None, reckoned: Reckoned) -> None:
        """Where nobody says what a request cost, it cost what it may have."""
        most = reckoned.most_usd or 0.0
        self.spent_usd += most if usd is None else usd
        if usd and most:
            self._dearer = max(self._dearer, usd / most)


def subject_of(
    name: str,
    *,
    family: str | None = None,
    base_url: str | None = None,
    prices: str | None = None,
    max_output_tokens: int | None = None,
    check: bool = True,
) -> Subject:
    """`embedded`, `tesseract`, or a reader as the registry names it. Without `check` a key may be missing: nothing can be read then.

    Raises `ReaderError` and `TokenError` as those do, `DataError` for an option that is not for it.
    """
    from smallprint.readers import reader

    if max_output_tokens is not None and max_output_tokens < 1:
        raise DataError(f"max_output_tokens: {max_output_tokens} is not allowed; give at least 1")
    if name == TESSERACT:
        if base_url is not None:
            raise DataError("tesseract: base_url is not for it; it is a program on this machine")
        made = transcribers.Tesseract(family_row(family).name) if family else transcribers.Tesseract()
        return Subject(name, made, price=FREE)
    asked = reader(name, base_url=base_url, family=family)
    if check:
        asked.check()
    if asked.provider == EMBEDDED:
        if asked.family is None:
            raise ReaderError("--family: give the family whose tokens count")
        return Subject(name, transcribers.Embedded(asked.family), reader=asked, price=FREE)
    model = Model(asked, prices=prices, max_output_tokens=max_output_tokens)
    return Subject(
        name,
        model,
        reader=asked,
        price=price_for(asked, model.family, prices),
        base_url=base_url,
        max_output_tokens=max_output_tokens,
    )


def check_cap(subject: Subject, max_usd: float | None) -> None:
    """Raises `DataError` for a cap that is none, or that cannot be kept."""
    if max_usd is None:
        return
    if not (max_usd > 0 and math.isfinite(max_usd)):
        raise DataError(f"max_usd: {max_usd:g} is not allowed; give dollars above 0")
    if subject.price is None:
        raise DataError(
            f"max_usd: the price of {subject.name} is not known; give it with --prices, or leave the cap out"
        )
