"""How far long work has come: one line on standard error, and only on a terminal."""

from __future__ import annotations

import sys
import time

_EVERY_S = 0.1


class ProgressLine:
    """Call it with what is done and what there is in all; `close` wipes the line."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = sys.stderr.isatty()
        self._began = time.monotonic()
        self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        rate = done / max(self.seconds, 1e-9)
        left_s = (total - done) / rate if rate else 0
        self.show(f"{self._what} {done:,} of {total:,} ({done / total:.0%}), {left_s:.0f} s left", now=done >= total)

    @property
    def seconds(self) -> float:
        """Since the line was made."""
        return time.monotonic() - self._began

    def show(self, line: str, *, now: bool = False) -> None:
        """Show a line of one's own; one that comes too soon after another is left out, unless it is to be shown now."""
        at = time.monotonic()
        if not self._shown or (at - self._last < _EVERY_S and not now):
            return
        self._last = at
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()

    def close(self) -> None:
        # What was never written is not wiped either: an answer may stand on that line.
        if self._shown and self._last:
            self._last = 0.0
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
