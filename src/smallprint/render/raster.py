"""Laid pages to pixels: glyph bitmaps kept in an atlas, added up in NumPy.

In: a `LaidPage` and the cells it was laid with. Out: uint8 pixels, (H, W) where every colour of the style is a gray, else (H, W, 3). Knows
nothing of text. Coverage of overlapping glyphs is added and capped, so the order of drawing does not matter; pixels have only the levels
that `gray_bits` allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from smallprint.render import shaping
from smallprint.render.fonts import PHASES
from smallprint.render.layout import pens
from smallprint.render.shaping import ONE_PX, CellTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.layout import LaidPage
    from smallprint.render.style import Style

_PHASE = ONE_PX // PHASES


class Atlas:
    """Bitmaps of cells at each sub-pixel phase, drawn when first asked for. Key: cell number times `PHASES`, plus the phase."""

    def __init__(self, cells: CellTable) -> None:
        self.table = cells
        self._coverage = np.zeros(1 << 16, np.uint8)
        self._n_coverage = 0
        # Columns: offset into the coverage, width, height, left, top.
        self._entries = np.full((256 * PHASES, 5), -1, np.int64)

    @property
    def coverage(self) -> NDArray[np.uint8]:
        """All bitmaps, one after another, row by row."""
        return self._coverage

    def entries(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each key: offset into `coverage`, width, height, left and top edge relative to the pen; shape (n, 5)."""
        while len(self._entries) < len(self.table.cells) * PHASES:
            self._entries = np.concatenate([self._entries, np.full_like(self._entries, -1)])
        found = self._entries[keys]
        absent = np.unique(keys[found[:, 0] < 0])
        if len(absent):
            for key in absent.tolist():
                self._entries[key] = self._draw(*divmod(key, PHASES))
            found = self._entries[keys]
        return found

    def _draw(self, number: int, phase: int) -> tuple[int, int, int, int, int]:
        parts: list[tuple[NDArray[Any], int, int]] = []
        for glyph in self.table.cells[number].glyphs:
            quarter = (phase * _PHASE + glyph.dx + _PHASE // 2) // _PHASE
            bitmap = glyph.face.bitmap(
                glyph.index,
                size_px=self.table.size_px,
                stretch=self.table.stretch,
                shift_64=quarter % PHASES * (64 // PHASES),
            )
            if bitmap.coverage.size:
                parts.append((bitmap.coverage, bitmap.left_px + quarter // PHASES, bitmap.top_px))
        if not parts:
            return 0, 0, 0, 0, 0
        left = min(x for _, x, _ in parts)
        top = min(y for _, _, y in parts)
        width = max(x + image.shape[1] for image, x, _ in parts) - left
        height = max(y + image.shape[0] for image, _, y in parts) - top
        whole = np.zeros((height, width), np.int64)
        for image, x, y in parts:
            whole[y - top : y - top + image.shape[0], x - left : x - left + image.shape[1]] += image
        return self._store(self._visible(np.minimum(whole, 255))), width, height, left, top

    def _visible(self, coverage: NDArray[np.int64]) -> NDArray[np.uint8]:
        """A glyph so thin that no pixel of it would reach the first level of gray is darkened until one does."""
        floor = -(-128 // ((1 << self.table.style.gray_bits) - 1))
        peak = int(coverage.max())
        if not peak:
            coverage[coverage.shape[0] // 2, coverage.shape[1] // 2] = floor
        elif peak < floor:
            coverage = -(-coverage * floor // peak)
        return coverage.astype(np.uint8)

    def _store(self, image: NDArray[np.uint8]) -> int:
        at, self._n_coverage = self._n_coverage, self._n_coverage + image.size
        while self._n_coverage > len(self._coverage):
            self._coverage = np.concatenate([self._coverage, np.zeros_like(self._coverage)])
        self._coverage[at : self._n_coverage] = image.ravel()
        return at


def draw(page: LaidPage, atlas: Atlas) -> NDArray[np.uint8]:
    """Pixels of a page: uint8, (H, W) or (H, W, 3)."""
    style = atlas.table.style
    layers = [(color, quantize(coverage, style.gray_bits)) for color, coverage in _ink(page, atlas)]
    rects = [(rect, style.border_color if rect.role == "border" else style.paragraph_color) for rect in page.rects]
    channels = 1 if _is_gray(style) else 3
    planes: list[NDArray[np.uint8]] = []
    for channel in range(channels):
        plane = np.full((page.height_px, page.width_px), _channel(style.page_color, channel), np.uint8)
        for rect, color in rects:
            plane[rect.y0 : rect.y1, rect.x0 : rect.x1] = _channel(color, channel)
        for color, level in layers:
            plane = _blend(plane, _channel(color, channel), level, style.gray_bits)
        planes.append(plane)
    return planes[0] if channels == 1 else np.stack(planes, axis=2)


def quantize(coverage: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Coverage 0..255 to the nearest of 2**bits levels, numbered from 0."""
    top = (1 << bits) - 1
    return ((coverage.astype(np.uint16) * top + 127) // 255).astype(np.uint8)


def _ink(page: LaidPage, atlas: Atlas) -> list[tuple[str, NDArray[np.uint8]]]:
    """Coverage of each ink colour, in the order of painting."""
    table, style = atlas.table, atlas.table.style
    flags = table.flags[page.cells]
    baselines = np.repeat(
        np.array([line.baseline_px for line in page.lines]), np.array([line.end - line.start for line in page.lines])
    )
    inked = np.flatnonzero(flags & shaping.INK)
    x = pens(page, table)[inked] + _PHASE // 2
    keys = page.cells[inked].astype(np.int64) * PHASES + (x % ONE_PX) // _PHASE
    entries = atlas.entries(keys)
    lefts, tops = x // ONE_PX + entries[:, 3], baselines[inked] + entries[:, 4]
    if style.newline_color is None:
        return [(style.font_color, _paint(page, atlas.coverage, entries, lefts, tops))]
    marks = (flags[inked] & shaping.MARK) != 0
    return [
        (color, _paint(page, atlas.coverage, entries[chosen], lefts[chosen], tops[chosen]))
        for color, chosen in ((style.font_color, ~marks), (style.newline_color, marks))
    ]


def _paint(
    page: LaidPage,
    coverage: NDArray[np.uint8],
    entries: NDArray[np.int64],
    lefts: NDArray[np.int64],
    tops: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Add up bitmaps on a page; what lies outside is cut off."""
    offsets, widths, heights = entries[:, 0], entries[:, 1], entries[:, 2]
    sizes = widths * heights
    total = int(sizes.sum())
    first = np.cumsum(sizes) - sizes
    # One entry for each pixel of each bitmap: its place within its bitmap, then on the page.
    inside = np.arange(total) - np.repeat(first, sizes)
    width = np.repeat(widths, sizes)
    row, column = inside // np.maximum(width, 1), inside % np.maximum(width, 1)
    y = row + np.repeat(tops, sizes)
    x = column + np.repeat(lefts, sizes)
    value = coverage[np.repeat(offsets, sizes) + inside]
    shown = (x >= 0) & (x < page.width_px) & (y >= 0) & (y < page.height_px)
    place = y[shown] * page.width_px + x[shown]
    summed = np.bincount(place, weights=value[shown], minlength=page.width_px * page.height_px)
    return np.minimum(summed, 255).astype(np.uint8).reshape(page.height_px, page.width_px)


def _blend(under: NDArray[np.uint8], color: int, level: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    top = (1 << bits) - 1
    ground = under.astype(np.int32)
    # Floor division rounds alike for lighter and darker ink only after the shift by half a level.
    return (ground + ((color - ground) * level.astype(np.int32) * 2 + top) // (2 * top)).astype(np.uint8)


def _is_gray(style: Style) -> bool:
    colors = (style.font_color, style.page_color, style.paragraph_color, style.border_color, style.newline_color)
    return all(_channel(color, 0) == _channel(color, 1) == _channel(color, 2) for color in colors if color)


def _channel(color: str, channel: int) -> int:
    return int(color[1 + 2 * channel : 3 + 2 * channel], 16)
