"""Whether every pixel of ink lies in the box of a character, and every visible character has ink in its box, over whole texts.

    python bench/ink.py STYLE FILE...

Files may be gzipped. Exit code 1 when one does not; the first failures are printed with their offsets.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np

from smallprint.render import Page, Style, render
from smallprint.render.source import decode

SHOWN = 10


def stray_pixels(page: Page, ink: np.ndarray, boxes: np.ndarray) -> int:
    """How many inked pixels no box covers."""
    edges = np.zeros((page.height_px + 1, page.width_px + 1), np.int64)
    x0, y0, x1, y1 = boxes.T
    for y, x, sign in ((y0, x0, 1), (y0, x1, -1), (y1, x0, -1), (y1, x1, 1)):
        np.add.at(edges, (y, x), sign)
    covered = edges.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
    return int((ink & ~covered).sum())


def inkless(ink: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which boxes have no ink in them."""
    sums = np.zeros((ink.shape[0] + 1, ink.shape[1] + 1), np.int64)
    sums[1:, 1:] = ink.cumsum(axis=0).cumsum(axis=1)
    x0, y0, x1, y1 = boxes.T
    return sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0] == 0


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        raise SystemExit(__doc__)
    style = Style.load(arguments[0])
    ground = int(style.page_color[1:3], 16)
    n_chars = n_pages = n_visible = failures = 0
    for file in arguments[1:]:
        data = Path(file).read_bytes()
        pages = render(decode(gzip.decompress(data) if file.endswith(".gz") else data, file), style)
        for page in pages:
            ink = page.pixels != ground
            boxes = page.char_boxes()
            visible = np.array([not char.isspace() and char.isprintable() for char in page.text])
            empty = np.flatnonzero(visible & inkless(ink, boxes))
            stray = stray_pixels(page, ink, boxes)
            n_pages += 1
            n_chars += len(visible)
            n_visible += int(visible.sum())
            if stray or len(empty):
                failures += 1
                if failures <= SHOWN:
                    offsets = (empty[:5] + page.span[0]).tolist()
                    print(f"{file}: page {page.index}: {stray} stray pixels, no ink for characters at {offsets}")
    print(
        f"{style.name}: {len(arguments) - 1} texts, {n_pages:,} pages, {n_chars:,} characters, {n_visible:,} visible: {failures} pages fail"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
