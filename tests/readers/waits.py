"""A clock that nobody waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from smallprint.readers import Clock, Retry


@dataclass
class Waits:
    """The waits that were asked for."""

    seconds: list[float] = field(default_factory=list)
    now_s: float = 1_800_000_000.0

    def retry(self, **fields: Any) -> Retry:
        """The policy, on this clock."""

        async def asleep(delay_s: float) -> None:
            self.seconds.append(delay_s)

        return Retry(clock=Clock(sleep=self.seconds.append, asleep=asleep, now_s=lambda: self.now_s), **fields)
