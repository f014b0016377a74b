"""The compiled kernel, if there is one: the work of `lines`, `layout`, `report`, `boxes`, `raster` and `deflate`, many times as fast.

In: the arrays of layout and raster. Out: what the reference gives, bit for bit. Callers ask whether `module` is there, and else do the work
themselves. ``SMALLPRINT_KERNEL=off`` in the environment turns it off. The C sources are in `kernel/`.
"""

from __future__ import annotations

import os
import struct
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from smallprint.render.fonts import PHASES
from smallprint.render.palette import GROUNDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from smallprint.render.deflate import Code
    from smallprint.render.layout import LaidPage
    from smallprint.render.raster import Atlas
    from smallprint.render.shaping import CellTable

    Array = NDArray[Any]


_INTERFACE = 5
"""As in kernel/kernel.h."""


def _load() -> Any:
    if os.environ.get("SMALLPRINT_KERNEL") == "off":
        return None
    try:
        from smallprint.render import _kernel  # pyright: ignore
    except ImportError:
        return None
    if getattr(_kernel, "INTERFACE", None) != _INTERFACE:  # pyright: ignore
        warnings.warn(
            "smallprint: the kernel is of another version and is not used; install the package again", stacklevel=2
        )
        return None
    return _kernel  # pyright: ignore


module: Any = _load()
"""None where the extension was not built."""

PageRow = tuple[int, int, int, int, int, int, "list[int] | None"]
"""Lines, characters, UTF-8 bytes, width and height in px, whether the next page starts a paragraph, rectangles as flat numbers."""


class Found(NamedTuple):
    """What `lay_out` made of a window of text."""

    pages: list[PageRow]
    is_full: bool
    """There is room for no more lines, though there is text for them."""
    too_narrow_at: int
    """The place of a character that is wider than a line, else -1."""
    hidden: tuple[int, bytes, bytes]
    """What the pages hide: see `report.Survey`."""


def numbers(text: str, table: Array) -> NDArray[np.int32]:
    """The cell number of each character, from a table of them plus one; -1 for those that the table lacks."""
    found = np.empty(len(text), np.int32)
    module.numbers(text, table, found)
    return found


def lay_out(
    cell_numbers: Array,
    is_last: bool,
    starts_paragraph: bool,
    cells: CellTable,
    geometry: Array,
    lines: Array,
    seen: Array,
) -> Found:
    """Whole pages of a window of cells; fills rows of `lines`, page after page, and marks in `seen` the cells that occur."""
    advance, flags = cells.metrics()
    n_bytes = cells.n_bytes[: len(flags)]
    # The tables may have grown since `seen` was made; the cells of `numbers` are in all of them.
    n = min(len(flags), len(seen))
    return Found(
        *module.lay_out(
            cell_numbers, is_last, starts_paragraph, advance[:n], flags[:n], n_bytes[:n], geometry, lines, seen[:n]
        )
    )


def edges(page: LaidPage, cells: CellTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`layout.edges`."""
    x = np.empty((4, len(page.cells)), np.int64)
    module.edges(page.cells, page.table, *cells.metrics(), cells.tab, x)
    return x[0], x[1]


def boxes(page: LaidPage, atlas: Atlas) -> NDArray[np.int32]:
    """`boxes.char_boxes`."""
    from smallprint.render.boxes import reference

    cells = atlas.table
    advance, flags = _metrics(atlas)
    out = np.empty((len(page.cells), 4), np.int32)
    x = np.empty((4, len(page.cells)), np.int64)
    if module.boxes(
        page.cells, page.table, advance, flags, cells.tab, atlas.entries, page.width_px, page.height_px, x, out
    ):
        return out
    # Glyphs that were not drawn yet: the reference draws them.
    return reference(page, atlas)


def grapheme_starts(code_points: Array, classes: Array) -> NDArray[np.uint8]:
    """`unicode.graphemes.starts`."""
    out = np.empty(len(code_points), np.uint8)
    module.grapheme_starts(code_points, classes, out)
    return out


def lexicon(code_points: Array) -> bytes:
    """A list of words, one a line, as `word_starts` and `line_breaks` read it."""
    return module.lexicon(code_points)


def word_starts(code_points: Array, lexicon: bytes) -> NDArray[np.uint8]:
    """`unicode.words.starts`."""
    out = np.empty(len(code_points), np.uint8)
    module.word_starts(code_points, lexicon, out)
    return out


def line_breaks(
    code_points: Array, classes: Array, cluster_starts: Array | None, lexicon: bytes, with_words: bool
) -> NDArray[np.uint8]:
    """`unicode.line_breaks.opportunities`; an empty lexicon leaves Thai whole."""
    out = np.empty(len(code_points), np.uint8)
    module.line_breaks(code_points, classes, cluster_starts, lexicon, with_words, out)
    return out


def analyse(code_points: Array, pieces: Array, tables: Sequence[Array], lexicon: bytes) -> tuple[Array, Array]:
    """`runs.analyse`, with the tables that it asks for."""
    units, starts = np.empty(len(code_points), np.uint32), np.empty(len(code_points), np.uint8)
    module.analyse(code_points, pieces, *tables, lexicon, units, starts)
    return units, starts


class WordTable:
    """`word_cells.WordTable`."""

    def __init__(self) -> None:
        self._kernel = module
        self._words = module.words_new()
        self.n_units = 0

    def find(self, units: Array, starts: Array) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        numbers = np.empty(len(units), np.int32)
        missing, self.n_units = self._kernel.words_find(self._words, units, starts, numbers)
        return numbers, np.frombuffer(missing, np.int64).reshape(-1, 2)

    def add(self, units: Array, lengths: Array, numbers: Array) -> None:
        self._kernel.words_add(self._words, units, lengths, numbers)

    def clear(self) -> None:
        self._kernel.words_clear(self._words)
        self.n_units = 0


def deflate(data: bytes | bytearray, code: Code) -> bytes:
    """`deflate.deflate`."""
    return module.deflate(data, code.kernel_table)


def bidi_levels(code_points: Array, table: Array, base: int) -> NDArray[np.uint8]:
    """`unicode.bidi.levels`."""
    out = np.empty(len(code_points), np.uint8)
    module.bidi_levels(code_points, table, base, out)
    return out


def bidi_base(code_points: Array, table: Array) -> int:
    """`unicode.bidi.base_level`."""
    return module.bidi_base(code_points, table)


def bidi_line(code_points: Array, table: Array, base: int, levels: Array) -> None:
    """`unicode.bidi.line_levels`, in place."""
    module.bidi_line(code_points, table, base, levels)


def bidi_order(levels: Array) -> NDArray[np.int64]:
    """`unicode.bidi.visual_order`."""
    out = np.empty(len(levels), np.int64)
    module.bidi_order(levels, out)
    return out


def draw_pixels(page: LaidPage, atlas: Atlas, lut: Array, inks: Array | None) -> NDArray[np.uint8]:
    """(H, W) values of `lut`, which is uint8 of shape (grounds, inks, levels)."""
    out = np.empty((page.height_px, page.width_px), np.uint8)
    _paint(page, atlas, lut, inks, 0, None, b"", out)
    return out


def draw_scanlines(page: LaidPage, atlas: Atlas, lut: Array, inks: Array | None, depth: int) -> bytearray:
    """Samples of `depth` bits as PNG sends them."""
    out = bytearray(page.height_px * (1 + (page.width_px * depth + 7) // 8))
    _paint(page, atlas, lut, inks, depth, None, b"", out)
    return out


def draw_png(
    page: LaidPage, atlas: Atlas, lut: Array, inks: Array | None, depth: int, code: Code, head: bytes
) -> bytes:
    """A PNG file that begins with `head`."""
    # The kernel puts the length of the image data in front of its type.
    return _paint(page, atlas, lut, inks, depth, code.kernel_table, head + b"\0\0\0\0IDAT", None)


def _paint(
    page: LaidPage,
    atlas: Atlas,
    lut: Array,
    inks: Array | None,
    depth: int,
    code: bytes | None,
    head: bytes,
    out: Array | bytearray | None,
) -> Any:
    cells = atlas.table
    patches = b"".join(
        struct.pack("5i", rect.x0, rect.y0, rect.x1, rect.y1, GROUNDS.index(rect.role)) for rect in page.rects
    )
    advance, flags = _metrics(atlas)
    while True:
        # The entries first: what they name is in the levels that are taken after them.
        entries, levels = atlas.entries, atlas.levels
        absent, png = module.paint(
            page.cells,
            page.table,
            inks,
            advance,
            flags,
            cells.tab,
            entries,
            levels,
            patches,
            lut,
            lut.shape[1],
            page.width_px,
            page.height_px,
            depth,
            code,
            head,
            out,
        )
        if absent is None:
            return png
        atlas.add(np.frombuffer(absent, np.int64))


def _metrics(atlas: Atlas) -> tuple[Array, Array]:
    """Advances and flags of the cells; the atlas has an entry for each of them afterwards."""
    advance, flags = atlas.table.metrics()
    if len(atlas.entries) < len(flags) * PHASES:
        atlas.add(np.zeros(0, np.int64))
    return advance, flags


def code_table(code: Code) -> bytes:
    """A Huffman code in the form in which the kernel reads it."""
    bits, n_bits = code.packed_header
    return module.code_table(code.literal_bits, code.literal_n, code.match_bits, code.match_n, *code.end, bits, n_bits)
