"""What a page says, slot by slot.

In: a page of the renderer, and the size that it is seen at. Out: the class of each slot, and where in the slot the character lies. A
character belongs to the slot in which the centre of its advance lies, at the height of its line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smallprint.readers.sight.alphabet import SPACE, WIDE, classes_of
from smallprint.readers.sight.slots import CELL_PX, ROW_PX, grid
from smallprint.render import Page, Style

EMPTY = -1
MID_LETTER = 0.3
"""Height of a line's middle above its baseline, in font sizes: half of a letter between x (0.55) and capital (0.73) in DejaVu Sans."""


@dataclass(frozen=True, eq=False)
class Targets:
    """Of a page, or of a batch of crops: arrays of one shape, (..., rows, columns)."""

    classes: NDArray[np.int16]
    """`EMPTY` where there is no character."""
    x: NDArray[np.float32]
    """Where in its slot the centre of a character lies, -0.5 to 0.5 from left to right; 0 where it was moved to a slot beside its own."""
    y: NDArray[np.float32]
    """The same for the middle of its line, from top to bottom."""

    @classmethod
    def empty(cls, *shape: int) -> Targets:
        return cls(np.full(shape, EMPTY, np.int16), np.zeros(shape, np.float32), np.zeros(shape, np.float32))

    @classmethod
    def stacked(cls, parts: list[Targets]) -> Targets:
        return cls(*(np.stack([getattr(part, name) for part in parts]) for name in ("classes", "x", "y")))

    def crop(self, row: int, column: int, rows: int, columns: int) -> Targets:
        """That part, with empty slots beyond the page."""
        made = Targets.empty(rows, columns)
        for to, of in ((made.classes, self.classes), (made.x, self.x), (made.y, self.y)):
            part = of[row : row + rows, column : column + columns]
            to[: part.shape[0], : part.shape[1]] = part
        return made


def page_targets(
    page: Page, style: Style, width_px: int, height_px: int, slots_a_cell: int = 2, n_classes: int = WIDE
) -> Targets:
    """Of the page seen at `width_px` x `height_px`, for a network of so many classes.

    Spaces before the first letter of a line are left out: they look like margin. Where two characters fall into one slot, the second
    moves to the next.
    """
    rows, columns = grid(width_px, height_px, slots_a_cell)
    made = Targets.empty(rows, columns)
    scale_x, scale_y = width_px / page.width_px, height_px / page.height_px
    middle_px = MID_LETTER * style.font_size * style.scale
    labels = classes_of(page.text, n_classes)
    centers = page.char_edges().mean(axis=1) * (scale_x / CELL_PX * slots_a_cell)
    at_column = centers.astype(np.int64)
    offset = page.span[0]
    for line in page.lines:
        height = (line.baseline_px - middle_px) * scale_y / ROW_PX
        row = int(height)
        first, last = line.start - offset, line.ink_end - offset
        letters = np.flatnonzero(labels[first:last] != SPACE)
        if not len(letters) or not 0 <= row < rows:
            continue
        first += int(letters[0])
        steps = np.arange(last - first)
        own = at_column[first:last]
        column = np.maximum.accumulate(own - steps) + steps
        kept = (column < columns) & (column >= 0)
        made.classes[row, column[kept]] = labels[first:last][kept]
        made.x[row, column[kept]] = np.where(column == own, centers[first:last] - own - 0.5, 0)[kept]
        made.y[row, column[kept]] = height - row - 0.5
    return made
