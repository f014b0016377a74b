"""Dollars of a run, and its cap.

In: a price, requests, replies. Out: what was spent. A request sets aside the most that it may cost while it is under way, so that many
at a time stay under the cap together.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smallprint.errors import ReaderError
from smallprint.readers.prompt import text_of
from smallprint.tokens.prices import cost
from smallprint.tokens.vision import vision_tokens

if TYPE_CHECKING:
    from smallprint.evals.sample import Sample
    from smallprint.readers.base import Reply, Request
    from smallprint.tokens.prices import Price


class OverBudget(ReaderError):
    """What is left of the dollars does not pay for the request."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """What was set aside for a request: `usd` is the most that it may cost, None where the price is not known."""

    usd: float | None


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
    def reserved_for(self, request: Request) -> Generator[Reserved, None, None]:
        """Sets aside what the request may cost. Raises `OverBudget` where that is more than is left."""
        reckoned = self.most_usd(request)
        most = (reckoned or 0.0) * self._dearer
        if self._cap_usd is not None and self.spent_usd + self._reserved_usd + most > self._cap_usd:
            self.stopped = f"${self.spent_usd:.4f} are spent, and the next request may cost ${most:.4f}: over the cap of ${self._cap_usd:g}"
            raise OverBudget(self.stopped)
        self._reserved_usd += most
        try:
            yield Reserved(reckoned)
        finally:
            self._reserved_usd -= most

    def resume(self, samples: Iterable[Sample]) -> None:
        """Takes over what an earlier run into the same folder has paid, and what it learnt of the provider's counts."""
        for sample in samples:
            if not sample.raw.get("from_cache"):
                self.book(sample.usd, Reserved(sample.reckoned_usd))

    def cost(self, reply: Reply) -> float | None:
        """Dollars of a reply by the counts that the provider reported; None where these or the price are not known."""
        if self._price is None or reply.tokens_in is None:
            return None
        return cost(
            self._price, reply.tokens_in, reply.tokens_out or 0, cached_in=reply.cached_in, written_in=reply.written_in
        )

    def book(self, usd: float | None, reserved: Reserved) -> float | None:
        """Counts what was paid for a request; returns it."""
        self.spent_usd += usd or 0.0
        if usd and reserved.usd:
            self._dearer = max(self._dearer, usd / reserved.usd)
        return usd

    def most_usd(self, request: Request) -> float | None:
        """What a request may cost, with all the output that it allows; None where the price is not known."""
        if self._price is None:
            return None
        images = sum(vision_tokens(self._family, image.width_px, image.height_px) for image in request.images)
        return cost(self._price, self._count(text_of(request)) + images, request.max_output_tokens)
