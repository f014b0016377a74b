"""Where characters stand on a page, as pixel rectangles.

In: a laid page and its atlas. Out: a rectangle for each character, or one `Box` for each line that holds part of a span. A rectangle covers
the advance of its character and all of its ink, so that a letter that hangs over its advance stays inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smallprint.render import kernel, shaping
from smallprint.render.fonts import PHASES
from smallprint.render.layout import BASELINE, BOTTOM, END, INK_END, RIGHT, START_AT, TOP, pens
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
    """Boxes of the span's part on this page, in reading order. White space that vanished has no box."""
    every = char_boxes(page, atlas)
    offset = page.place.at.chars
    boxes: list[Box] = []
    for line in page.lines:
        first, last = max(start, line.start), min(end, line.ink_end)
        if first < last:
            part = every[first - offset : last - offset]
            (x0, y0), (x1, y1) = part[:, :2].min(axis=0).tolist(), part[:, 2:].max(axis=0).tolist()
            boxes.append(Box(x0, y0, x1, y1, first, last))
    return boxes


def char_boxes(page: LaidPage, atlas: Atlas) -> NDArray[np.int32]:
    """For each character of the page x0, y0, x1, y1 in pixels, ends excluded: (n, 4). All zero for those that vanished."""
    if kernel.module:
        return kernel.boxes(page, atlas)
    return reference(page, atlas)


def char_edges(page: LaidPage, cells: CellTable) -> NDArray[np.float64]:
    """For each character of the page where it begins and ends along its line, in pixels: (n, 2). No width where it vanished."""
    left, right = _edges(page, cells)
    return np.stack([left, right], axis=1) / ONE_PX


def _edges(page: LaidPage, cells: CellTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same in 16.16 px."""
    lines = page.table
    left = pens(page, cells)
    right = np.append(left[1:], lines[-1:, RIGHT])
    # A line without a drawn character writes to its own start, which is vanished.
    right[np.maximum(lines[:, INK_END] - 1, lines[:, START_AT])] = lines[:, RIGHT]
    return left, right


def reference(page: LaidPage, atlas: Atlas) -> NDArray[np.int32]:
    """`char_boxes` in NumPy."""
    cells, lines = atlas.table, page.table
    x, after = _edges(page, cells)
    n_chars = lines[:, END] - lines[:, START_AT]
    x0, x1 = x // ONE_PX, -(-after // ONE_PX)
    y0, y1, baseline = (np.repeat(lines[:, column], n_chars) for column in (TOP, BOTTOM, BASELINE))
    inked = np.flatnonzero(cells.flags[page.cells] & shaping.INK)
    at = x[inked] + _PHASE // 2
    entries = atlas.find(page.cells[inked].astype(np.int64) * PHASES + at % ONE_PX // _PHASE)
    left, top = at // ONE_PX + entries[:, 3], baseline[inked] + entries[:, 4]
    x0[inked], x1[inked] = np.minimum(x0[inked], left), np.maximum(x1[inked], left + entries[:, 1])
    y0[inked], y1[inked] = np.minimum(y0[inked], top), np.maximum(y1[inked], top + entries[:, 2])
    boxes = np.stack([x0, y0, x1, y1], axis=1)
    np.clip(boxes, 0, [page.width_px, page.height_px] * 2, out=boxes)
    boxes[np.arange(len(x)) >= np.repeat(lines[:, INK_END], n_chars)] = 0
    return boxes.astype(np.int32)
