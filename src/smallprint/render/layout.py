"""Text to pages: the place and the source span of every line; pure, no pixels.

In: chunks of text and the cells of a style. Out: `LaidPage` objects, one after another. Lengths are 16.16 pixels until the last moment, so
that every machine rounds alike. The kernel lays out whole windows of text; without it, `lines` and `PageBuilder` do the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from smallprint.render import kernel, shaping
from smallprint.render.blocks import blocks
from smallprint.render.geometry import ALIGNMENTS, Geometry, clamped, rounded
from smallprint.render.indents import begins_line
from smallprint.render.lines import RawLine, break_lines, too_narrow
from smallprint.render.report import ReportBuilder, Survey, survey
from smallprint.render.shaping import NEWLINES, ONE_PX, CellTable
from smallprint.render.source import START, Position
from smallprint.render.unicode.bidi import visual_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

START_AT, INK_END, END, LEFT, RIGHT, SLACK, TOP, BOTTOM, BASELINE = range(9)
"""Columns of `LaidPage.table`; offsets count from the page's first character."""
_MIRRORED = {"left": "right", "right": "left", "justify": "right"}
"""How lines of paragraphs that run from right to left are aligned."""
ROLES: tuple[Literal["border", "paragraph"], ...] = ("border", "paragraph")
_MANY_LINES = 1 << 11
"""Lines that the kernel lays out at a time: few enough that threads which draw need not wait for the first pages."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. Offsets are code points of the source.

    `start` to `ink_end` is drawn; `ink_end` to `end` are spaces that vanish and the newline. `left` and `right` are 16.16 px; the line owns
    the strip from `top_px` to `bottom_px`.
    """

    start: int
    ink_end: int
    end: int
    left: int
    right: int
    slack: int
    """16.16 px that justification spreads over the line's spaces."""
    top_px: int
    bottom_px: int
    baseline_px: int


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle under the text, in pixels, ends excluded."""

    x0: int
    y0: int
    x1: int
    y1: int
    role: Literal["border", "paragraph"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: all that layout needs to start there."""

    index: int = 0
    at: Position = START
    starts_paragraph: bool = True
    lead: Position = START
    """How far before `at` the paragraph begins, where its characters are drawn in context."""
    begins_line: bool = True
    """A line of the source begins at `begin`, or has begun with white space alone."""

    @property
    def begin(self) -> Position:
        """Where text has to be taken from to lay out this page."""
        return Position(self.at.chars - self.lead.chars, self.at.bytes - self.lead.bytes)


@dataclass(frozen=True, slots=True)
class LaidPage:
    """A page before pixels. `cells` has one number for each character of the page's span."""

    place: Place
    end: Position
    width_px: int
    height_px: int
    table: NDArray[np.int64]
    """(n, 9), a row for each line: see `START_AT` and the names beside it."""
    rects: tuple[Rect, ...]
    cells: NDArray[np.int32]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows of `table`, with offsets into the source."""
        at = self.place.at.chars
        return tuple(
            Line(at + start, at + ink_end, at + end, *rest) for start, ink_end, end, *rest in self.table.tolist()
        )


def lay_out(
    chunks: Iterator[str], cells: CellTable, geometry: Geometry, place: Place, report: ReportBuilder
) -> Iterator[LaidPage]:
    """Pages of the text that `chunks` give from `place.begin` on; `report` knows, when they have all been taken, what they hide.

    Raises `StyleError` when a single character is wider than a line.
    """
    lay = _lay_out_windows if kernel.module else _lay_out_lines
    return lay(NumberedText(chunks, cells, place), cells, geometry, place, report)


class NumberedText(Iterator["NDArray[np.int32]"]):
    """The cell numbers of a text from a place on, block by block, and where the paragraphs begin that have characters in context."""

    def __init__(self, chunks: Iterator[str], cells: CellTable, place: Place) -> None:
        self._blocks = blocks(chunks)
        self._cells = cells
        self._skip = place.lead.chars
        self._end = place.begin.chars
        self._begins_line = place.begins_line
        self._kept: deque[_Kept] = deque()
        """Blocks with such paragraphs that pages may still begin in."""

    def __next__(self) -> NDArray[np.int32]:
        block = next(self._blocks)
        begins_line = self._begins_line
        if self._cells.indents:
            block = self._with_indent(block)
        numbers, in_context = self._cells.numbers(block, begins_line=begins_line)
        if in_context is not None:
            self._kept.append(_Kept(self._end, block, in_context, begins_line))
        self._end += len(block)
        skip, self._skip = min(self._skip, len(block)), max(0, self._skip - len(block))
        return numbers[skip:]

    def _with_indent(self, block: str) -> str:
        """A block with more of them behind it, so that it does not end in white space that begins a line."""
        parts = [block]
        inside = block[-1] in " \t" and begins_line(block, at_start=self._begins_line)
        while inside and (more := next(self._blocks, None)) is not None:
            parts.append(more)
            inside = begins_line(more, at_start=True) and more[-1] in " \t"
        self._begins_line = parts[-1][-1] in NEWLINES
        return "".join(parts)

    def place(self, index: int, at: Position, last: int, *, starts_paragraph: bool) -> Place:
        """Where a page begins, behind a character with the cell `last`. Places come in order."""
        is_begun = bool(int(self._cells.flags[last]) & (shaping.NEWLINE | shaping.INDENT))
        while self._kept and self._kept[0].at + len(self._kept[0].block) <= at.chars:
            self._kept.popleft()
        if self._kept and self._kept[0].at <= at.chars:
            kept = self._kept[0]
            into = at.chars - kept.at
            nth = int(np.searchsorted(kept.spans[:, 0], into, side="right")) - 1
            if nth >= 0 and into < int(kept.spans[nth, 1]):
                start = int(kept.spans[nth, 0])
                n_bytes = len(kept.block[start:into].encode("utf-8", "surrogatepass"))
                is_begun = kept.block[start - 1] in NEWLINES if start else kept.begins_line
                return Place(index, at, starts_paragraph, Position(into - start, n_bytes), is_begun)
        return Place(index, at, starts_paragraph, START, is_begun)


class _Kept(NamedTuple):
    """A block of text with paragraphs that are drawn in context."""

    at: int
    block: str
    spans: NDArray[np.int64]
    """Where in it such paragraphs begin and end, (n, 2)."""
    begins_line: bool


def _lay_out_windows(
    text: NumberedText, cells: CellTable, geometry: Geometry, place: Place, report: ReportBuilder
) -> Iterator[LaidPage]:
    """By the kernel: whole pages of a window of text; what is left begins the next window."""
    numbers = np.zeros(0, np.int32)
    constants = geometry.array()
    capacity = _MANY_LINES
    more = True
    while more or len(numbers):
        fresh: list[NDArray[np.int32]] = []
        n_fresh = 0
        # Reading at least as much as is pending keeps a page of any length linear.
        while more and n_fresh <= len(numbers):
            block = next(text, None)
            more = block is not None
            if block is not None:
                fresh.append(block)
                n_fresh += len(block)
        numbers = np.concatenate([numbers, *fresh]) if len(numbers) or len(fresh) > 1 else (fresh or [numbers])[0]
        full = True
        while full and len(numbers):
            lines = np.empty((capacity, 9), np.int64)
            found = kernel.lay_out(numbers, not more, place.starts_paragraph, cells, constants, lines, report.seen())
            if found.too_narrow_at >= 0:
                raise too_narrow(cells, int(numbers[found.too_narrow_at]))
            n_ink, *pairs = found.hidden
            report.add(Survey(n_ink, *(np.frombuffer(rows, np.int64).reshape(-1, 2) for rows in pairs)), place.at.chars)
            at = first = 0
            for n_lines, n_cells, n_bytes, width_px, height_px, next_first, *rects in found.pages:
                begin = place.at
                end = Position(begin.chars + n_cells, begin.bytes + n_bytes)
                yield LaidPage(
                    place,
                    end,
                    width_px,
                    height_px,
                    # Copies, so that a page that is kept does not keep all of the window.
                    lines[first : first + n_lines].copy(),
                    _rects(rects[0]) if rects[0] else (),
                    numbers[at : at + n_cells].copy(),
                )
                at, first = at + n_cells, first + n_lines
                place = text.place(place.index + 1, end, int(numbers[at - 1]), starts_paragraph=bool(next_first))
            numbers = numbers[at:]
            full = found.is_full
            if full and not found.pages:
                capacity *= 2


def _lay_out_lines(
    text: NumberedText, cells: CellTable, geometry: Geometry, place: Place, report: ReportBuilder
) -> Iterator[LaidPage]:
    """The reference: line by line."""

    def finished(page: PageBuilder, *, is_last: bool) -> LaidPage:
        laid = page.finish(is_last=is_last)
        report.add(survey(laid.cells, laid.table, cells, report.seen()), laid.place.at.chars)
        return laid

    page = PageBuilder(cells, geometry, place)
    for line in break_lines(text, cells, geometry, starts_paragraph=place.starts_paragraph):
        if not page.has_room(line):
            laid = finished(page, is_last=False)
            yield laid
            last = int(laid.cells[-1])
            begin = text.place(laid.place.index + 1, laid.end, last, starts_paragraph=line.first)
            page = PageBuilder(cells, geometry, begin)
        page.add(line)
    if page.rows:
        yield finished(page, is_last=True)


def pens(page: LaidPage, cells: CellTable) -> NDArray[np.int64]:
    """The pen's x for each character of the page, 16.16 px; characters that vanish stand at the end of their line."""
    return edges(page, cells)[0]


def edges(page: LaidPage, cells: CellTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each character of the page begins and ends along its line, from left to right, 16.16 px."""
    if kernel.module:
        return kernel.edges(page, cells)
    advance = cells.advance[page.cells]
    x = np.cumsum(advance) - advance
    flags = cells.flags[page.cells]
    table = page.table
    starts = table[:, START_AT]
    # A line without characters does not exist: the last one of a text ends with its newline.
    x += np.repeat(table[:, LEFT] - x[starts], table[:, END] - starts)
    after = np.empty_like(x)
    has_tabs = bool((flags & shaping.TAB).any())
    has_levels = bool((flags & shaping.LEVEL).any())
    for start, ink_end, end, left, right, slack, *_ in table.tolist():
        if has_tabs:
            for at in np.flatnonzero(flags[start:ink_end] & shaping.TAB).tolist():
                x[start + at + 1 : end] += cells.tab - (int(x[start + at]) - left) % cells.tab
        if slack:
            spaces = (flags[start:ink_end] & shaping.HANGS) != 0
            rank = np.cumsum(spaces) - spaces
            x[start:ink_end] += slack * rank // int(spaces.sum())
        x[ink_end:end] = after[ink_end:end] = right
        if ink_end == start:
            continue
        after[start : ink_end - 1], after[ink_end - 1] = x[start + 1 : ink_end], right
        levels = (flags[start:ink_end] & shaping.LEVEL) >> shaping.LEVEL_SHIFT
        if has_levels and levels.any():
            order = start + visual_order(levels.astype(np.uint8))
            widths = (after - x)[order]
            x[order] = left + np.cumsum(widths) - widths
            after[order] = x[order] + widths
    return x, after


class PageBuilder:
    """Takes lines until the page is full."""

    def __init__(self, cells: CellTable, geometry: Geometry, place: Place) -> None:
        self.rows: list[tuple[int, ...]] = []
        self._cells = cells
        self._geometry = geometry
        self._place = place
        self._numbers: list[NDArray[np.int32]] = []
        self._rects: list[Rect] = []
        self._n_chars = 0
        self._y = geometry.top
        self._column = 0
        self._paragraph_top = -1
        self._right = 0

    def has_room(self, line: RawLine) -> bool:
        """Whether the line fits, in the next column at the latest; moves there."""
        geometry = self._geometry
        if self._y + self._before(line) + geometry.pitch <= geometry.bottom:
            return True
        if self._column + 1 < len(geometry.columns):
            self._close_paragraph()
            self._column += 1
            self._y = geometry.top
            return True
        return False

    def add(self, raw: RawLine) -> None:
        geometry = self._geometry
        self._y += self._before(raw)
        if self._paragraph_top < 0:
            self._paragraph_top = self._y
        column = geometry.columns[self._column]
        free = (geometry.first_room if raw.first else geometry.other_room) - raw.width
        left = column.first if raw.first else column.other
        slack = 0
        alignment = ALIGNMENTS[geometry.alignment]
        if int(self._cells.flags[raw.cells[0]]) & shaping.RTL:
            left = min(column.first, column.other)
            alignment = (
                _MIRRORED.get(alignment, alignment) if not (alignment == "justify" and raw.wrapped) else alignment
            )
        match alignment:
            case "right":
                left += free
            case "center":
                left += free // 2
            case "justify" if raw.wrapped:
                slack = self._slack(raw, free)
            case _:
                pass
        start, self._n_chars = self._n_chars, self._n_chars + len(raw.cells)
        right = left + raw.width + slack
        self.rows.append(
            (
                start,
                start + raw.n_ink,
                self._n_chars,
                left,
                right,
                slack,
                rounded(self._y),
                rounded(self._y + geometry.pitch),
                rounded(self._y + geometry.to_baseline),
            )
        )
        self._numbers.append(raw.cells)
        self._y += geometry.pitch
        if raw.n_ink:
            self._right = max(self._right, right)
        if raw.last and geometry.breaks:
            self._close_paragraph()
            self._y += geometry.after

    def finish(self, *, is_last: bool) -> LaidPage:
        geometry = self._geometry
        self._close_paragraph()
        numbers = np.concatenate(self._numbers)
        n_bytes = int(self._cells.n_bytes[numbers].sum(dtype=np.int64))
        width_px, height_px = geometry.width_px, geometry.height_px
        if geometry.crop_width and self._right:
            edge = max([-(-self._right // ONE_PX), *(rect.x1 for rect in self._rects)])
            width_px = min(width_px, geometry.on_grid(edge + geometry.edge_x_px))
        if geometry.crop_last_page and is_last and self._column == 0:
            edge = max([self.rows[-1][BOTTOM], *(rect.y1 for rect in self._rects)])
            height_px = min(height_px, geometry.on_grid(edge + geometry.edge_y_px))
        begin = self._place.at
        return LaidPage(
            self._place,
            Position(begin.chars + self._n_chars, begin.bytes + n_bytes),
            max(1, width_px),
            max(1, height_px),
            np.array(self.rows, np.int64),
            tuple(self._rects),
            numbers,
        )

    def _before(self, line: RawLine) -> int:
        return 0 if self._y == self._geometry.top or not line.first else self._geometry.before

    def _slack(self, raw: RawLine, free: int) -> int:
        flags = self._cells.flags[raw.cells[: raw.n_ink]]
        if (flags & shaping.TAB).any() or not (flags & shaping.HANGS).any():
            return 0
        return free

    def _close_paragraph(self) -> None:
        top, self._paragraph_top = self._paragraph_top, -1
        geometry = self._geometry
        if top < 0 or not geometry.fills:
            return
        column = geometry.columns[self._column]
        y0, y1 = rounded(top - geometry.pad), rounded(self._y + geometry.pad)

        def rect(x0: int, y0: int, x1: int, y1: int, role: Literal["border", "paragraph"]) -> None:
            height_px = geometry.height_px
            self._rects.append(Rect(x0, clamped(y0, height_px), x1, clamped(y1, height_px), role))

        if geometry.frames:
            rect(column.frame_x0, y0 - geometry.frame_px, column.frame_x1, y1 + geometry.frame_px, "border")
        rect(column.fill_x0, y0, column.fill_x1, y1, "paragraph")


def _rects(flat: list[int]) -> tuple[Rect, ...]:
    """Rectangles from the kernel's numbers, five each."""
    fives = (flat[at : at + 5] for at in range(0, len(flat), 5))
    return tuple(Rect(x0, y0, x1, y1, ROLES[role]) for x0, y0, x1, y1, role in fives)
