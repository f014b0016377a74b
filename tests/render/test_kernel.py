"""The kernel and the reference agree bit for bit, over arbitrary Unicode and styles.

Where the kernel is not built there is nothing to compare, and the tests are skipped. With SMALLPRINT_REQUIRE_KERNEL set, a machine that
has a compiler but no kernel fails instead.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from smallprint.errors import StyleError
from smallprint.render import Page, Pages, Style, deflate, fonts, kernel, render
from smallprint.render.deflate import Code
from smallprint.render.layout import pens
from smallprint.render.shaping import CellTable, Lettering
from smallprint.render.source import CHUNK, START, Position, TextSource

KERNEL = kernel.module
IS_OFF = os.environ.get("SMALLPRINT_KERNEL") == "off"
needs_kernel = pytest.mark.skipif(
    KERNEL is None, reason="SMALLPRINT_KERNEL=off" if IS_OFF else "the kernel was not built: is there a C compiler?"
)
ROOT = Path(__file__).parents[2]


@contextmanager
def using(module: Any) -> Iterator[None]:
    """The kernel, or the reference for None."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "module", module)
        yield


# Kinds of text: what breaks lines, what hangs, what is folded, what is drawn as codes of any width, words without a break.
letters = st.text(alphabet="aWil. fjÄé", min_size=30, max_size=200)
breaking = st.text(alphabet="ab -\t\n\r\v\f\x85\u2028\u2029 字。「」ー…\u00ad\u200b", min_size=20, max_size=120)
spaces = st.text(alphabet=" \t\n\r\u00a0\u2003\u2007\u202f\u3000", min_size=1, max_size=60)
marks = st.text(alphabet="↵¶\n\r a\u0301\u0308\u20dd\ufe0f\u200d\u2060\U000e0041", min_size=1, max_size=60)
indents = st.lists(
    st.builds(lambda run, rest: run + rest + "\n", st.text(" \t", max_size=12), st.sampled_from(["", "x", "›·→", "ا", "字"])),
    max_size=9,
).map("".join)  # fmt: skip
scripts = st.text(
    alphabet="اب ل\u0627\u064e12(א\u05b7)\u202e\u2067\u202cक\u094dष\u093fกำไ\u0e49👍\U0001f3fd\u200d👩🇩🇪字가\u1112\u1161\u11ab\n.",
    min_size=20,
    max_size=90,
)
codes = st.text(
    alphabet="\0\x07\x1b\x7f\x9f\ud800\udfff\ue000\uffff\U00017000\U0010ffff\u0915\u0e01\u05d0", max_size=20
)
anything = st.text(alphabet=st.characters(), max_size=40)
words = st.builds(lambda char, n: char * n, st.sampled_from("mi字\u0301\n "), st.integers(1, 300))
pieces = st.one_of(
    letters, letters, breaking, breaking, spaces, marks, codes, indents, scripts, scripts, anything, words
)
texts = st.lists(st.builds(lambda piece, n: piece * n, pieces, st.integers(1, 6)), max_size=4).map("".join)

INKS = st.sampled_from(["#000000", "#111111", "#EEEEEE", "#FF0000"])
GROUNDS = st.sampled_from(["#FFFFFF", "#777777", "#FFF8E0", "#1B2B3B"])
KEYS: dict[str, st.SearchStrategy[Any]] = {
    "page-size": st.one_of(
        st.tuples(st.integers(70, 400), st.integers(24, 150)),
        st.sampled_from([(17.3, 11.7), (1500, 20), (29, 2000), (595, 842), (301.5, 99.5)]),
    ).map(list),
    "dpi": st.sampled_from([45, 60, 72, 96, 113.3, 150, 300]),
    "margin-x": st.sampled_from([0, 0.4, 5]),
    "margin-y": st.sampled_from([0, 0.4, 5]),
    "font-path": st.sampled_from(
        [
            "DejaVu Sans",
            "DejaVu Sans Condensed",
            "DejaVu Sans Mono",
            "DejaVu Serif",
            "Source Sans 3",
            "Noto Sans CJK SC",
        ]
    ),
    "font-size": st.sampled_from([2, 5, 8, 9, 12.5]),
    "line-height": st.sampled_from([6.3, 9, 10, 13.7]),
    "alignment": st.sampled_from(["LEFT", "RIGHT", "CENTER", "JUSTIFY"]),
    "horizontal-scale": st.sampled_from([1, 0.7]),
    "letter-scale": st.sampled_from([1, 0.8, 1.9]),
    "advance-grid": st.sampled_from([0, 0, 1, 0.5]),
    "crop-grid": st.sampled_from([1, 1, 3, 32]),
    "first-line-indent": st.sampled_from([0, 12, -4]),
    "left-indent": st.sampled_from([0, 7.5]),
    "right-indent": st.sampled_from([0, 3]),
    "space-before": st.sampled_from([0, 3]),
    "space-after": st.sampled_from([0, 2.5]),
    "border-width": st.sampled_from([0, 0.3, 2]),
    "border-padding": st.sampled_from([0, 1.5, 20]),
    "auto-crop-width": st.booleans(),
    "auto-crop-last-page": st.booleans(),
    "newline-markup": st.sampled_from(["<br/>", "↵", "¶ ", " \\n ", '<font color="#00AA00"> ↵ </font>']),
    "indent-markup": st.sampled_from(["", "›", "»"]),
    "indent-width": st.sampled_from([1, 3, 4]),
    "tab-width": st.sampled_from([1, 4, 8, 32]),
    "columns": st.sampled_from([1, 2, 3]),
    "column-gap": st.sampled_from([0, 4]),
    "gray-bits": st.sampled_from([1, 2, 4, 8]),
    "highlight": st.sampled_from(["off", "python", "html"]),
    "font-color": INKS,
    "page-bg-color": GROUNDS,
    "para-bg-color": GROUNDS,
    "para-border-color": GROUNDS,
}
BASE = Style.preset("glyph-en").with_keys({"margin-x": 2, "margin-y": 2})


@st.composite
def styles(draw: st.DrawFn) -> Style:
    # Few keys at a time, so that each is met with the others at rest too.
    names = draw(st.sets(st.sampled_from(sorted(KEYS)), max_size=9)) | {"page-size"}
    base = BASE.with_keys({"newline-markup": "↵"}) if "indent-markup" in names - {"newline-markup"} else BASE
    base = base.themed(draw(st.sampled_from(["light", "light", "dark"])))
    try:
        style = base.with_keys({name: draw(KEYS[name]) for name in sorted(names)})
    except StyleError:
        assume(False)
        raise
    assume(style.width_px * style.height_px < 2_000_000)
    return style


def everything(text: str, style: Style, module: Any, most_drawn: int = 0) -> list[Any]:
    """All that the kernel, or the reference for None, makes of a text: each page's layout, then the report or the error.

    The first `most_drawn` pages and the last one are drawn too.
    """
    with using(module):
        pages = render(text, style)
        taken: list[Page] = []
        try:
            taken.extend(iter(pages))
            end: Any = report_of(pages)
        except StyleError as error:
            end = str(error)
        found: list[Any] = [layout_of(page) for page in taken]
        drawn = [*taken[:most_drawn], *taken[most_drawn:][-1:]] if most_drawn else []
        return [*found, [drawing_of(page) for page in drawn], end]


def layout_of(page: Page) -> tuple[Any, ...]:
    laid, cells = page._laid, page._press.cells
    return (
        (page.span, page.byte_span, page.width_px, page.height_px, page.text, laid.place, laid.rects),
        *map(data_of, (laid.table, laid.cells, pens(laid, cells))),
    )


def drawing_of(page: Page) -> tuple[Any, ...]:
    scanlines = bytes(page._press.scanlines(page._laid, page._roles))
    boxes = page.boxes(*page.span), data_of(page.char_boxes())
    return data_of(page.pixels), scanlines, page.png(), page.png("small"), boxes


def report_of(pages: Pages) -> tuple[Any, ...]:
    report = pages.report
    replaced = [(item.to_json(), item.spans) for item in (*report.substituted, *report.missing)]
    counts = report.n_chars, report.drawn, report.n_folded
    return counts, report.folded, replaced, pages.faces(), pages.sizes(), pages.spans()


def data_of(array: np.ndarray) -> tuple[Any, ...]:
    return array.dtype.str, array.shape, array.tobytes()


@needs_kernel
@given(texts, styles())
@settings(max_examples=250, deadline=None)
@example(
    "a\r\n" * 30 + "\t字" * 9, Style.preset("glyph-en").with_keys({"page-size": "60,40", "columns": 2, "margin-x": 0})
)
def test_layout_agrees(text: str, style: Style) -> None:
    found = everything(text, style, KERNEL)
    assert found == everything(text, style, None)
    if not isinstance(found[-1], str):
        assert "".join(page[0][4] for page in found[:-2]) == text


@needs_kernel
@given(texts, styles())
@settings(max_examples=200, deadline=None)
@example(
    "fjÄ" * 40,
    Style.preset("glyph-en").with_keys({"page-size": "50,30", "margin-x": 0, "margin-y": 0, "line-height": 6.3}),
)
def test_pages_agree(text: str, style: Style) -> None:
    # The first pages have everything; those between are like them.
    assert everything(text, style, KERNEL, most_drawn=2) == everything(text, style, None, most_drawn=2)


@needs_kernel
@given(texts, st.sampled_from(["", "↵", " ¶ "]), st.sampled_from(["", "›"]))
@settings(max_examples=60, deadline=None)
def test_numbers_agree(text: str, mark: str, indent: str) -> None:
    lettering = Lettering(
        font="DejaVu Sans", size_px=9, stretch=1, grid_px=0, gray_bits=4, tab_width=8, mark=mark, indent=indent
    )
    table, expected = CellTable(lettering), CellTable(lettering)
    # What is new to a table and what it knows already.
    for part in (text[: len(text) // 2], text, text[::-1]):
        with using(None):
            wanted, starts = expected.numbers(part)
        found, begun = table.numbers(part)
        assert data_of(found) == data_of(wanted)
        assert (begun is None and starts is None) or begun.tolist() == starts.tolist()
    assert [(cell.advance, cell.flags, cell.drawn) for cell in table.cells] == [
        (cell.advance, cell.flags, cell.drawn) for cell in expected.cells
    ]


@needs_kernel
@given(texts, st.lists(st.integers(0, 400), max_size=4))
@settings(max_examples=60, deadline=None)
def test_chunks_do_not_show(text: str, cuts: list[int]) -> None:
    class Cut(TextSource):
        def chunks(self, start: Position = START, size: int = CHUNK) -> Iterator[str]:
            for whole in TextSource(self.text).chunks(start, size):
                begin = 0
                for cut in [*sorted(cuts), len(whole)]:
                    end = cut + (whole[cut - 1 : cut + 1] == "\r\n" if cut else 0)
                    if begin < end:
                        yield whole[begin:end]
                        begin = end

    style = Style.preset("glyph-en").with_keys({"page-size": "90,40", "alignment": "JUSTIFY"})
    pages = [layout_of(page) for page in render(Cut(text), style)]
    assert pages == [layout_of(page) for page in render(text, style)]


@needs_kernel
def test_pages_of_many_lines_agree() -> None:
    # More lines than the kernel is given room for at first.
    style = Style.from_keys({"page-size": "3,18000", "font-size": 1, "line-height": 1, "margin-x": 0, "margin-y": 0})
    text = "\n" * 40_000 + "i" * 50_000
    found = everything(text, style, KERNEL)
    assert found == everything(text, style, None)
    assert found[0][1][1] == (18_000, 9)


CODES = [
    Code.fit(np.zeros(deflate.N_SYMBOLS, np.int64)),
    # Words of every length up to the limit.
    Code.fit(np.array([1 << max(0, 40 - symbol) for symbol in range(deflate.N_SYMBOLS)])),
    Code.fit(np.array([1 << max(0, symbol - 250) for symbol in range(deflate.N_SYMBOLS)])),
]
# Around the least and the longest match, the words of 64 and the pieces of 4096 bytes that the kernel looks at.
EDGES = (1, 3, 8, 9, 16, 63, 64, 128, 258, 259, 266, 516, 524, 4095, 4096, 8192)
lengths = st.one_of(
    st.integers(1, 20), st.builds(lambda edge, more: max(1, edge + more), st.sampled_from(EDGES), st.integers(-9, 9))
)
runs = st.lists(st.tuples(st.sampled_from(b"\x00\x01\xff"), lengths), min_size=1, max_size=12).map(
    lambda runs: b"".join(bytes([byte]) * n for byte, n in runs)
)


@needs_kernel
@given(
    st.one_of(runs, st.binary(min_size=1, max_size=300), st.builds(lambda a, b: a + b, runs, st.binary(max_size=5000)))
)
@settings(max_examples=250, deadline=None)
def test_deflate_agrees(data: bytes) -> None:
    for code in CODES:
        stream = kernel.deflate(data, code)
        assert stream == deflate.deflate(data, code)
        assert zlib.decompress(stream) == data


@needs_kernel
def test_deflate_agrees_wherever_a_run_begins() -> None:
    code = CODES[0]
    for before in (*range(0, 130, 7), *range(4080, 4100), *range(3830, 3842)):
        head = bytes(at % 251 for at in range(before))
        for n in (1, 2, 7, 8, 9, 10, 15, 16, 17, 257, 258, 259, 260, 266, 267, 268, 4096, 4097):
            data = head + b"\xff" * n + b"\x00\x01"
            assert kernel.deflate(data, code) == deflate.deflate(data, code), (before, n)


@needs_kernel
def test_checksums_do_not_overflow() -> None:
    # Sums that are as high as can be where the kernel begins the next stretch of bytes, wherever that is.
    for zeros in range(3900, 5800, 16):
        data = b"\xff" * 256 + bytes(zeros) + b"\xff" * 12_000
        assert kernel.deflate(data, CODES[0])[-4:] == zlib.adler32(data).to_bytes(4, "big"), zeros


@needs_kernel
def test_deflate_of_nothing() -> None:
    stream = kernel.deflate(b"", CODES[0])
    assert zlib.decompress(stream) == b""
    assert deflate.deflate(b"", CODES[0]) == stream


def fresh_face(folder: Path, name: str) -> str:
    """A face that no cells and no atlas of this process know yet."""
    path = folder / f"{name}.ttf"
    shutil.copy(fonts.resolve("DejaVu Sans").path, path)
    return str(path)


@needs_kernel
def test_threads_draw_what_one_draws(tmp_path: Path) -> None:
    keys = {"page-size": "260,120", "margin-x": 0, "letter-scale": 0.9}
    # Every text has characters of its own and many that the others meet at the same moment.
    texts = ["".join(chr(0xA1 + (at * 7 + n * 3) % 700) + " " * (at % 9 == 0) for at in range(1500)) for n in range(8)]

    def draw(text: str, style: Style) -> list[tuple[Any, ...]]:
        pages = render(text, style)
        drawn = [(page.span, page.sha256, page.png()) for page in pages]
        return [*drawn, (pages.report.drawn, pages.report.folded, pages.report.n_folded)]

    with using(None):
        alone = Style.preset("flow").with_keys({**keys, "font-path": fresh_face(tmp_path, "alone")})
        expected = [draw(text, alone) for text in texts]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for attempt in range(4):
            style = Style.preset("flow").with_keys({**keys, "font-path": fresh_face(tmp_path, f"together-{attempt}")})
            barrier = Barrier(8)

            def work(text: str, style: Style = style, barrier: Barrier = barrier) -> list[tuple[Any, ...]]:
                barrier.wait()
                return draw(text, style)

            with ThreadPoolExecutor(8) as pool:
                assert list(pool.map(work, texts)) == expected
    finally:
        sys.setswitchinterval(interval)


@needs_kernel
def test_pages_are_drawn_by_threads_in_order(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + at * 13 % 4000) + "。" * (at % 17 == 0) for at in range(4000))
    keys = {"page-size": "120,60", "margin-y": 0}
    alone = Style.preset("glyph-zh").with_keys(keys)
    together = alone.with_keys({"font-path": fresh_face(tmp_path, "together")})
    with using(None):
        expected = [page.png() for page in render(text, together)]
    for style, files in ((together, expected), (alone, [page.png() for page in render(text, alone)])):
        assert [png for _, png in render(text, style).pngs(threads=8)] == files


@needs_kernel
def test_a_process_without_the_kernel_gives_the_same_pages() -> None:
    # Here each has to fit its own Huffman codes too; in the narrow style the sample that they are fitted to has no room.
    code = (
        "import json; from smallprint.render import Style, kernel, render; from tests.render.test_golden import cases, record\n"
        "pages = {name: record(style) for name, style in cases().items()}\n"
        "pages['narrow'] = render('i', Style.from_keys({'page-size': '24,40'}))[0].png().hex()\n"
        "print(kernel.module is None, json.dumps(pages))"
    )
    found = {
        switch: subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "SMALLPRINT_KERNEL": switch},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split(" ", 1)
        for switch in ("off", "")
    }
    assert (found["off"][0], found[""][0]) == ("True", "False")
    pages, others = (json.loads(recorded) for _, recorded in found.values())
    for name in pages:
        assert pages[name] == others[name], name


@needs_kernel
def test_sizes_are_checked() -> None:
    page = next(iter(render("some words\n", Style.preset("flow"))))
    laid, cells = page._laid, page._press.cells
    with pytest.raises(ValueError, match="out: "):
        KERNEL.numbers("abc", np.zeros(0x110000, np.int32), np.zeros(2, np.int32))
    with pytest.raises(ValueError, match="table: "):
        KERNEL.numbers("abc", np.zeros(0x10FFFF, np.int32), np.zeros(3, np.int32))
    with pytest.raises(ValueError, match="x: "):
        KERNEL.edges(
            laid.cells, laid.table, cells.advance, cells.flags, cells.tab, np.zeros((3, len(laid.cells)), np.int64)
        )
    with pytest.raises(ValueError, match="code: "):
        KERNEL.deflate(b"abc", b"no code")

    class Spy:
        def __getattr__(self, name: str) -> Any:
            return getattr(KERNEL, name)

        def paint(self, *arguments: Any) -> Any:
            self.arguments = arguments
            return KERNEL.paint(*arguments)

    spy = Spy()
    with using(spy):
        page.png()
    names = re.search(r"paint\((.*?)\)", KERNEL.paint.__doc__)
    assert names
    given = dict(zip(names[1].split(", "), spy.arguments, strict=True))
    for name, value, told in (
        ("advance", b"", "advance: "),
        ("head", b"short", "head: "),
        ("lut", bytes(50), "lut: "),
        ("n_inks", 0, "lut: "),
        ("depth", 3, "depth: "),
        ("code", None, "out: "),
    ):
        with pytest.raises(ValueError, match=told):
            KERNEL.paint(*{**given, name: value}.values())


def test_the_kernel_is_there_where_it_is_required() -> None:
    if not os.environ.get("SMALLPRINT_REQUIRE_KERNEL"):
        pytest.skip("SMALLPRINT_REQUIRE_KERNEL is not set")
    if not any(shutil.which(name) for name in (os.environ.get("CC", "cc").split()[0], "cc", "gcc", "clang")):
        pytest.skip("there is no C compiler")
    assert KERNEL is not None, "the extension was not built, or SMALLPRINT_KERNEL=off"
