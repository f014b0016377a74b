"""The contact sheet: all pages at a glance, small, with their numbers.

In: pixels of pages. Out: thumbnails, and one sheet of them, as pixels and as a PNG file. Thumbnails are averages over squares of pixels, so
that the grayness of a page shows how full it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from smallprint.render import png
from smallprint.render.deflate import Code, count, deflate
from smallprint.render.palette import GRAY
from smallprint.render.source import TextSource
from smallprint.render.style import Style

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PAGES = 120
_THUMB_PX = 150
_COLUMNS = 12
_GAP_PX = 8
_LABEL_PX = 14
_GROUND = 204
_FIT_EVERY = 8


class ContactSheet:
    """Takes thumbnails of pages in order; those after the first `MAX_PAGES` are counted only, and may be None."""

    def __init__(self) -> None:
        self._thumbs: list[NDArray[np.uint8]] = []
        self._total = 0

    def add(self, thumb: NDArray[np.uint8] | None) -> None:
        self._total += 1
        if self._total <= MAX_PAGES:
            assert thumb is not None
            self._thumbs.append(thumb)

    def pixels(self) -> NDArray[np.uint8]:
        """uint8 gray pixels (H, W) of the sheet."""
        thumbs = self._thumbs
        labels = _labels(len(thumbs), self._total)
        columns = min(_COLUMNS, len(thumbs))
        cell_width = max(_THUMB_PX // 2, *(thumb.shape[1] for thumb in thumbs)) + _GAP_PX
        cell_height = max(thumb.shape[0] for thumb in thumbs) + _LABEL_PX + _GAP_PX
        rows = -(-len(thumbs) // columns)
        sheet = np.full((rows * cell_height + _GAP_PX, columns * cell_width + _GAP_PX), _GROUND, np.uint8)
        for index, (thumb, label) in enumerate(zip(thumbs, labels, strict=True)):
            y, x = _GAP_PX + index // columns * cell_height, _GAP_PX + index % columns * cell_width
            sheet[y : y + thumb.shape[0], x : x + thumb.shape[1]] = thumb
            below = y + thumb.shape[0]
            room = min(label.shape[1], sheet.shape[1] - x)
            sheet[below : below + label.shape[0], x : x + room] = label[:, :room]
        return sheet

    def png(self) -> bytes:
        """The sheet as a PNG file."""
        sheet = self.pixels()
        height_px, width_px = sheet.shape
        # A sheet is ten times a page; to count all of it would take more memory than all else.
        code = Code.fit(count(png.scanlines(sheet[::_FIT_EVERY], 8)))
        return png.wrap(png.header(width_px, height_px, GRAY, 8, None), deflate(png.scanlines(sheet, 8), code))


def thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 gray, at most 1.5 times `_THUMB_PX` a side, of uint8 pixels (H, W) or (H, W, 3)."""
    gray = pixels if pixels.ndim == 2 else (pixels.sum(axis=2, dtype=np.uint16) // 3).astype(np.uint8)
    step = -(-max(gray.shape) // (_THUMB_PX * 3 // 2))
    height, width = (-(-side // step) for side in gray.shape)
    padded = np.pad(gray, ((0, height * step - gray.shape[0]), (0, width * step - gray.shape[1])), mode="edge")
    # Strip after strip: numpy sums over short inner axes slowly.
    rows = np.zeros((height, width * step), np.uint32)
    total = np.zeros((height, width), np.uint32)
    for i in range(step):
        rows += padded[i::step]
    for i in range(step):
        total += rows[:, i::step]
    return (total // step**2).astype(np.uint8)


def _labels(n: int, total: int) -> list[NDArray[np.uint8]]:
    from smallprint.render.pages import render

    numbers = [f"{index + 1}" for index in range(n)]
    if total > n:
        numbers[-1] += f" of {total}"
    # A page that has room for one line gives one label a page.
    style = Style.preset("glyph-en").with_keys(
        {
            "page-size": f"{_THUMB_PX},{_LABEL_PX}",
            "margin-x": 0,
            "margin-y": 1,
            "line-height": _LABEL_PX - 2,
            "page-bg-color": f"#{_GROUND:02X}{_GROUND:02X}{_GROUND:02X}",
            "para-bg-color": f"#{_GROUND:02X}{_GROUND:02X}{_GROUND:02X}",
            "auto-crop-last-page": False,
        }
    )
    return [page.pixels for page in render(TextSource("\n".join(numbers)), style)]
