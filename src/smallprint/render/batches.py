"""Pages as arrays, many at a time, with what stands on them: for readers in the same process and for training.

In: texts with styles. Out: batches of pages as pixels, each with its text and the box of each of its characters; no PNG is made. Knows
nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smallprint.errors import DataError
from smallprint.render.pages import Page, render
from smallprint.render.source import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.style import Style

_PAPER = 255


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Pages side by side."""

    pages: tuple[Page, ...]
    pixels: tuple[NDArray[np.uint8], ...]
    """(H, W) or (H, W, 3) each."""
    texts: tuple[str, ...]
    """What each page shows, character for character, white space that vanished included."""
    boxes: tuple[NDArray[np.int32], ...]
    """For each page (n, 4): x0, y0, x1, y1 of each character in pixels, ends excluded; zeros where it vanished. Empty if not asked for."""

    def stacked(self) -> NDArray[np.uint8]:
        """The pages on one canvas, each in its upper left corner, white around: (N, H, W), or (N, H, W, 3) if one has colours."""
        height, width = (max(image.shape[axis] for image in self.pixels) for axis in (0, 1))
        channels = (3,) if any(image.ndim == 3 for image in self.pixels) else ()
        canvas = np.full((len(self.pixels), height, width, *channels), _PAPER, np.uint8)
        for sheet, image in zip(canvas, self.pixels, strict=True):
            target = sheet[: image.shape[0], : image.shape[1]]
            target[...] = image[:, :, None] if target.ndim > image.ndim else image
        return canvas


def page_batches(
    samples: Iterable[tuple[str | Source, Style]], size: int, *, first_page_only: bool = False, boxes: bool = True
) -> Iterator[Batch]:
    """Batches of `size` pages; the last may be smaller. `first_page_only` leaves out what does not fit one page of a sample.

    Raises `DataError` for a size under 1, and what `render` raises.
    """
    if size < 1:
        raise DataError(f"batches: a size of {size} is not allowed; give at least 1")
    waiting: list[Page] = []
    for text, style in samples:
        for page in render(text, style):
            waiting.append(page)
            if len(waiting) == size:
                yield _batch(waiting, boxes)
                waiting = []
            if first_page_only:
                break
    if waiting:
        yield _batch(waiting, boxes)


def _batch(pages: list[Page], boxes: bool) -> Batch:
    return Batch(
        pages=tuple(pages),
        pixels=tuple(page.pixels for page in pages),
        texts=tuple(page.text for page in pages),
        boxes=tuple(page.char_boxes() for page in pages) if boxes else (),
    )
