"""Where characters stand on a page, as pixel rectangles.

In: a laid page and its atlas. Out: a rectangle for each character, or one `Box` for each line that holds part of a span. A rectangle covers
the advance of its character and all of its ink, so that a letter that hangs over its advance stays inside. Characters that are drawn as one
share a rectangle.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from smallprint.render import kernel, shaping
from smallprint.render.fonts import PHASES
from smallprint.render.layout import BASELINE, BOTTOM, END, INK_END, START_AT, TOP, edges
from smallprint.render.shaping import ONE_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.layout import LaidPage
    from smallprint.render.raster import Atlas
    from smallprint.render.shaping import CellTable

_PHASE = ONE_PX // PHASES


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
    """Boxes of the span's part on this page, in reading order: one a line, or one for each change of direction on it. White space that
    vanished has no box."""
    every = char_boxes(page, atlas)
    flags = atlas.table.flags[page.cells]
    offset = page.place.at.chars
    boxes: list[Box] = []
    for line in page.lines:
        first, last = max(start, line.start), min(end, line.ink_end)
        if first < last:
            levels = flags[first - offset : last - offset] & shaping.LEVEL
            turns = (np.flatnonzero(np.diff(levels)) + 1 + first).tolist()
            for begin, stop in pairwise([first, *turns, last]):
                part = every[begin - offset : stop - offset]
                (x0, y0), (x1, y1) = part[:, :2].min(axis=0).tolist(), part[:, 2:].max(axis=0).tolist()
                boxes.append(Box(x0, y0, x1, y1, begin, stop))
    return boxes


def char_boxes(page: LaidPage, atlas: Atlas) -> NDArray[np.int32]:
    """For each character of the page x0, y0, x1, y1 in pixels, ends excluded: (n, 4). All zero for those that vanished."""
    if kernel.module:
        return kernel.boxes(page, atlas)
    return reference(page, atlas)


def char_edges(page: LaidPage, cells: CellTable) -> NDArray[np.float64]:
    """For each character of the page where it begins and ends along its line, in pixels: (n, 2). No width where it vanished."""
    return np.stack(edges(page, cells), axis=1) / ONE_PX


def reference(page: LaidPage, atlas: Atlas) -> NDArray[np.int32]:
    """`char_boxes` in NumPy."""
    cells, lines = atlas.table, page.table
    x, after = edges(page, cells)
    n_chars = lines[:, END] - lines[:, START_AT]
    x0, x1 = x // ONE_PX, -(-after // ONE_PX)
    y0, y1, baseline = (np.repeat(lines[:, column], n_chars) for column in (TOP, BOTTOM, BASELINE))
    flags = cells.flags[page.cells]
    inked = np.flatnonzero(flags & shaping.INK)
    at = x[inked] + _PHASE // 2
    entries = atlas.find(page.cells[inked].astype(np.int64) * PHASES + at % ONE_PX // _PHASE)
    left, top = at // ONE_PX + entries[:, 3], baseline[inked] + entries[:, 4]
    x0[inked], x1[inked] = np.minimum(x0[inked], left), np.maximum(x1[inked], left + entries[:, 1])
    y0[inked], y1[inked] = np.minimum(y0[inked], top), np.maximum(y1[inked], top + entries[:, 2])
    boxes = np.stack([x0, y0, x1, y1], axis=1)
    parts = np.flatnonzero(flags & shaping.PART)
    if len(parts):
        heads = np.where(flags & shaping.INK, np.arange(len(x)), np.repeat(lines[:, START_AT], n_chars))
        head = np.maximum.accumulate(heads)
        boxes[parts] = boxes[head[parts]]
    np.clip(boxes, 0, [page.width_px, page.height_px] * 2, out=boxes)
    boxes[np.arange(len(x)) >= np.repeat(lines[:, INK_END], n_chars)] = 0
    return boxes.astype(np.int32)
