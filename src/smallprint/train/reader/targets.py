"""What a page says, slot by slot.

In: a page of the renderer, and the size that it is seen at. Out: the class of each slot. A character belongs to the slot in which the
centre of its advance lies, at the height of its line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smallprint.readers.sight.alphabet import SPACE, classes_of
from smallprint.readers.sight.slots import COLUMN_PX, ROW_PX, grid
from smallprint.render import Page, Style

EMPTY = -1
MID_LETTER = 0.3
"""Height of a line's middle above its baseline, in font sizes: half of a letter between x (0.55) and capital (0.73) in DejaVu Sans."""


def page_classes(page: Page, style: Style, width_px: int, height_px: int) -> NDArray[np.int16]:
    """int16 (rows, columns) of the page seen at `width_px` x `height_px`; `EMPTY` where there is no character.

    Spaces before the first letter of a line are left out: they look like margin. Where two characters fall into one slot, the second
    moves to the next.
    """
    rows, columns = grid(width_px, height_px)
    classes = np.full((rows, columns), EMPTY, np.int16)
    scale_x, scale_y = width_px / page.width_px, height_px / page.height_px
    middle_px = MID_LETTER * style.font_size * style.scale
    labels = classes_of(page.text)
    centers = page.char_edges().mean(axis=1) * (scale_x / COLUMN_PX)
    at_column = centers.astype(np.int64)
    offset = page.span[0]
    for line in page.lines:
        row = int((line.baseline_px - middle_px) * scale_y / ROW_PX)
        first, last = line.start - offset, line.ink_end - offset
        letters = np.flatnonzero(labels[first:last] != SPACE)
        if not len(letters) or not 0 <= row < rows:
            continue
        first += int(letters[0])
        steps = np.arange(last - first)
        column = np.maximum.accumulate(at_column[first:last] - steps) + steps
        kept = (column < columns) & (column >= 0)
        classes[row, column[kept]] = labels[first:last][kept]
    return classes
