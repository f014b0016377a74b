"""Lines to pages, with the place and the source span of every line; pure, no pixels.

In: chunks of text and the cells of a style. Out: `LaidPage` objects, one after another. Lengths are 16.16 pixels until the last moment, so
that every machine rounds alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from smallprint.render import shaping
from smallprint.render.lines import Measure, RawLine, break_lines
from smallprint.render.shaping import ONE_PX, CellTable
from smallprint.render.source import START, Position

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page begins: all that layout needs to start there."""

    index: int = 0
    at: Position = START
    starts_paragraph: bool = True


@dataclass(frozen=True, kw_only=True)
class LaidPage:
    """A page before pixels. `cells` has one number for each character of the page's span."""

    place: Place
    end: Position
    width_px: int
    height_px: int
    lines: tuple[Line, ...]
    rects: tuple[Rect, ...]
    cells: NDArray[np.int32]


def lay_out(chunks: Iterator[str], cells: CellTable, place: Place) -> Iterator[LaidPage]:
    """Pages of the text that `chunks` give from `place` on.

    Raises `StyleError` when a single character is wider than a line.
    """
    style = cells.style
    indent = _fixed(style.first_line_indent * style.scale_x)
    other = _fixed(style.column_pitch_px - (style.column_gap + style.left_indent + style.right_indent) * style.scale_x)
    measure = Measure(first=other - indent, other=other)
    page = _PageBuilder(cells, measure, place)
    for line in break_lines(chunks, cells, measure, starts_paragraph=place.starts_paragraph):
        if not page.has_room(line):
            laid = page.finish(is_last=False)
            yield laid
            page = _PageBuilder(
                cells,
                measure,
                Place(index=laid.place.index + 1, at=laid.end, starts_paragraph=line.first),
            )
        page.add(line)
    if page.lines:
        yield page.finish(is_last=True)


def pens(page: LaidPage, cells: CellTable) -> NDArray[np.int64]:
    """The pen's x for each character of the page, 16.16 px; characters that vanish stand at the end of their line."""
    advance = cells.advance[page.cells]
    x = np.cumsum(advance) - advance
    flags = cells.flags[page.cells]
    offset = page.place.at.chars
    starts = np.array([line.start for line in page.lines]) - offset
    lengths = np.array([line.end - line.start for line in page.lines])
    lefts = np.array([line.left for line in page.lines])
    # A line without characters does not exist: the last one of a text ends with its newline.
    x += np.repeat(lefts - x[starts], lengths)
    has_tabs = bool((flags & shaping.TAB).any())
    for line in page.lines:
        start, ink_end, end = line.start - offset, line.ink_end - offset, line.end - offset
        if has_tabs:
            for at in np.flatnonzero(flags[start:ink_end] & shaping.TAB).tolist():
                x[start + at + 1 : end] += cells.tab - (int(x[start + at]) - line.left) % cells.tab
        if line.slack:
            spaces = (flags[start:ink_end] & shaping.HANGS) != 0
            rank = np.cumsum(spaces) - spaces
            x[start:ink_end] += line.slack * rank // int(spaces.sum())
        x[ink_end:end] = line.right
    return x


class _PageBuilder:
    """Takes lines until the page is full."""

    def __init__(self, cells: CellTable, measure: Measure, place: Place) -> None:
        style = cells.style
        self.table = cells
        self.style = style
        self.place = place
        self.lines: list[Line] = []
        self._measure = measure
        self._numbers: list[NDArray[np.int32]] = []
        self._rects: list[Rect] = []
        self._chars = place.at.chars
        self._top = _fixed(style.margin_y * style.scale)
        # Half a sub-pixel of tolerance: 82 lines of 10 px fit into 820.
        self._bottom = self._top + _fixed(style.content_height_px) + 8
        self._pitch = _fixed(style.line_height_px)
        ascent, descent = cells.line_metrics()
        self._to_baseline = (self._pitch - ascent - descent) // 2 + ascent
        self._y = self._top
        self._column = 0
        self._paragraph_top: int | None = None
        self._right = 0
        self._ink_bottom_px = 0

    def has_room(self, line: RawLine) -> bool:
        """Whether the line fits, in the next column at the latest; moves there."""
        if self._y + self._before(line) + self._pitch <= self._bottom:
            return True
        if self._column + 1 < self.style.columns:
            self._close_paragraph()
            self._column += 1
            self._y = self._top
            return True
        return False

    def add(self, raw: RawLine) -> None:
        style = self.style
        self._y += self._before(raw)
        if self._paragraph_top is None:
            self._paragraph_top = self._y
        room = self._measure.first if raw.first else self._measure.other
        free = room - raw.width
        indent = style.left_indent + (style.first_line_indent if raw.first else 0)
        left = _fixed((style.margin_x + indent) * style.scale_x + self._column * style.column_pitch_px)
        slack = 0
        if style.alignment == "right":
            left += free
        elif style.alignment == "center":
            left += free // 2
        elif style.alignment == "justify" and raw.wrapped:
            slack = self._slack(raw, free)
        start = self._chars
        line = Line(
            start=start,
            ink_end=start + raw.n_ink,
            end=start + len(raw.cells),
            left=left,
            right=left + raw.width + slack,
            slack=slack,
            top_px=_round(self._y),
            bottom_px=_round(self._y + self._pitch),
            baseline_px=_round(self._y + self._to_baseline),
        )
        self.lines.append(line)
        self._numbers.append(raw.cells)
        self._chars = line.end
        self._y += self._pitch
        if raw.n_ink:
            self._right = max(self._right, line.right)
            self._ink_bottom_px = line.bottom_px
        if raw.last and style.newline == "break":
            self._close_paragraph()
            self._y += _fixed(style.space_after * style.scale)

    def finish(self, *, is_last: bool) -> LaidPage:
        style = self.style
        self._close_paragraph()
        numbers = np.concatenate(self._numbers)
        n_bytes = int(self.table.n_bytes[numbers].sum(dtype=np.int64))
        width_px, height_px = style.width_px, style.height_px
        if style.crop_width and self._right:
            edge = max([-(-self._right // ONE_PX), *(rect.x1 for rect in self._rects)])
            width_px = min(width_px, edge + round(style.margin_x * style.scale_x))
        if style.crop_last_page and is_last and self._column == 0:
            edge = max([self.lines[-1].bottom_px, *(rect.y1 for rect in self._rects)])
            height_px = min(height_px, edge + round(style.margin_y * style.scale))
        return LaidPage(
            place=self.place,
            end=Position(chars=self._chars, bytes=self.place.at.bytes + n_bytes),
            width_px=max(1, width_px),
            height_px=max(1, height_px),
            lines=tuple(self.lines),
            rects=tuple(self._rects),
            cells=numbers,
        )

    def _before(self, line: RawLine) -> int:
        if self._y == self._top or not line.first:
            return 0
        return _fixed(self.style.space_before * self.style.scale)

    def _slack(self, raw: RawLine, free: int) -> int:
        flags = self.table.flags[raw.cells[: raw.n_ink]]
        if (flags & shaping.TAB).any() or not (flags & shaping.HANGS).any():
            return 0
        return free

    def _close_paragraph(self) -> None:
        top, self._paragraph_top = self._paragraph_top, None
        style = self.style
        filled = style.paragraph_color.upper() != style.page_color.upper()
        framed = style.border_width > 0 and style.border_color.upper() != style.page_color.upper()
        if top is None or not (filled or framed):
            return
        pad = style.border_padding
        left = (style.margin_x + style.left_indent - pad) * style.scale_x + self._column * style.column_pitch_px
        right = left + self._measure.other / ONE_PX + 2 * pad * style.scale_x
        inner = (
            left,
            top / ONE_PX - pad * style.scale,
            right,
            self._y / ONE_PX + pad * style.scale,
        )
        if framed:
            across, down = style.border_width * style.scale_x, style.border_width * style.scale
            self._rects.append(self._rect(inner, across, down, "border"))
        self._rects.append(self._rect(inner, 0, 0, "paragraph"))

    def _rect(
        self, box: tuple[float, float, float, float], across: float, down: float, role: Literal["border", "paragraph"]
    ) -> Rect:
        x0, y0, x1, y1 = (_round(_fixed(edge)) for edge in box)
        # A border is at least a pixel wide, or it would vanish at low resolution.
        dx, dy = max(across and 1, round(across)), max(down and 1, round(down))
        width, height = self.style.width_px, self.style.height_px
        return Rect(
            min(max(0, int(x0 - dx)), width),
            min(max(0, int(y0 - dy)), height),
            min(max(0, int(x1 + dx)), width),
            min(max(0, int(y1 + dy)), height),
            role,
        )


def _fixed(pixels: float) -> int:
    return round(pixels * ONE_PX)


def _round(fixed: int) -> int:
    return (fixed + ONE_PX // 2) // ONE_PX
