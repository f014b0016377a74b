"""The standard's own tests of the bidirectional algorithm, whole, through the reference and the kernel.

    python tools/unicode_conformance.py FOLDER
    python tools/unicode_conformance.py FOLDER --sample FILE.xz    # also writes the sample that the suite carries

FOLDER has BidiTest.txt and BidiCharacterTest.txt of the Unicode Character Database. Prints the numbers of cases and of
failures; the exit code is 1 if one failed. It takes some two minutes, since the reference is Python.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from smallprint.render import kernel
from smallprint.render.unicode.bidi import base_level, levels, visual_order

# A character of each class; none is a paired bracket.
CHARACTERS = {
    "L": 0x61, "R": 0x5D0, "AL": 0x628, "EN": 0x31, "ES": 0x2B, "ET": 0x25, "AN": 0x661, "CS": 0x2C, "NSM": 0x300, "BN": 0xAD, "B": 0x2029,
    "S": 0x09, "WS": 0x20, "ON": 0x21, "LRE": 0x202A, "RLE": 0x202B, "PDF": 0x202C, "LRO": 0x202D, "RLO": 0x202E, "LRI": 0x2066,
    "RLI": 0x2067, "FSI": 0x2068, "PDI": 0x2069,
}  # fmt: skip


class Case(NamedTuple):
    """A paragraph and what the standard makes of it; -1 for characters that it removes."""

    code_points: list[int]
    base: int
    base_level: int
    """-1 where the file does not tell."""
    levels: list[int]
    order: list[int]


def numbers(text: str) -> list[int]:
    return [-1 if word == "x" else int(word) for word in text.split()]


def by_class(lines: Iterable[str]) -> Iterator[Case]:
    """BidiTest.txt."""
    wanted: list[int] = []
    order: list[int] = []
    for line in lines:
        line = line.partition("#")[0].strip()
        if line.startswith("@Levels:"):
            wanted = numbers(line[8:])
        elif line.startswith("@Reorder:"):
            order = numbers(line[9:])
        elif line and not line.startswith("@"):
            kinds, _, bits = line.partition(";")
            code_points = [CHARACTERS[kind] for kind in kinds.split()]
            for bit, base in ((1, -1), (2, 0), (4, 1)):
                if int(bits, 16) & bit:
                    yield Case(code_points, base, -1, wanted, order)


def by_character(lines: Iterable[str]) -> Iterator[Case]:
    """BidiCharacterTest.txt."""
    for line in lines:
        if line.strip() and not line.startswith("#"):
            text, base, own, wanted, order = line.split(";")
            code_points = [int(word, 16) for word in text.split()]
            yield Case(code_points, -1 if base == "2" else int(base), int(own), numbers(wanted), numbers(order))


def failure(case: Case) -> str:
    """What is wrong, or nothing."""
    array = np.array(case.code_points, np.uint32)
    found = levels(array, case.base)
    seen = [level if wanted >= 0 else -1 for level, wanted in zip(found.tolist(), case.levels, strict=True)]
    order = [i for i in visual_order(found).tolist() if case.levels[i] >= 0]
    if seen == case.levels and order == case.order:
        own = base_level(array) if case.base < 0 else case.base
        return "" if case.base_level in (-1, own) else f"{case}: paragraph level {own}"
    return f"{case}: levels {seen}, order {order}"


def sample(folder: Path) -> str:
    """Lines of both files: the long ones, those written by hand, and of the rest one in so many, by the sums of their texts."""

    def is_chosen(line: str, one_in: int) -> bool:
        return int.from_bytes(hashlib.sha256(line.encode()).digest()[:4]) % one_in == 0

    text = (folder / "BidiTest.txt").read_text(encoding="utf-8")
    heads: dict[str, str] = {}
    parts = ["".join(f"{line}\n" for line in text.splitlines()[:3])]
    for line in text.splitlines():
        if line.startswith("@"):
            heads[line.partition(":")[0]] = line
        elif line and not line.startswith("#") and (len(line.split()) > 6 or is_chosen(line, 450)):
            parts += [f"{head}\n" for head in heads.values()] + [f"{line}\n"]
            heads = {}
    text = (folder / "BidiCharacterTest.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    parts.append("@@\n")
    parts += [f"{line}\n" for line in text.splitlines()[:3]]
    # The first 300 are of the part that was written by hand.
    parts += [
        f"{line}\n"
        for i, line in enumerate(lines)
        if i < 300 or len(line.split(";")[0].split()) > 9 or is_chosen(line, 120)
    ]
    return "".join(parts)


def sampled(text: str) -> Iterator[Case]:
    first, _, second = text.partition("@@\n")
    yield from by_class(first.splitlines())
    yield from by_character(second.splitlines())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=Path, help="write the sample of the suite")
    arguments = parser.parse_args()
    n_failed = 0
    modules: list[tuple[str, Any]] = [("kernel", kernel.module), ("reference", None)]
    for name, module in modules:
        if name == "kernel" and module is None:
            print("kernel: not built")
            continue
        kernel.module = module
        for file, cases in (("BidiTest.txt", by_class), ("BidiCharacterTest.txt", by_character)):
            began, n, failures = time.monotonic(), 0, 0
            with (arguments.folder / file).open(encoding="utf-8") as lines:
                for case in cases(lines):
                    n += 1
                    if wrong := failure(case):
                        failures += 1
                        if failures <= 5:
                            print(wrong)
            n_failed += failures
            print(f"{name} {file}: {n} cases, {failures} failed ({time.monotonic() - began:.0f} s)", flush=True)
    if arguments.sample:
        text = sample(arguments.folder)
        arguments.sample.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
        print(f"{arguments.sample}: {sum(1 for _ in sampled(text))} cases, {arguments.sample.stat().st_size} bytes")
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
