"""Where on a page a character can be.

In: sizes in pixels. Out: sizes in slots. A cell is 4 x 4 px and has a few slots, side by side; a slot holds at most one character. Lines
of text that are at least as far apart as a cell is high fall into rows of their own, so a page is read row by row, from left to right.
"""

from __future__ import annotations

CELL_PX = 4
ROW_PX = CELL_PX


def grid(width_px: int, height_px: int, slots_a_cell: int) -> tuple[int, int]:
    """Rows and columns of slots of a page whose sides are multiples of a cell."""
    return height_px // ROW_PX, width_px // CELL_PX * slots_a_cell
