"""How large the PNG files of pages would be, before all of them are drawn.

In: pages. Out: bytes a page, a little too high on purpose. Draws and encodes a sample of the pages, when first asked; knows no limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

PngMode = Literal["default", "small"]

SAMPLE_PAGES = 8
MARGIN = 0.05
"""Added to what the sample says. Eight pages spread over a novel, a Chinese book and two code bases told between 0.9% too little and 4.0%
too much by their bytes a character (bench/png_size.py, 2026-11-20); by their bytes a pixel, up to 7.7% too little."""


class Drawable(Protocol):
    """What is asked of a page."""

    def png(self, mode: PngMode = "default") -> bytes: ...


class Paged(Protocol):
    """What is asked of pages; `smallprint.render.Pages` is one."""

    def sizes(self) -> Sequence[tuple[int, int]]: ...
    def spans(self) -> Sequence[tuple[int, int]]: ...
    def __getitem__(self, index: int, /) -> Drawable: ...


class PngBytes:
    """The files' sizes by PNG mode; each mode is measured once."""

    def __init__(self, pages: Paged) -> None:
        self._pages = pages
        self._known: dict[PngMode, list[int]] = {}

    def of(self, mode: PngMode) -> Sequence[int]:
        """Bytes of each page's PNG file, in order. Few pages are all measured; else a page has its characters (without a text layer: its
        pixels) times the sample's bytes for each, and `MARGIN`.
        """
        if mode not in self._known:
            self._known[mode] = self._measure(mode)
        return self._known[mode]

    def _measure(self, mode: PngMode) -> list[int]:
        sizes = self._pages.sizes()
        n = len(sizes)
        k = min(n, SAMPLE_PAGES)
        sample = [(2 * i + 1) * n // (2 * k) for i in range(k)]
        files = [len(self._pages[i].png(mode)) for i in sample]
        if k == n:
            return files
        content = [end - start for start, end in self._pages.spans()]
        if not any(content[i] for i in sample):
            content = [width_px * height_px for width_px, height_px in sizes]
        bytes_each = (1 + MARGIN) * sum(files) / sum(content[i] for i in sample)
        return [round(amount * bytes_each) for amount in content]
