"""How much of a page's visual tokens holds ink, and what text costs as pages, by style and script.

    python bench/fill.py FOLDER...                          # each folder's .txt files, gzipped or not, are one text
    python bench/fill.py XQUAD --styles flow,dense --json   # xquad.LANGUAGE.json.gz: each file is a text of its own

Text tokens are Qwen's, counted exactly; visual tokens, and the pixels of a token's cell, are those of tokens/families.toml. A cell is
filled when any pixel in it differs from the paper; mean ink is the mean difference, 100% for a black page. `--chars` bounds what is taken
of a text. Prints Markdown; exit code 2 where there is no text.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smallprint.errors import SmallprintError, StyleError
from smallprint.render import Style, preset_names, render
from smallprint.tokens import count, family, resized, vision_tokens
from sources import paragraphs, text_of

FAMILIES = ("glm-4.1v", "qwen3-vl")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A text in a style."""

    text: str
    style: str
    n_chars: int
    n_text_tokens: int
    n_pages: int
    n_page_tokens: dict[str, int]
    """By family, as are the next two."""
    filled: dict[str, float]
    ratio: dict[str, float]
    ink: float

    @property
    def chars_a_page(self) -> float:
        return self.n_chars / self.n_pages


def texts(folders: list[Path]) -> Iterator[tuple[str, str]]:
    """Names and texts."""
    for folder in folders:
        for path in sorted(folder.glob("xquad.*.json.gz")):
            yield path.name.removesuffix(".json.gz"), "\n".join(paragraphs(path))
        books = [path for path in sorted(folder.iterdir()) if path.name.endswith((".txt", ".txt.gz"))]
        # XQuAD's folder has a licence beside it.
        if books and not any(folder.glob("xquad.*.json.gz")):
            yield folder.name, "\n".join(map(text_of, books))


def darkness(pixels: NDArray[np.uint8], paper: str) -> NDArray[np.uint8]:
    """(H, W) how far each pixel is from the paper, 0 to 255."""
    ground = np.array([int(paper[at : at + 2], 16) for at in (1, 3, 5)], np.int16)
    if pixels.ndim == 2:
        return np.abs(pixels.astype(np.int16) - ground[0]).astype(np.uint8)
    return np.abs(pixels.astype(np.int16) - ground).max(axis=2).astype(np.uint8)


def filled_cells(dark: NDArray[np.uint8], name: str) -> tuple[int, int]:
    """How many of a page's token cells hold ink, and how many it has. A page is resized to whole cells, so cells are scaled back."""
    factor = int(family(name).params["factor"])
    height, width = dark.shape
    sides = resized(name, width, height)
    columns, rows = (side // factor for side in sides)
    most = np.maximum.reduceat(dark, np.arange(rows) * height // rows, axis=0)
    most = np.maximum.reduceat(most, np.arange(columns) * width // columns, axis=1)
    return int(np.count_nonzero(most)), rows * columns


def measure(name: str, text: str, style: Style, n_text_tokens: int) -> Measured:
    pages = render(text, style)
    tokens, filled, cells = (dict.fromkeys(FAMILIES, 0) for _ in range(3))
    ink = n_pixels = n_pages = 0
    for page in pages:
        dark = darkness(page.pixels, style.page_color)
        n_pages += 1
        ink += int(dark.sum(dtype=np.int64))
        n_pixels += dark.size
        for each in FAMILIES:
            n_filled, n_cells = filled_cells(dark, each)
            filled[each] += n_filled
            cells[each] += n_cells
            tokens[each] += vision_tokens(each, page.width_px, page.height_px)
    return Measured(
        text=name, style=style.name, n_chars=len(text), n_text_tokens=n_text_tokens, n_pages=n_pages, n_page_tokens=tokens,
        filled={each: filled[each] / cells[each] for each in FAMILIES},
        ratio={each: n_text_tokens / tokens[each] for each in FAMILIES},
        ink=ink / n_pixels / 255,
    )  # fmt: skip


def table(title: str, rows: list[Measured], cell: Callable[[Measured], str]) -> None:
    styles = list(dict.fromkeys(row.style for row in rows))
    print(f"\n**{title}**\n\n| text | {' | '.join(f'`{style}`' for style in styles)} |\n|---|{'---:|' * len(styles)}")
    for text in dict.fromkeys(row.text for row in rows):
        by_style = {row.style: cell(row) for row in rows if row.text == text}
        print(f"| {text} | {' | '.join(by_style.get(style, '') for style in styles)} |")


def print_tables(rows: list[Measured]) -> None:
    for name in FAMILIES:
        table(f"Qwen text tokens a visual token, {name}", rows, lambda row, name=name: f"{row.ratio[name]:.2f}")
        table(f"Token cells with ink, {name}", rows, lambda row, name=name: f"{row.filled[name]:.0%}")
    table("Mean ink", rows, lambda row: f"{row.ink:.1%}")
    table("Characters a page", rows, lambda row: f"{row.chars_a_page:,.0f}")
    for name in FAMILIES:
        table(
            f"Characters a visual token, {name}",
            rows,
            lambda row, name=name: f"{row.n_chars / row.n_page_tokens[name]:.1f}",
        )
    for name in FAMILIES:
        print(f"\n**Where pages cost more than text, {name}**\n")
        for text in dict.fromkeys(row.text for row in rows):
            of = sorted((row for row in rows if row.text == text), key=lambda row: row.ratio[name])
            worse = [f"`{row.style}` {row.ratio[name]:.2f}" for row in of if row.ratio[name] < 1]
            pays = next((f"`{row.style}` {row.ratio[name]:.2f}" for row in of if row.ratio[name] >= 1), "none")
            most = f"`{of[-1].style}` {of[-1].ratio[name]:.2f}"
            print(f"- {text}: {', '.join(worse) or 'nowhere'}; the first that pays: {pays}; most: {most}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of texts")
    parser.add_argument(
        "--styles", default=",".join(preset_names()), help="presets or style files; all presets, if not given"
    )
    parser.add_argument("--chars", type=int, default=400_000, help="of each text at most (400,000)")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    args = parser.parse_args(arguments)
    for folder in args.folders:
        if not folder.is_dir():
            parser.error(f"{folder}: no such folder")
    rows: list[Measured] = []
    try:
        styles = [Style.load(name) for name in args.styles.split(",")]
        for name, whole in texts(args.folders):
            text = whole[: args.chars]
            if not text.strip():
                continue
            n_text_tokens = count(text, "qwen").tokens
            for style in styles:
                try:
                    rows.append(measure(name, text, style, n_text_tokens))
                except StyleError as error:
                    print(f"{name}, {style.name}: {error}", file=sys.stderr)
    except SmallprintError as error:
        parser.error(str(error))
    if not rows:
        parser.error("there is no text in these folders")
    if args.json:
        print(json.dumps({"schema": "smallprint.fill/1", "rows": [asdict(row) for row in rows]}, indent=1))
    else:
        print_tables(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
