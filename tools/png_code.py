"""Fit the constant Huffman code of the default PNG mode to pages of text and write src/smallprint/render/png_code.py.

    python tools/png_code.py

Pages of the example text are drawn in several presets; what the encoder would send is counted, and code lengths of at most 15 bits are
found by package-merge (Larmore and Hirschberg, JACM 37, 1990). Every symbol gets a code, so that any pixels can be written.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np

from smallprint.render import Style, png, render

PRESETS = ("flow", "glyph-en", "code", "dense", "legible")
PAGES_EACH = 12
MAX_BITS = 15
EXAMPLE = Path(__file__).parents[1] / "examples/jane-eyre.txt"
TARGET = Path(__file__).parents[1] / "src/smallprint/render/png_code.py"


def count(pixels: np.ndarray) -> Counter[int]:
    """How often each literal and length symbol would be sent for a page of 16 grays."""
    is_literal, value, length = png.symbols(png.scanlines(pixels // 17, 4))
    matches = Counter(length[~is_literal].tolist())
    lengths = Counter({png.length_symbol(n): 0 for n in matches})
    for n, times in matches.items():
        lengths[png.length_symbol(n)] += times
    return Counter(value[is_literal].tolist()) + lengths + Counter({256: 1})


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


def main() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    counts: Counter[int] = Counter()
    for preset in PRESETS:
        for page in islice(render(text, Style.preset(preset)), PAGES_EACH):
            counts += count(page.pixels)
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
    main()
