"""Random texts in random styles through the kernel, and what must hold for each.

    python tools/kernel_fuzz.py --kernel _kernel.abi3.so --texts 2000

For every text: the pages, joined, are the text, and their PNG files decode to their pixels. For some: all ink lies in boxes, and the
reference gives the same. A case is made from the seed and its number alone, so that ``--seed S --case N`` plays one again.
`sanitize_kernel.py` runs this with a kernel that watches its own memory.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import json
import struct
import sys
import time
import traceback
import zlib
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from smallprint.errors import StyleError
from smallprint.render import Page, Style, kernel, render
from smallprint.render.layout import pens
from smallprint.render.palette import GROUNDS, RGB
from smallprint.render.report import Report

BLOCK = 50
"""Texts in a row that share a style."""
LETTERINGS = 48
"""Of all styles: drawing the glyphs of a new one takes longer than all else. No more than `press` keeps."""
MOST_PAGES = 3
"""Of a text, that are drawn; of pages larger than this, one of every fifth text."""
BIG_PX = 60_000
FACES = (
    "DejaVu Sans",
    "DejaVu Sans",
    "DejaVu Sans Condensed",
    "DejaVu Sans Mono",
    "DejaVu Serif",
    "Source Sans 3",
    "Noto Sans CJK SC",
)
PAPER = ("#FFFFFF", "#FFFFFF", "#FFF8E0", "#777777", "#101010", "#1B2B3B", "#000000")
INKS = ("#000000", "#000000", "#FFFFFF", "#FF0000", "#EEEEEE", "#3050A0")

ALPHABETS = (
    "There was no possibility of taking a walk that day. ",
    "fjÄéÅqQ ",
    "ab \t",
    "a \n",
    "a b\r\n\n\t",
    " \t\n\r\v\f\x85\u2028\u2029\u00a0\u2003\u2007\u202f\u3000x",
    "字漢道可非常。「」（）、ー…々ァ a\n",
    "a\u0301\u0308\u20dde\ufe0f\u200d\u200b\u2060\u00ad\U000e0041 ",
    "\0\x07\x1b\x7f\x9f\ud800\udfff\ue000\uffff a\n",
    "\u05d0\u0628\u0915\u0e01\u1100\uac00\U0001f3af ",
    "اب\u064eل12(א\u05b7)\u202e\u2067\u202c \u2066\u2069ab\n",
    "क\u094dष\u093f ก\u0e33\u0e49ไไ👍\U0001f3fd\u200d👩🇩🇪\u1112\u1161\u11ab\n",
    "↵¶→½ﬁ\n",
    "m",
    "",  # some characters from anywhere in Unicode, others for each style
)


@lru_cache(maxsize=2)
def letterings(seed: int) -> list[dict[str, Any]]:
    rng = Random(f"{seed} letterings")
    found: list[dict[str, Any]] = []
    for _ in range(LETTERINGS):
        dpi = rng.choice((45, 60, 72, 72, 96, 113.3, 150, 300))
        size_px = rng.choice((2.5, 6, 8, 9, 9, 10, 12, 15, 40))
        found.append(
            {
                "dpi": dpi,
                "font-path": rng.choice(FACES),
                "font-size": max(1, size_px * 72 / dpi),
                "letter-scale": rng.choice((1, 1, 0.8, 1.9)),
                "horizontal-scale": rng.choice((1, 1, 1, 0.7, 1.3)),
                "gray-bits": rng.choice((1, 2, 4, 4, 4, 4, 4, 8)),
                "tab-width": rng.choice((1, 4, 8, 32)),
                "newline-markup": rng.choice(("<br/>", "<br/>", "↵", " \\n ", '<font color="#00AA00">¶ </font>')),
            }
        )
    return found


def style_of(seed: int, block: int) -> Style:
    rng = Random(f"{seed} style {block}")
    keys = dict(letterings(seed)[rng.randrange(LETTERINGS)])
    dpi, size = keys["dpi"], keys["font-size"]
    to_pt = 72 / dpi
    # Most pages are small: the figures are about as many texts as possible.
    most_px = 4_000_000 if rng.random() < 0.01 else BIG_PX
    while True:
        wide, high = rng.choice(((9, 3), (25, 8), (40, 12), (60, 30), (25, 300), (300, 4)))
        width, height = (size * side * rng.uniform(0.5, 1.5) for side in (wide, high))
        if most_px > BIG_PX:
            width, height = 1500 * to_pt, 1800 * to_pt
        margin = rng.choice((0, 0, 0.3, 4)) * to_pt
        more: dict[str, Any] = {
            "page-size": [max(1, width), max(1, height)],
            "margin-x": margin,
            "margin-y": rng.choice((margin, 0)),
            "line-height": max(1, size * rng.choice((0.7, 1, 1.1, 1.5))),
            "alignment": rng.choice(("LEFT", "RIGHT", "CENTER", "JUSTIFY")),
            "first-line-indent": rng.choice((0, 0, size * 2, -margin)),
            "left-indent": rng.choice((0, 0, size)),
            "right-indent": rng.choice((0, 0, size / 3)),
            "space-before": rng.choice((0, 0, size / 3)),
            "space-after": rng.choice((0, 0, size / 2)),
            "columns": rng.choice((1, 1, 1, 1, 1, 2, 2, 3, 12)),
            "column-gap": rng.choice((0, size)),
            "auto-crop-width": rng.random() < 0.5,
            "auto-crop-last-page": rng.random() < 0.5,
            "highlight": "python" if rng.random() < 0.1 else "off",
            "page-bg-color": rng.choice(PAPER),
            "font-color": rng.choice(INKS),
        }
        more["para-bg-color"] = rng.choice(PAPER) if rng.random() < 0.3 else more["page-bg-color"]
        if rng.random() < 0.3:
            more |= {
                "border-width": rng.choice((0, 0.4, 3)),
                "border-padding": rng.choice((0, 1.5, 30)),
                "para-border-color": rng.choice(INKS),
            }
        try:
            style = Style.from_keys({**keys, **more})
        except StyleError:
            continue
        if style.width_px * style.height_px < most_px:
            return style


def text_of(seed: int, case: int) -> str:
    block = Random(f"{seed} alphabet {case // BLOCK}")
    anywhere = "".join(chr(block.randrange(0x110000)) for _ in range(8)) + " \n"
    rng = Random(f"{seed} text {case}")
    length = rng.randrange(400) if rng.random() < 0.99 else rng.choice((2_000, 10_000, 30_000))
    parts: list[str] = []
    n = 0
    while n < length:
        alphabet = rng.choice(ALPHABETS) or anywhere
        part = rng.choices(alphabet, k=min(length - n, rng.choice((1, 8, 60, 400))))
        parts.append("".join(part))
        n += len(part)
    return "".join(parts)


@lru_cache(maxsize=2)
def same_style(seed: int, block: int) -> Style:
    return style_of(seed, block)


def lay_out(text: str, style: Style) -> tuple[list[Page], Report | str]:
    """Pages until the text ends or a character is wider than a line; the report, or what the error says."""
    pages = render(text, style)
    taken: list[Page] = []
    try:
        # An iterator has no length, for which all would be laid out first.
        taken.extend(iter(pages))
    except StyleError as error:
        return taken, str(error)
    return taken, pages.report


def text_on(pages: list[Page]) -> str:
    if not pages:
        return ""
    numbers = np.concatenate([page._laid.cells for page in pages])
    return pages[0]._press.cells.code_point[numbers].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def check(seed: int, case: int) -> str:
    """Raise unless all holds; what became of the case."""
    text, style = text_of(seed, case), same_style(seed, case // BLOCK)
    pages, end = lay_out(text, style)
    is_refused = isinstance(end, str)
    joined = text_on(pages)
    assert text.startswith(joined) if is_refused else text == joined, "the pages are not the text"
    assert [page.span[0] for page in pages] == [0, *(page.span[1] for page in pages)][: len(pages)], (
        "spans do not touch"
    )
    rng = Random(f"{seed} check {case}")
    chosen = pages if len(pages) <= MOST_PAGES else [pages[0], rng.choice(pages), pages[-1]]
    if style.width_px * style.height_px > BIG_PX:
        chosen = chosen[:1] if case % 5 == 0 else []
    with_boxes, with_reference = case % 10 == 0, case % 50 == 7
    for page in chosen:
        if page._press.palette.color_type != RGB:
            assert decoded(page.png(), page._press.scanlines(page._laid, page._roles), page.pixels), (
                "the PNG file holds something else"
            )
        if with_boxes:
            assert is_boxed(page), "ink outside all boxes"
    if with_reference:
        agree(text, style, pages, end, chosen)
    return "refused" if is_refused else "empty" if not pages else "good"


def decoded(png: bytes, scanlines: bytes | bytearray, pixels: np.ndarray) -> bool:
    """Whether the file, read by the book, has these scanlines and these pixels."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        (n,) = struct.unpack_from(">I", png, at)
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + n]
        assert struct.unpack_from(">I", png, at + 8 + n) == (zlib.crc32(kind + body),), f"checksum of {kind!r}"
        chunks[kind] = body
        at += 12 + n
    assert list(chunks)[-1] == b"IEND"
    width, height, depth, color_type, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    raw = zlib.decompress(chunks[b"IDAT"])
    rows = np.frombuffer(raw, np.uint8).reshape(height, -1)
    shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
    samples = (rows[:, 1:, None] >> shifts & ((1 << depth) - 1)).reshape(height, -1)[:, :width]
    colors = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3) if color_type == 3 else None
    shown = samples * (255 // ((1 << depth) - 1)) if colors is None else colors[samples]
    if colors is not None and pixels.ndim == 2:
        shown = shown[:, :, 0]
    return raw == scanlines and not rows[:, 0].any() and np.array_equal(shown, pixels)


def is_boxed(page: Page) -> bool:
    palette = page._press.palette
    ground = np.zeros((page.height_px, page.width_px), np.int64)
    for rect in page._laid.rects:
        ground[rect.y0 : rect.y1, rect.x0 : rect.x1] = GROUNDS.index(rect.role)
    blank = palette.colors[palette.numbers[ground, 0, 0]]
    inked = (page.pixels[..., None] if page.pixels.ndim == 2 else page.pixels) != blank
    for box in page.boxes(*page.span):
        inked[box.y0 : box.y1, box.x0 : box.x1] = False
    return not inked.any()


def agree(text: str, style: Style, pages: list[Page], end: Report | str, chosen: list[Page]) -> None:
    """Raise unless the reference gives the same."""
    module, kernel.module = kernel.module, None
    try:
        others, other_end = lay_out(text, style)
        assert told(end) == told(other_end), "another report or another error"
        assert list(map(laid, pages)) == list(map(laid, others)), "other lines or pages"
        for page in chosen:
            other = others[page.index]
            scanlines, png = other._press.scanlines(other._laid, other._roles), other.png()
            pixels = other.pixels
            kernel.module = module
            assert np.array_equal(page.pixels, pixels), "other pixels"
            assert page._press.scanlines(page._laid, page._roles) == scanlines, "other scanlines"
            assert page.png() == png, "another PNG file"
            kernel.module = None
    finally:
        kernel.module = module


def told(end: Report | str) -> Any:
    if isinstance(end, str):
        return end
    replaced = [(item.to_json(), item.spans) for item in (*end.substituted, *end.missing)]
    return end.n_chars, end.drawn, end.n_folded, end.folded, replaced


def laid(page: Page) -> tuple[Any, ...]:
    found = page._laid
    arrays = found.table.tobytes(), found.cells.tobytes(), pens(found, page._press.cells).tobytes()
    return page.span, page.byte_span, page.width_px, page.height_px, found.place, found.rects, *arrays


def load(path: Path, *, plain: bool) -> Any:
    """The extension in a file; `plain` as on a processor that has nothing beyond what every one has."""
    spec = importlib.util.spec_from_file_location("_kernel", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if plain:
        cpu = (ctypes.c_int * 3).in_dll(ctypes.CDLL(str(path)), "smallprint_cpu")
        cpu[:] = [0, 0, 0]
    return module


def story(seed: int, case: int, error: str) -> str:
    """A failing case, and how to play it again."""
    return (
        f"python tools/sanitize_kernel.py --seed {seed} --case {case}\n"
        f"(alone; if it then passes, the cases before it matter: --seed {seed} --texts {case + 1})\n\n"
        f"style = {json.dumps(style_of(seed, case // BLOCK).to_glyph())}\n\ntext = {text_of(seed, case)!a}\n\n{error}\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", type=Path, required=True, help="the extension to try")
    parser.add_argument("--plain", action="store_true", help="without the instructions that are asked for at run time")
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--case", type=int, help="this one alone")
    parser.add_argument("--at", type=Path, help="a file that always holds the number of the case under way")
    parser.add_argument("--failure", type=Path, help="where a failing case is written to")
    given = parser.parse_args()
    kernel.module = load(given.kernel, plain=given.plain)
    cases = range(given.first, given.first + given.texts) if given.case is None else [given.case]
    counts: dict[str, int] = {}
    began = time.monotonic()
    at = given.at.open("wb", buffering=0) if given.at else None
    for n, case in enumerate(cases, 1):
        if at:
            at.seek(0)
            at.write(b"%12d" % case)
        try:
            what = check(given.seed, case)
        except Exception:
            told = story(given.seed, case, traceback.format_exc())
            print(told, file=sys.stderr)
            if given.failure:
                given.failure.write_text(told, encoding="utf-8")
            return 1
        counts[what] = counts.get(what, 0) + 1
        if n % max(1, len(cases) // 20) == 0:
            print(f"{n} texts, {time.monotonic() - began:.0f} s, {counts}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
