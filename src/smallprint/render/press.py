"""What the pages of a style are printed with: cells, glyph atlas, palette and the Huffman code of its PNG files.

In: a style, then laid pages. Out: pixels and PNG files. It chooses between the kernel and the reference, which agree bit for bit. May be
used from several threads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from smallprint.errors import StyleError
from smallprint.render import kernel, png, shaping
from smallprint.render.deflate import N_SYMBOLS, Code, count, deflate
from smallprint.render.geometry import measure
from smallprint.render.languages import OFF
from smallprint.render.layout import Place, lay_out
from smallprint.render.palette import RGB, make_palette
from smallprint.render.raster import Atlas, draw
from smallprint.render.report import ReportBuilder
from smallprint.render.shaping import CellTable, Lettering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.layout import LaidPage
    from smallprint.render.style import Style


Roles: TypeAlias = "NDArray[np.uint8] | None"
_SAMPLE_ROLES = (0, 0, 1, 0, 2, 5, 5, 0, 3, 0, 0, 5, 5, 2, 0, 3, 1, 0, 5, 4)
"""Of the words of the sample, over and over, where code is highlighted: about what share of code each role has."""


_MAX_BYTES = 1 << 28
"""Of the atlases that are kept; one of a Latin face takes some 150 KB."""


class Press:
    """Prints pages that were laid out with its `cells`."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.atlas = _ATLASES.get(Lettering.of(style))
        self.cells = self.atlas.table
        self.geometry = measure(style, self.cells)
        self.palette = make_palette(style)

    def lay_out(self, chunks: Iterator[str], place: Place, report: ReportBuilder | None = None) -> Iterator[LaidPage]:
        """Pages of the text that `chunks` give from `place` on; `report` takes up what they hide.

        Raises `StyleError` when a character is wider than a line.
        """
        return lay_out(chunks, self.cells, self.geometry, place, report or ReportBuilder(self.cells))

    def pixels(self, page: LaidPage, roles: Roles = None) -> NDArray[np.uint8]:
        """uint8, (H, W) gray or (H, W, 3). `roles` has the number of each character's role where code is highlighted."""
        palette = self.palette
        if kernel.module:
            inks = self._inks(page, roles)
            if palette.color_type == RGB:
                # The kernel knows 256 colours; of more it draws red, green and blue one after another.
                channels = [channel[palette.numbers] for channel in palette.colors.T]
                return np.stack([kernel.draw_pixels(page, self.atlas, lut, inks) for lut in channels], axis=-1)
            out = kernel.draw_pixels(page, self.atlas, self._values, inks)
            return out if palette.is_gray else palette.colors.take(out, axis=0)
        numbers = self._numbers(page, roles)
        return palette.colors[:, 0][numbers] if palette.is_gray else palette.colors[numbers]

    def png(self, page: LaidPage, mode: png.Mode = "default", roles: Roles = None) -> bytes:
        """A PNG file that decodes to `pixels`."""
        palette = self.palette
        if palette.color_type == RGB:
            return png.encode(self.pixels(page, roles), mode)
        head = _header(page.width_px, page.height_px, palette.color_type, palette.depth, palette.chunk)
        if mode == "small":
            return png.wrap(head, png.small(self.scanlines(page, roles)))
        if kernel.module:
            inks = self._inks(page, roles)
            return kernel.draw_png(page, self.atlas, self._samples, inks, palette.depth, self.code, head)
        return png.wrap(head, deflate(self.scanlines(page, roles), self.code))

    def scanlines(self, page: LaidPage, roles: Roles = None) -> bytes | bytearray:
        """The page's samples as PNG sends them, before compression."""
        palette = self.palette
        if kernel.module:
            return kernel.draw_scanlines(page, self.atlas, self._samples, self._inks(page, roles), palette.depth)
        return png.scanlines(palette.samples[self._numbers(page, roles)], palette.depth)

    @property
    def code(self) -> Code:
        """The Huffman code of the default PNG mode; the same for all pages of a style."""
        return _fitted_code(self.style)

    @cached_property
    def _values(self) -> NDArray[np.uint8]:
        """What `pixels` has the kernel draw: grays, or numbers of colours."""
        palette = self.palette
        values = palette.colors[:, 0] if palette.is_gray else np.arange(len(palette.colors), dtype=np.uint8)
        return values[palette.numbers]

    @cached_property
    def _samples(self) -> NDArray[np.uint8]:
        return self.palette.samples[self.palette.numbers]

    def _numbers(self, page: LaidPage, roles: Roles) -> NDArray[np.int64]:
        return draw(page, self.atlas, self.palette, self._inks(page, roles))

    def _inks(self, page: LaidPage, roles: Roles) -> NDArray[np.uint8] | None:
        """The number of each character's ink, in the order of `palette.inks`; newline marks have no role."""
        n_marks = int(self.style.newline_color is not None)
        if roles is None and not n_marks:
            return None
        is_mark = (self.cells.flags[page.cells] & shaping.MARK) != 0
        if roles is None:
            return is_mark.view(np.uint8)
        return np.where(is_mark, n_marks, roles + n_marks * (roles > 0)).astype(np.uint8)


class _Atlases:
    """The atlases of the letterings that were used last, as many as fit into a bound of memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Lettering, Atlas] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, lettering: Lettering) -> Atlas:
        with self._lock:
            atlas = self._kept.pop(lettering, None) or Atlas(CellTable(lettering))
            self._kept[lettering] = atlas
            n_bytes = sum(kept.n_bytes for kept in self._kept.values())
            while n_bytes > _MAX_BYTES and len(self._kept) > 1:
                n_bytes -= self._kept.popitem(last=False)[1].n_bytes
            return atlas


_ATLASES = _Atlases()

_header = lru_cache(maxsize=64)(png.header)


@lru_cache(maxsize=256)
def _fitted_code(style: Style) -> Code:
    """The code that fits pages of ordinary text in this style best."""
    text = (resources.files("smallprint.render") / "press_sample.txt").read_text(encoding="utf-8")
    press = Press(replace(style, crop_last_page=True))
    counts = np.zeros(N_SYMBOLS, np.int64)
    # A line that has room for the letters of a text may have none for those of the sample; what was laid out before counts.
    with suppress(StyleError):
        for page in press.lay_out(iter([text]), Place()):
            counts += count(press.scanlines(page, _sample_roles(text, page) if style.highlight != OFF else None))
    return Code.fit(counts)


def _sample_roles(text: str, page: LaidPage) -> NDArray[np.uint8]:
    """Roles that Pygments has no say in, so that a code is the same with every version of it."""
    is_space = np.array([char.isspace() for char in text[page.place.at.chars : page.end.chars]])
    return np.array(_SAMPLE_ROLES, np.uint8)[np.cumsum(is_space) % len(_SAMPLE_ROLES)]
