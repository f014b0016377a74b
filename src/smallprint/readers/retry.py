"""When to ask again, and how long to wait first.

In: the number of the attempt and the error it ended with. Out: seconds to wait, or None for "give up". Knows no API and no network; the
clock is a value, so that tests wait for nothing. Every reader goes through this one policy; the SDKs' own retries are switched off.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from smallprint.errors import Unavailable


class NoAccess(Unavailable):
    """No key, a key that is not accepted, or an account without credit: asking again does not help."""


async def _asleep(delay_s: float) -> None:
    import asyncio

    await asyncio.sleep(delay_s)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The seam to time."""

    sleep: Callable[[float], None] = time.sleep
    asleep: Callable[[float], Awaitable[None]] = _asleep
    now_s: Callable[[], float] = time.time
    """Seconds since 1970, for a Retry-After that is a date."""
    elapsed_s: Callable[[], float] = time.perf_counter


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Exponential waits, or what the server asks for.

    Only `Unavailable` is tried again, only while no text has been handed out, and never `NoAccess`.
    """

    attempts: int = 4
    """Requests in all; 1 means no second try."""
    base_s: float = 1.0
    """The first wait; it doubles each time."""
    cap_s: float = 30.0
    """The longest wait of our own choice."""
    longest_asked_s: float = 120.0
    """A server that asks for a longer wait ends the attempts: the caller is told how long."""
    jitter: Callable[[], float] | None = None
    """Returns 0..1: the share of the wait that is added to it. `random.random` spreads many readers out."""
    clock: Clock = field(default_factory=Clock)

    def wait_s(self, attempt: int, error: Unavailable) -> float | None:
        """Seconds to wait after `attempt` (from 1) ended with `error`; None when it was the last."""
        if attempt >= self.attempts or isinstance(error, NoAccess):
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self.longest_asked_s else None
        wait_s = min(self.cap_s, self.base_s * 2 ** (attempt - 1))
        return wait_s * (1 + self.jitter()) if self.jitter else wait_s


def asked_wait_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """What the server asks for, in seconds: `retry-after-ms`, or `retry-after` as seconds or as an HTTP date; None if nothing is asked.

    `headers` has lower-case keys. RFC 9110, section 10.2.3.
    """
    for key, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(key, "").strip()
        if not value:
            continue
        try:
            seconds = float(value) * unit_s
        except ValueError:
            pass
        else:
            if not math.isfinite(seconds):
                continue
            return max(0.0, seconds)
        # Imported here: it takes as long as all of this package.
        from email.utils import parsedate_to_datetime

        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - now_s)
        except ValueError:
            continue
    return None
