"""Laid pages to pixels: glyph bitmaps kept in an atlas, added up.

In: a `LaidPage` and the cells it was laid with. Out: for each pixel its number in the style's `Palette`. Knows nothing of text. Levels of
overlapping glyphs of one ink are added and capped; of two inks on a pixel the stronger wins, the first where they are even. So the order of
drawing does not matter. This is the reference; the kernel does the same.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from smallprint.errors import FontError
from smallprint.render import shaping
from smallprint.render.fonts import PHASES
from smallprint.render.layout import BASELINE, END, START_AT, pens
from smallprint.render.palette import GROUNDS, Palette
from smallprint.render.shaping import ONE_PX, CellTable, Glyph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.layout import LaidPage

_PHASE = ONE_PX // PHASES
INK_GAMMA = 0.85
"""Letters are a little darker than their coverage: Tesseract then reads 9-px letters in 16 grays as well as in 256, and better
(bench/legibility.py, 2026-11-21)."""
_MAX_LEVELS = (1 << 31) - 1
_CELL_BYTES = 500
PAD = 8
"""Rows of the atlas are filled up with zeros to a multiple of so many bytes, which lets the kernel add whole words."""


class Atlas:
    """Glyph bitmaps of cells at each sub-pixel phase, drawn when first asked for. Key: cell number times `PHASES`, plus the phase.

    `entries` and `levels` are replaced, never changed in place, so that threads may draw from those they hold.
    """

    def __init__(self, cells: CellTable) -> None:
        self.table = cells
        self.levels: NDArray[np.uint8] = np.zeros(1 << 16, np.uint8)
        """All bitmaps, one after another, row by row: 0 is no ink, 2**gray_bits - 1 full ink."""
        self.entries: NDArray[np.int32] = np.full((256 * PHASES, 5), -1, np.int32)
        """For each key: offset into `levels`, -1 where it is not drawn yet; width, height, left and top edge relative to the pen."""
        top_level = (1 << cells.lettering.gray_bits) - 1
        self._level_of = np.rint((np.arange(256) / 255) ** INK_GAMMA * top_level).astype(np.uint8)
        self._n_levels = 0
        self._drawn: dict[tuple[tuple[Glyph, ...], int], int] = {}
        """The key that was drawn first of those with the same glyphs: cells may differ in where they stand alone."""
        self._lock = threading.Lock()

    @property
    def n_bytes(self) -> int:
        """What it takes in memory, its cells included."""
        return self.levels.nbytes + self.entries.nbytes + len(self.table.cells) * _CELL_BYTES

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int32]:
        """The entries of some keys, (n, 5)."""
        if keys.size and int(keys.max()) >= len(self.entries):
            self.add(keys)
        found = self.entries[keys]
        if found.size and int(found[:, 0].min()) < 0:
            self.add(keys)
            found = self.entries[keys]
        return found

    def add(self, keys: NDArray[np.int64]) -> None:
        """Draw what is not drawn yet."""
        with self._lock:
            n_entries = len(self.entries)
            while n_entries < len(self.table.flags) * PHASES:
                n_entries *= 2
            entries = np.full((n_entries, 5), -1, np.int32)
            entries[: len(self.entries)] = self.entries
            drawn: list[bytes] = []
            for key in np.unique(keys).tolist():
                if entries[key, 0] < 0:
                    number, phase = divmod(key, PHASES)
                    same = self._drawn.setdefault((self.table.cells[number].glyphs, phase), key)
                    if same != key:
                        entries[key] = entries[same]
                        continue
                    image, left, top = self._draw(number, phase)
                    height, width = image.shape
                    rows = np.zeros((height, width + -width % PAD), np.uint8)
                    rows[:, :width] = image
                    if self._n_levels + rows.size > _MAX_LEVELS:
                        raise FontError(
                            f"font-size: letters of {self.table.size_px:g} px take more than 2 GiB; give smaller ones"
                        )
                    entries[key] = self._n_levels, width, height, left, top
                    drawn.append(rows.tobytes())
                    self._n_levels += rows.size
            self._store(b"".join(drawn))
            self.entries = entries

    def _store(self, drawn: bytes) -> None:
        size = len(self.levels)
        while size < self._n_levels:
            size *= 2
        # Nobody holds an entry for what lies beyond the part that was filled, so it may be written to.
        if size > len(self.levels):
            self.levels = np.concatenate([self.levels, np.zeros(size - len(self.levels), np.uint8)])
        self.levels[self._n_levels - len(drawn) : self._n_levels] = np.frombuffer(drawn, np.uint8)

    def _draw(self, number: int, phase: int) -> tuple[NDArray[np.uint8], int, int]:
        """A cell's levels, its left edge and its top edge."""
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
                up_px = (glyph.dy + ONE_PX // 2) // ONE_PX
                parts.append((bitmap.coverage, bitmap.left_px + quarter // PHASES, bitmap.top_px - up_px))
        if not parts:
            return np.zeros((0, 0), np.uint8), 0, 0
        if len(parts) == 1:
            image, left, top = parts[0]
            return self._quantize(image), left, top
        left = min(x for _, x, _ in parts)
        top = min(y for _, _, y in parts)
        width = max(x + image.shape[1] for image, x, _ in parts) - left
        height = max(y + image.shape[0] for image, _, y in parts) - top
        whole = np.zeros((height, width), np.int64)
        for image, x, y in parts:
            whole[y - top : y - top + image.shape[0], x - left : x - left + image.shape[1]] += image
        return self._quantize(np.minimum(whole, 255).astype(np.uint8)), left, top

    def _quantize(self, coverage: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Coverage 0..255 to levels; a glyph so thin that none of it would reach the first one is darkened until it does."""
        levels = self._level_of[coverage]
        if not levels.any():
            floor = int(np.flatnonzero(self._level_of)[0])
            peak = int(coverage.max())
            darker = coverage.astype(np.int64)
            if peak:
                darker = -(-darker * floor // peak)
            else:
                darker[darker.shape[0] // 2, darker.shape[1] // 2] = floor
            levels = self._level_of[darker]
        return levels


def draw(page: LaidPage, atlas: Atlas, palette: Palette, inks: NDArray[np.uint8] | None) -> NDArray[np.int64]:
    """The number of each pixel's colour, (H, W). `inks` has one number a character; without it all are 0."""
    shape = page.height_px, page.width_px
    best, winner = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for ink, levels in _layers(page, atlas, palette, inks):
        # Inks come in the order of their numbers.
        stronger = levels > best
        best[stronger], winner[stronger] = levels[stronger], ink
    ground = np.zeros(shape, np.int64)
    for rect in page.rects:
        ground[rect.y0 : rect.y1, rect.x0 : rect.x1] = GROUNDS.index(rect.role)
    return palette.numbers[ground, winner, best]


def _layers(
    page: LaidPage, atlas: Atlas, palette: Palette, inks: NDArray[np.uint8] | None
) -> list[tuple[int, NDArray[np.int64]]]:
    """Each ink that the page has, with its level at each pixel."""
    table = atlas.table
    inked = np.flatnonzero(table.flags[page.cells] & shaping.INK)
    baselines = np.repeat(page.table[:, BASELINE], page.table[:, END] - page.table[:, START_AT])[inked]
    x = pens(page, table)[inked] + _PHASE // 2
    entries = atlas.find(page.cells[inked].astype(np.int64) * PHASES + (x % ONE_PX) // _PHASE).astype(np.int64)
    lefts, tops = x // ONE_PX + entries[:, 3], baselines + entries[:, 4]
    top_level = palette.numbers.shape[2] - 1
    number = np.zeros(len(inked), np.uint8) if inks is None else inks[inked]
    layers: list[tuple[int, NDArray[np.int64]]] = []
    for ink in np.unique(number).tolist():
        chosen = number == ink
        layers.append(
            (ink, np.minimum(_paint(page, atlas.levels, entries[chosen], lefts[chosen], tops[chosen]), top_level))
        )
    return layers


def _paint(
    page: LaidPage,
    levels: NDArray[np.uint8],
    entries: NDArray[np.int64],
    lefts: NDArray[np.int64],
    tops: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Add up bitmaps on a page; what lies outside is cut off."""
    offsets, widths, heights = entries[:, 0], entries[:, 1], entries[:, 2]
    sizes = widths * heights
    first = np.cumsum(sizes) - sizes
    # One entry for each pixel of each bitmap: its place within its bitmap, then on the page.
    inside = np.arange(int(sizes.sum())) - np.repeat(first, sizes)
    width = np.maximum(np.repeat(widths, sizes), 1)
    row, column = inside // width, inside % width
    y = row + np.repeat(tops, sizes)
    x = column + np.repeat(lefts, sizes)
    value = levels[np.repeat(offsets, sizes) + row * (width + -width % PAD) + column]
    shown = (x >= 0) & (x < page.width_px) & (y >= 0) & (y < page.height_px)
    place = y[shown] * page.width_px + x[shown]
    summed = np.bincount(place, weights=value[shown], minlength=page.width_px * page.height_px)
    return summed.astype(np.int64).reshape(page.height_px, page.width_px)
