"""Fit the constant Huffman code of the default PNG mode to pages of text and write src/smallprint/render/png_code.py.

    python tools/png_code.py examples/jane-eyre.txt src/

Each argument is rendered in several presets; what the encoder would emit is counted over all pages, and code lengths of at most 15 bits are
found by package-merge (Larmore and Hirschberg, JACM 37, 1990). Every symbol gets a code, so that any pixels can be written.
"""

from __future__ import annotations

import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np

from smallprint.render import Style, png, render

PRESETS = ("flow", "glyph-en", "code", "dense", "legible")
PAGES_EACH = 12
MAX_BITS = 15
TARGET = Path(__file__).parents[1] / "src/smallprint/render/png_code.py"


def symbols(pixels: np.ndarray) -> Counter[int]:
    """How often each literal and length symbol would be sent for a page."""
    height, width = pixels.shape
    rows = np.zeros((height, 1 + (width + 1) // 2), np.uint8)
    rows[:, 1:] = png._pack(pixels // 17, 4)
    data = rows.ravel()
    starts = np.flatnonzero(np.append(True, data[1:] != data[:-1]))
    repeats = np.diff(np.append(starts, len(data))) - 1
    counts: Counter[int] = Counter({256: 1})
    for value, repeat in zip(data[starts].tolist(), repeats.tolist(), strict=True):
        rest = repeat % 258
        counts[value] += 1 + (rest if rest < 3 else 0)
        counts[285] += repeat // 258
        if rest >= 3:
            counts[png.length_symbol(rest)] += 1
    return counts


def package_merge(weights: list[int], limit: int) -> list[int]:
    """Lengths of an optimal prefix code in which no word is longer than `limit`."""
    leaves = sorted((weight, (symbol,)) for symbol, weight in enumerate(weights))
    packages: list[tuple[int, tuple[int, ...]]] = []
    for _ in range(limit):
        merged = sorted([*leaves, *packages])
        packages = [
            (first[0] + second[0], first[1] + second[1])
            for first, second in zip(merged[::2], merged[1::2], strict=False)
        ]
    lengths = [0] * len(weights)
    for _, members in packages[: len(weights) - 1]:
        for symbol in members:
            lengths[symbol] += 1
    return lengths


def main(arguments: list[str]) -> None:
    files = [
        file
        for argument in arguments
        for file in ([Path(argument)] if Path(argument).is_file() else sorted(Path(argument).rglob("*.py")))
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    counts: Counter[int] = Counter()
    for preset in PRESETS:
        for page in islice(render(text, Style.preset(preset)), PAGES_EACH):
            counts += symbols(page.pixels)
    # A count of one for what was not seen.
    lengths = package_merge([counts[symbol] * 64 + 1 for symbol in range(286)], MAX_BITS)
    digits = "".join(f"{length:x}" for length in lengths)
    lines = "\n".join(f'    "{digits[at : at + 64]}"' for at in range(0, len(digits), 64))
    TARGET.write_text(
        '"""The constant Huffman code of the default PNG mode: a hexadecimal digit for each code length.\n\n'
        "Symbols 0 to 285 as in RFC 1951. Written by tools/png_code.py; a change of it changes the bytes of every page.\n"
        '"""\n\n'
        f"LENGTHS_HEX = (\n{lines}\n)\n",
        encoding="utf-8",
    )
    total = sum(counts[symbol] * lengths[symbol] for symbol in range(286))
    print(f"{sum(counts.values())} symbols, {total / 8 / len(PRESETS) / PAGES_EACH / 1024:.1f} KiB of codes a page")


if __name__ == "__main__":
    main(sys.argv[1:] or ["examples/jane-eyre.txt", "src"])
