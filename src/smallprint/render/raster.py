"""Laid pages to pixels: glyph bitmaps kept in an atlas, added up.

In: a `LaidPage` and the cells it was laid with. Out: for each pixel its number in the style's `Palette`. Knows nothing of text. Levels of
overlapping glyphs of one ink are added and capped; of two inks on a pixel the stronger wins, the first where they are even. So the order of
drawing does not matter. This is the reference; the kernel does the same.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from smallprint.errors import FontError
from smallprint.render import shaping
from smallprint.render.fonts import PHASES, GlyphBitmap
from smallprint.render.layout import BASELINE, END, START_AT, pens
from smallprint.render.palette import GROUNDS, Palette
from smallprint.render.shaping import ONE_PX, CellTable

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
        self._drawn: dict[tuple[int, int], int] = {}
        """Of each tuple of glyphs, by its identity, and phase the key that was drawn first: cells may differ in where they stand alone."""
        self._parts: dict[tuple[int, int, int], GlyphBitmap] = {}
        """Of each face, by its identity, glyph and quarter of a pixel, where a cell has several glyphs."""
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
            wanted: list[int] = []
            drawn: list[GlyphBitmap] = []
            same: list[tuple[int, int]] = []
            absent: list[int] = np.unique(keys[entries[keys, 0] < 0]).tolist()
            for key in absent:
                number, phase = divmod(key, PHASES)
                first = self._drawn.setdefault((id(self.table.cells[number].glyphs), phase), key)
                if first != key:
                    same.append((key, first))
                    continue
                wanted.append(key)
                drawn.append(self._draw(number, phase))
            if wanted:
                entries[wanted] = self._keep(drawn)
            for key, first in same:
                entries[key] = entries[first]
            self.entries = entries

    def _keep(self, drawn: list[GlyphBitmap]) -> NDArray[np.int64]:
        """Turn coverage to levels and take them up; the entries."""
        width, height, left, top = np.array([bitmap[1:] for bitmap in drawn], np.int64).T
        pitch = width + -width % PAD
        sizes, n_pixels = pitch * height, width * height
        ends = self._n_levels + np.cumsum(sizes)
        offsets = ends - sizes
        if int(ends[-1]) > _MAX_LEVELS:
            raise FontError(f"font-size: letters of {self.table.size_px:g} px take more than 2 GiB; give smaller ones")
        levels = self._quantize(
            np.frombuffer(b"".join(bitmap.data for bitmap in drawn), np.uint8), n_pixels, width, height
        )
        # Where each pixel goes, with the rows filled up.
        firsts = np.cumsum(n_pixels) - n_pixels
        inside = np.arange(len(levels)) - np.repeat(firsts, n_pixels)
        row, column = np.divmod(inside, np.repeat(np.maximum(width, 1), n_pixels))
        place = np.repeat(offsets - self._n_levels, n_pixels) + row * np.repeat(pitch, n_pixels) + column
        rows = np.zeros(int(sizes.sum()), np.uint8)
        rows[place] = levels
        self._n_levels = int(ends[-1])
        self._store(rows)
        return np.stack([offsets, width, height, left, top], axis=1)

    def _store(self, drawn: NDArray[np.uint8]) -> None:
        size = len(self.levels)
        while size < self._n_levels:
            size *= 2
        # Nobody holds an entry for what lies beyond the part that was filled, so it may be written to.
        if size > len(self.levels):
            self.levels = np.concatenate([self.levels, np.zeros(size - len(self.levels), np.uint8)])
        self.levels[self._n_levels - len(drawn) : self._n_levels] = drawn

    def _draw(self, number: int, phase: int) -> GlyphBitmap:
        """The coverage of a cell, its glyphs added up."""
        parts: list[GlyphBitmap] = []
        glyphs = self.table.cells[number].glyphs
        for glyph in glyphs:
            quarter = (phase * _PHASE + glyph.dx + _PHASE // 2) // _PHASE
            key = id(glyph.face), glyph.index, quarter % PHASES
            bitmap = self._parts.get(key)
            if bitmap is None:
                bitmap = glyph.face.bitmap(
                    glyph.index,
                    size_px=self.table.size_px,
                    stretch=self.table.stretch,
                    shift_64=quarter % PHASES * (64 // PHASES),
                )
                # Letters of cells with marks come with other marks again.
                if len(glyphs) > 1:
                    self._parts[key] = bitmap
            if bitmap.data:
                data, width, height, left, top = bitmap
                up_px = (glyph.dy + ONE_PX // 2) // ONE_PX
                parts.append(GlyphBitmap(data, width, height, left + quarter // PHASES, top - up_px))
        if len(parts) < 2:
            return parts[0] if parts else GlyphBitmap(b"", 0, 0, 0, 0)
        left = min([part.left_px for part in parts])
        top = min([part.top_px for part in parts])
        width = max([part.left_px + part.width for part in parts]) - left
        height = max([part.top_px + part.height for part in parts]) - top
        whole = np.zeros((height, width), np.int32)
        for part in parts:
            x, y = part.left_px - left, part.top_px - top
            whole[y : y + part.height, x : x + part.width] += part.coverage
        return GlyphBitmap(np.minimum(whole, 255).astype(np.uint8).tobytes(), width, height, left, top)

    def _quantize(
        self,
        coverage: NDArray[np.uint8],
        n_pixels: NDArray[np.int64],
        width: NDArray[np.int64],
        height: NDArray[np.int64],
    ) -> NDArray[np.uint8]:
        """Coverage 0..255 of glyphs, one after another, to levels; one so thin that none of it would reach the first level is darkened
        until it does."""
        levels = self._level_of[coverage]
        firsts = np.cumsum(n_pixels) - n_pixels
        drawn = np.flatnonzero(n_pixels)
        inked = np.maximum.reduceat(levels, firsts[drawn]) if len(drawn) else levels
        for at in drawn[inked == 0].tolist():
            inside = slice(firsts[at], firsts[at] + n_pixels[at])
            floor = int(np.flatnonzero(self._level_of)[0])
            darker = coverage[inside].astype(np.int64)
            peak = int(darker.max())
            if peak:
                darker = -(-darker * floor // peak)
            else:
                darker[height[at] // 2 * width[at] + width[at] // 2] = floor
            levels[inside] = self._level_of[darker]
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
