"""Whether pages show every character of a text: spans that tile, ink in each visible character's box, nothing missing that is not listed.

    python bench/every_character.py FILE_OR_FOLDER... [--style flow]

Takes text files, .gz of them, and files of XQuAD (xquad.LANGUAGE.json or .json.gz), whole. Prints a row for each; the exit code is 1 where
a character is lost or has no ink.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from smallprint.render import Page, Pages, Style, render
from sources import paragraphs, text_of


def read(path: Path) -> str:
    return "\n".join(paragraphs(path)) if ".json" in path.suffixes else text_of(path)


def without_ink(page: Page, hidden: np.ndarray) -> tuple[int, int]:
    """Characters of the page that should have ink, and those of them that have none in their boxes."""
    start, end = page.span
    visible = np.array([not char.isspace() for char in page.text]) & ~hidden[start:end]
    # Ink up and left of each corner, so that a box is four look-ups.
    ink = np.zeros((page.height_px + 1, page.width_px + 1), np.int64)
    ink[1:, 1:] = (page.pixels != page.pixels.max()).cumsum(0).cumsum(1)
    x0, y0, x1, y1 = page.char_boxes()[visible].T
    found = ink[y1, x1] - ink[y0, x1] - ink[y1, x0] + ink[y0, x0]
    return int(visible.sum()), int((found == 0).sum())


def check(pages: Pages) -> tuple[bool, int, int]:
    report = pages.report
    hidden = np.zeros(report.n_chars + 1, np.bool_)
    for start, end in report.folded:
        hidden[start:end] = True
    counts = [without_ink(page, hidden) for page in pages]
    tiles = "".join(page.text for page in pages) == pages.text
    return tiles, sum(n for n, _ in counts), sum(bare for _, bare in counts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, nargs="+")
    parser.add_argument("--style", default="flow")
    options = parser.parse_args()
    paths = [file for path in options.path for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    style = Style.load(options.style)
    print("| text | characters | pages | spans tile | visible | without ink | drawn as codes, all listed |")
    print("|---|---:|---:|---|---:|---:|---|")
    bad = 0
    for path in paths:
        if not {".txt", ".json"} & set(path.suffixes):
            continue
        pages = render(read(path), style)
        tiles, visible, bare = check(pages)
        codes = [*pages.report.missing, *(item for item in pages.report.substituted if item.char not in "\n\r")]
        listed = ", ".join(f"{item.drawn} x {item.count:,}" for item in codes) or "none"
        print(
            f"| {path.name} | {pages.report.n_chars:,} | {len(pages):,} | {'yes' if tiles else 'NO'} | {visible:,} | {bare} | {listed} |"
        )
        bad += not tiles or bare > 0
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
