"""At which line height the letters of a script no longer run into the line below, and which of them the page's edge cuts.

    python bench/line_pitch.py tests/render/scripts.toml                     # a TOML file of texts by name
    python bench/line_pitch.py tests/render/scripts.toml --style dense --heights 8,9,10

A text is repeated until it fills some lines; one page is looked at. A letter counts when the rectangle around its ink shares a pixel with
that of a letter on the next line. Prints Markdown: the share of such letters by line height in points, the least of the heights at which
there are none, and how many letters the page's edge cuts at the first height.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smallprint.errors import SmallprintError
from smallprint.render import Page, Style, render, shaping
from smallprint.render.fonts import PHASES
from smallprint.render.layout import edges

CHARS = 4_000
"""Of each text, at least: some forty lines, so that every letter meets others below."""


def glyph_boxes(page: Page) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The line of each letter of a page (n,), and left, top, right and bottom of its ink (n, 4)."""
    atlas, laid = page._press.atlas, page._laid
    x, _ = edges(laid, atlas.table)
    is_shown = np.zeros(len(x), np.bool_)
    line_of = np.zeros(len(x), np.int64)
    baselines = np.array([line.baseline_px for line in page.lines])
    for number, line in enumerate(page.lines):
        start, ink_end, end = (at - page.span[0] for at in (line.start, line.ink_end, line.end))
        is_shown[start:ink_end] = True
        line_of[start:end] = number
    places = np.flatnonzero(is_shown & (atlas.table.flags[laid.cells] & shaping.INK != 0))
    phase = shaping.ONE_PX // PHASES
    at = x[places] + phase // 2
    entries = laid.cells[places].astype(np.int64) * PHASES + at % shaping.ONE_PX // phase
    atlas.add(np.unique(entries))
    _, width, height, left, top = atlas.find(entries).T[:5].astype(np.int64)
    left, top = at // shaping.ONE_PX + left, baselines[line_of[places]] + top
    return line_of[places], np.stack([left, top, left + width, top + height], axis=1)


def clashes(page: Page) -> tuple[int, int, int]:
    """Letters that run into the line below, letters above another line, letters that the page's edge cuts."""
    lines, boxes = glyph_boxes(page)
    shift = max(0, -int(boxes[:, 0].min(initial=0)))
    tops = np.full((len(page.lines) + 1, shift + int(boxes[:, 2].max(initial=0)) + 1), np.iinfo(np.int64).max)
    for line, (left, top, right, _) in zip(lines.tolist(), boxes.tolist(), strict=True):
        np.minimum(tops[line, left + shift : right + shift], top, out=tops[line, left + shift : right + shift])
    n_clash = 0
    for line, (left, _, right, bottom) in zip(lines.tolist(), boxes.tolist(), strict=True):
        n_clash += bool((tops[line + 1, left + shift : right + shift] < bottom).any())
    cut = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2:] > [page.width_px, page.height_px]).any(axis=1)
    return n_clash, int((lines < len(page.lines) - 1).sum()), int(cut.sum())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="TOML: texts by name")
    parser.add_argument("--style", default="flow", help="a preset or a style file")
    parser.add_argument("--heights", default="10,11,12,13,14,15,16", help="line heights in points, ascending")
    args = parser.parse_args(arguments)
    try:
        texts = tomllib.loads(args.file.read_text(encoding="utf-8"))
        heights = [float(height) for height in args.heights.split(",")]
        styles = [Style.load(args.style).with_keys({"line-height": height}) for height in heights]
    except (OSError, ValueError, SmallprintError) as error:
        parser.error(str(error))
    print(
        f"| script | {' | '.join(f'{height:g}' for height in heights)} | none from | cut |\n|---|{'---:|' * (len(heights) + 2)}"
    )
    for name, text in texts.items():
        pages = [render((text + " ") * -(-CHARS // len(text)), style)[0] for style in styles]
        found = [clashes(page) for page in pages]
        free = next((f"{height:g}" for height, (n, *_) in zip(heights, found, strict=True) if not n), "")
        shares = " | ".join(f"{n / total:.1%}" if n else "0" for n, total, _ in found)
        print(f"| {name} | {shares} | {free} | {found[0][2]} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
