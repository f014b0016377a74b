"""The lengths of a page that layout needs, as whole numbers.

In: a style and the metrics of its face. Out: a `Geometry` in 16.16 pixels (`ONE_PX` is one), rounded once, so that every machine and both
implementations of layout add up the same numbers. Knows nothing of text.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np

from smallprint.render.shaping import ONE_PX, CellTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.style import Style

ALIGNMENTS = ("left", "right", "center", "justify")


@dataclass(frozen=True, kw_only=True)
class Column:
    """Where lines begin in a column, 16.16 px, and where its frames stand, px."""

    first: int
    other: int
    fill_x0: int
    fill_x1: int
    frame_x0: int
    frame_x1: int


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Lengths are 16.16 px where the name does not end in `_px`."""

    first_room: int
    """Width of a paragraph's first line, and of the others."""
    other_room: int
    alignment: int
    """Index into `ALIGNMENTS`."""
    breaks: bool
    """A newline starts a line."""
    tab: int
    top: int
    bottom: int
    pitch: int
    to_baseline: int
    before: int
    after: int
    fills: bool
    """Paragraphs have a ground of their own."""
    frames: bool
    pad: int
    frame_px: int
    """Height of a frame's horizontal strokes."""
    width_px: int
    height_px: int
    crop_width: bool
    crop_last_page: bool
    edge_x_px: int
    edge_y_px: int
    crop_grid_px: int
    columns: tuple[Column, ...]

    def on_grid(self, side_px: int) -> int:
        """The side of a cropped page, as a multiple of `crop_grid_px`."""
        return -(-side_px // self.crop_grid_px) * self.crop_grid_px

    def array(self) -> NDArray[np.int64]:
        """In the order of the fields, the columns last; the order is the kernel's too (`kernel/kernel.h`)."""
        *scalars, columns = astuple(self)
        return np.array([*scalars, len(columns), *(number for column in columns for number in column)], np.int64)


def measure(style: Style, cells: CellTable) -> Geometry:
    """The geometry of a style's pages, set in its cells."""
    indent = fixed(style.first_line_indent * style.scale_x)
    room = fixed(style.column_pitch_px - (style.column_gap + style.left_indent + style.right_indent) * style.scale_x)
    top = fixed(style.margin_y * style.scale)
    pitch = fixed(style.line_height_px)
    ascent, descent = cells.line_metrics()
    fills = style.paragraph_color.upper() != style.page_color.upper()
    frames = style.border_width > 0 and style.border_color.upper() != style.page_color.upper()
    # A border is at least a pixel wide, or it would vanish at low resolution.
    frame_x, frame_y = (max(1, round(style.border_width * scale)) for scale in (style.scale_x, style.scale))

    def column(number: int) -> Column:
        left = style.margin_x + style.left_indent
        shift = number * style.column_pitch_px
        x0 = rounded(fixed((left - style.border_padding) * style.scale_x + shift))
        x1 = rounded(fixed((left + style.border_padding) * style.scale_x + shift) + room)
        return Column(
            first=fixed((left + style.first_line_indent) * style.scale_x + shift),
            other=fixed(left * style.scale_x + shift),
            fill_x0=clamped(x0, style.width_px),
            fill_x1=clamped(x1, style.width_px),
            frame_x0=clamped(x0 - frame_x, style.width_px),
            frame_x1=clamped(x1 + frame_x, style.width_px),
        )

    return Geometry(
        first_room=room - indent,
        other_room=room,
        alignment=ALIGNMENTS.index(style.alignment),
        breaks=style.newline == "break",
        tab=cells.tab,
        top=top,
        # Half a sub-pixel of tolerance: 82 lines of 10 px fit into 820.
        bottom=top + fixed(style.content_height_px) + 8,
        pitch=pitch,
        to_baseline=(pitch - ascent - descent) // 2 + ascent,
        before=fixed(style.space_before * style.scale),
        after=fixed(style.space_after * style.scale),
        fills=fills or frames,
        frames=frames,
        pad=fixed(style.border_padding * style.scale),
        frame_px=frame_y,
        width_px=style.width_px,
        height_px=style.height_px,
        crop_width=style.crop_width,
        crop_last_page=style.crop_last_page,
        edge_x_px=round(style.margin_x * style.scale_x),
        edge_y_px=round(style.margin_y * style.scale),
        crop_grid_px=style.crop_grid_px,
        columns=tuple(column(number) for number in range(style.columns)),
    )


def fixed(pixels: float) -> int:
    return round(pixels * ONE_PX)


def rounded(length: int) -> int:
    """16.16 px to the nearest pixel."""
    return (length + ONE_PX // 2) // ONE_PX


def clamped(x_px: int, limit_px: int) -> int:
    return min(max(0, x_px), limit_px)
