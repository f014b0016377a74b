"""Dollars of a run, and its cap.

In: a price, requests, replies. Out: what was spent. A request sets aside the most that it may cost while it is under way, so that many
at a time stay under the cap together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smallprint.errors import ReaderError
from smallprint.readers.prompt import text_of
from smallprint.tokens.prices import cost
from smallprint.tokens.vision import vision_tokens

if TYPE_CHECKING:
    from smallprint.readers.base import Reply, Request
    from smallprint.tokens.prices import Price


class OverBudget(ReaderError):
    """What is left of the dollars does not pay for the request."""


class Budget:
    """What is spent and set aside. Without a price nothing is known, and without a cap everything is allowed."""

    def __init__(self, price: Price | None, *, cap_usd: float | None, family: str, count: Callable[[str], int]) -> None:
        self._price = price
        self._cap_usd = cap_usd
        self._family = family
        self._count = count
        self._reserved_usd = 0.0
        self._dearer = 1.0
        """How many times what was reckoned a request has cost at the worst."""
        self.spent_usd = 0.0
        self.stopped = ""
        """Why a request was turned away; empty while none was."""

    @contextmanager
    def reserved_for(self, request: Request) -> Iterator[Callable[[Reply], float | None]]:
        """Sets aside what the request may cost, and gives what books its reply: the dollars by the counts that the provider reported, None
        where these or the price are not known.

        Raises `OverBudget` where that is more than is left.
        """
        reckoned = self._most_usd(request)
        most = reckoned * self._dearer
        if self._cap_usd is not None and self.spent_usd + self._reserved_usd + most > self._cap_usd:
            self.stopped = f"${self.spent_usd:.4f} are spent, and the next request may cost ${most:.4f}: over the cap of ${self._cap_usd:g}"
            raise OverBudget(self.stopped)
        self._reserved_usd += most

        def book(reply: Reply) -> float | None:
            usd = self._usd(reply)
            self.spent_usd += usd or 0.0
            if usd and reckoned:
                self._dearer = max(self._dearer, usd / reckoned)
            return usd

        try:
            yield book
        finally:
            self._reserved_usd -= most

    def _usd(self, reply: Reply) -> float | None:
        if self._price is None or reply.tokens_in is None:
            return None
        return cost(
            self._price, reply.tokens_in, reply.tokens_out or 0, cached_in=reply.cached_in, written_in=reply.written_in
        )

    def _most_usd(self, request: Request) -> float:
        """What a request may cost, with all the output that it allows."""
        if self._price is None or self._cap_usd is None:
            return 0.0
        images = sum(vision_tokens(self._family, image.width_px, image.height_px) for image in request.images)
        return cost(self._price, self._count(text_of(request)) + images, request.max_output_tokens)
