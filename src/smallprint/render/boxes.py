"""Where a span of the source stands on a page, as pixel rectangles.

In: a laid page, its atlas and a span. Out: one `Box` for each line that holds part of the span. A box covers the advance of its characters
and all of their ink, so that a letter that hangs over its advance stays inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smallprint.render import shaping
from smallprint.render.fonts import PHASES
from smallprint.render.layout import pens
from smallprint.render.shaping import ONE_PX

if TYPE_CHECKING:
    from smallprint.render.layout import LaidPage
    from smallprint.render.raster import Atlas


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels from (x0, y0) to (x1, y1), ends excluded, that show the source from `start` to `end`."""

    x0: int
    y0: int
    x1: int
    y1: int
    start: int
    end: int


def page_boxes(page: LaidPage, atlas: Atlas, start: int, end: int) -> list[Box]:
    """Boxes of the span's part on this page, in reading order. White space that vanished has no box."""
    table = atlas.table
    offset = page.place.at.chars
    x = pens(page, table)
    boxes: list[Box] = []
    for line in page.lines:
        first, last = max(start, line.start), min(end, line.ink_end)
        if first >= last:
            continue
        numbers = page.cells[first - offset : last - offset]
        pen = x[first - offset : last - offset]
        after = int(x[last - offset]) if last < line.ink_end else line.right
        left, right = int(pen[0]) // ONE_PX, -(-after // ONE_PX)
        top, bottom = line.top_px, line.bottom_px
        inked = (table.flags[numbers] & shaping.INK) != 0
        if inked.any():
            at = pen[inked] + ONE_PX // PHASES // 2
            keys = numbers[inked].astype(np.int64) * PHASES + at % ONE_PX // (ONE_PX // PHASES)
            entries = atlas.find(keys)
            ink_left = at // ONE_PX + entries[:, 3]
            ink_top = line.baseline_px + entries[:, 4]
            left = min(left, int(ink_left.min()))
            right = max(right, int((ink_left + entries[:, 1]).max()))
            top = min(top, int(ink_top.min()))
            bottom = max(bottom, int((ink_top + entries[:, 2]).max()))
        boxes.append(
            Box(max(0, left), max(0, top), min(page.width_px, right), min(page.height_px, bottom), first, last)
        )
    return boxes
