"""Text to lines: where each one starts, what of it is drawn, and how wide that is.

In: cell numbers, in pieces, and the cells of a style. Out: `RawLine` objects, one after another, in memory that does not grow with the
text. A line is filled greedily. It breaks at white space, which then vanishes, around ideographs and after marks; a word longer than a
line is cut where the line is full. Knows nothing of pages.

The work per character is done in NumPy over a window of text; the Python loop runs once a line.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smallprint.errors import StyleError
from smallprint.render import shaping
from smallprint.render.geometry import Geometry
from smallprint.render.shaping import CellTable

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line before it has a place. `cells` is one number a character; the first `n_ink` are drawn, the rest vanish."""

    cells: NDArray[np.int32]
    n_ink: int
    width: int
    """16.16 px, up to the last drawn character."""
    first: bool
    """Begins a paragraph."""
    last: bool
    """Ends a paragraph."""
    wrapped: bool
    """Ends for want of room: neither a newline nor the end of the text ends it."""


def break_lines(
    text: Iterator[NDArray[np.int32]], cells: CellTable, geometry: Geometry, *, starts_paragraph: bool
) -> Iterator[RawLine]:
    """Lines that tile a text, which comes as cell numbers.

    Raises `StyleError` when a single character is wider than a line.
    """
    pending = np.zeros(0, np.int32)
    first = starts_paragraph
    more = True
    while more:
        fresh: list[NDArray[np.int32]] = []
        n_fresh = 0
        # Reading at least as much as is pending keeps a line of any length linear.
        while n_fresh <= len(pending):
            block = next(text, None)
            if block is None:
                more = False
                break
            fresh.append(block)
            n_fresh += len(block)
        window = _Window(np.concatenate([pending, *fresh]), cells, is_last=not more)
        at = 0
        while at < len(window.cells):
            line = window.line(at, geometry.first_room if first else geometry.other_room, first)
            if line is None:
                break
            yield line
            first = line.last
            at += len(line.cells)
        pending = window.cells[at:]


class _Window:
    """A stretch of text with what the breaking of lines asks of it, in arrays."""

    def __init__(self, numbers: NDArray[np.int32], cells: CellTable, *, is_last: bool) -> None:
        n = len(numbers)
        self.cells = numbers
        self.table = cells
        self.is_last = is_last
        flags = cells.flags[numbers]
        x = np.zeros(n + 1, np.int64)
        np.cumsum(cells.advance[numbers], out=x[1:])
        hangs = (flags & shaping.HANGS) != 0
        places = np.arange(n + 1, dtype=np.int64)

        may_break = np.zeros(n + 1, np.bool_)
        may_break[:-1] = hangs
        ideograph = (flags & shaping.IDEOGRAPH) != 0
        pair = np.zeros(n + 1, np.bool_)
        pair[1:-1] = ideograph[1:] | ideograph[:-1]
        pair[:-1] &= (flags & shaping.CLOSES) == 0
        pair[1:] &= (flags & shaping.OPENS) == 0
        pair[1:] |= (flags & shaping.BREAK_AFTER) != 0
        pair[:-1] &= (flags & shaping.NO_START) == 0
        pair[1:] &= (flags & shaping.NO_END) == 0
        may_break |= pair

        past_hang = np.append(np.where(hangs, n, places[:-1]), n)
        # Scalars come out of a memoryview twice as fast as out of an array.
        self.x = x.data
        self.last_break = np.maximum.accumulate(np.where(may_break, places, -1)).data
        self.past_hang = np.minimum.accumulate(past_hang[::-1])[::-1].copy().data
        self.hangs = hangs.data
        self.newlines: list[int] = []
        if not cells.lettering.mark:
            self.newlines = np.flatnonzero(flags & shaping.NEWLINE).tolist()
        self.tabs: list[int] = np.flatnonzero(flags & shaping.TAB).tolist()
        self._next_newline = 0
        self._next_tab = 0

    def line(self, start: int, room: int, first: bool) -> RawLine | None:
        """The line that begins at `start`; None when the window may end too soon to tell."""
        n = len(self.cells)
        full = self._reach(start, room)
        newline = self._newline_from(start)
        if newline <= full and newline < n:
            return self._make(start, newline, newline + 1, first, last=True, wrapped=False)
        if full >= n:
            return self._make(start, n, n, first, last=False, wrapped=False) if self.is_last else None
        at = self.last_break[full]
        if at <= start:
            if full == start:
                raise too_narrow(self.table, int(self.cells[start]))
            return self._make(start, full, full, first, last=False, wrapped=True)
        end = self.past_hang[at]
        if end == n and not self.is_last:
            return None
        if end < n and newline == end and end > at:
            return self._make(start, at, end + 1, first, last=True, wrapped=False)
        return self._make(start, at, end, first, last=False, wrapped=end < n or not self.is_last)

    def _reach(self, start: int, room: int) -> int:
        """The first place that does not fit into `room` from `start` on."""
        x, n = self.x, len(self.cells)
        full = bisect_right(x, x[start] + room, start, n + 1) - 1
        tab = self._tab_from(start)
        if tab > full:
            return full
        extra = 0
        for at in self._tabs_from(start):
            if at > full:
                break
            extra += self._tab_width(x[at] - x[start] + extra)
            if x[at] - x[start] + extra > room:
                return at
            full = bisect_right(x, x[start] + room - extra, at, n + 1) - 1
        return full

    def _tab_width(self, pen: int) -> int:
        return self.table.tab - pen % self.table.tab

    def _make(self, start: int, ink_end: int, end: int, first: bool, *, last: bool, wrapped: bool) -> RawLine:
        while ink_end > start and self.hangs[ink_end - 1]:
            ink_end -= 1
        width = self.x[ink_end] - self.x[start]
        if self._tab_from(start) < ink_end:
            for at in self._tabs_from(start):
                if at >= ink_end:
                    break
                before = width - (self.x[ink_end] - self.x[at])
                width += self._tab_width(before)
        return RawLine(self.cells[start:end], ink_end - start, width, first, last, wrapped)

    def _newline_from(self, start: int) -> int:
        self._next_newline = bisect_left(self.newlines, start, self._next_newline)
        return self.newlines[self._next_newline] if self._next_newline < len(self.newlines) else len(self.cells)

    def _tab_from(self, start: int) -> int:
        self._next_tab = bisect_left(self.tabs, start, self._next_tab)
        return self.tabs[self._next_tab] if self._next_tab < len(self.tabs) else len(self.cells)

    def _tabs_from(self, start: int) -> Iterator[int]:
        self._tab_from(start)
        # Not a slice: copying the rest of the list for each line would take quadratic time.
        return (self.tabs[number] for number in range(self._next_tab, len(self.tabs)))


def too_narrow(cells: CellTable, number: int) -> StyleError:
    """The error for a cell that is wider than a line."""
    return StyleError(
        f"page-size: a line is too narrow for a single character (U+{int(cells.code_point[number]):04X}, "
        f"{cells.advance[number] / shaping.ONE_PX:.1f} px wide)"
    )
