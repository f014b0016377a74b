"""What pages cost as PNG files, and how well a sample of them tells the size of all.

    python bench/png_size.py FILE STYLE [FILE STYLE ...]

For each text and style: KiB a 1,000 characters and bytes a pixel in the default mode, the size in the small mode against it, milliseconds a
page to draw and to encode in both, and by how much samples of 4, 8 and 12 pages miss the sum of all (the constants in tokens/encoded.py).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smallprint.render import Style, png, render
from smallprint.render.inputs import open_source

EVERY = 5
"""Pages that are skipped between two in the small mode, which is slow."""


def timed(work: Callable[[], list[Any]]) -> tuple[list[Any], float]:
    """What the work gives, and its milliseconds an item."""
    began = time.perf_counter()
    done = work()
    return done, (time.perf_counter() - began) * 1e3 / len(done)


def measure(file: str, style: str) -> None:
    source = open_source([file])
    pages = render(source, Style.load(style))
    sizes = pages.sizes()
    n = len(sizes)
    drawn, draw_ms = timed(lambda: [page.pixels for page in pages])
    default, default_ms = timed(lambda: [len(png.encode(pixels)) for pixels in drawn])
    small, small_ms = timed(lambda: [len(png.encode(pixels, "small")) for pixels in drawn[::EVERY]])
    lengths = [end - start for start, end in pages.spans()]
    areas = [width * height for width, height in sizes]
    print(
        f"{Path(file).name} {style}: {n} pages, {sum(default) / 1024 / source.digest.n_chars * 1000:.2f} KiB a 1,000 characters, "
        f"{sum(default) / sum(areas):.3f} bytes a pixel, small/default {sum(small) / sum(default[::EVERY]):.2f}; "
        f"draw {draw_ms:.0f} ms, default {default_ms:.0f} ms, small {small_ms:.0f} ms a page"
    )
    for k in (4, 8, 12):
        sample = [(2 * i + 1) * n // (2 * k) for i in range(min(k, n))]
        by_pixel, by_character = (
            sum(default[i] for i in sample) / sum(content[i] for i in sample) * sum(content) / sum(default) - 1
            for content in (areas, lengths)
        )
        print(f"  {k:2} pages tell {by_character:+.1%} by characters, {by_pixel:+.1%} by pixels")


def main(arguments: list[str]) -> None:
    if not arguments or len(arguments) % 2:
        raise SystemExit(__doc__)
    for file, style in zip(arguments[::2], arguments[1::2], strict=True):
        measure(file, style)


if __name__ == "__main__":
    main(sys.argv[1:])
