"""Invariants of rendering, over arbitrary Unicode and styles."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from smallprint.errors import StyleError
from smallprint.render import Style, png, render
from smallprint.render.source import CHUNK, START, Position, TextSource

# Half ordinary text with what breaks lines, half anything, surrogates included.
ordinary = st.text(alphabet="aWi. ,-\t\n\r 字。「é", max_size=400)
anything = st.text(alphabet=st.characters(), max_size=60)
texts = st.one_of(ordinary, anything, st.builds(lambda a, b, c: a + b + c, ordinary, anything, ordinary))

styles = st.builds(
    lambda base, **keys: Style.preset(base).with_keys(keys),
    base=st.sampled_from(["glyph-en", "flow", "code", "glyph-zh", "dense", "code-flow"]),
    **{
        "page-size": st.sampled_from(["300,60", "200,200", "595,842"]),
        "alignment": st.sampled_from(["LEFT", "RIGHT", "CENTER", "JUSTIFY"]),
        "first-line-indent": st.sampled_from([0, 12]),
        "left-indent": st.sampled_from([0, 7.5]),
        "space-before": st.sampled_from([0, 3]),
        "space-after": st.sampled_from([0, 2.5]),
        "columns": st.sampled_from([1, 2]),
        "auto-crop-width": st.booleans(),
        "auto-crop-last-page": st.booleans(),
        "letter-scale": st.sampled_from([1, 0.8]),
        "advance-grid": st.sampled_from([0, 1]),
        "crop-grid": st.sampled_from([1, 28]),
        "border-width": st.sampled_from([0, 1]),
        "para-border-color": st.sampled_from(["#FFFFFF", "#FF0000"]),
    },
)


@given(texts, styles)
@settings(max_examples=300, deadline=None)
def test_nothing_is_lost(text: str, style: Style) -> None:
    try:
        pages = list(render(text, style))
    except StyleError:
        # A visible code may be wider than the narrow columns of these styles; that it says so is tested elsewhere.
        return
    assert "".join(page.text for page in pages) == text
    spans = [page.span for page in pages]
    assert [start for start, _ in spans] == [0, *(end for _, end in spans)][: len(spans)]
    assert (spans[-1][1] if spans else 0) == len(text)
    raw = text.encode("utf-8", "surrogatepass")
    assert b"".join(raw[start:end] for start, end in (page.byte_span for page in pages)) == raw
    for page in pages:
        assert [line.start for line in page.lines] == [page.span[0], *(line.end for line in page.lines)][:-1]
        assert page.lines[-1].end == page.span[1]


@given(texts, styles)
@settings(max_examples=200, deadline=None)
def test_what_is_not_drawn_is_reported(text: str, style: Style) -> None:
    try:
        report = render(text, style).report
    except StyleError:
        return
    assert report.n_chars == len(text)
    listed = set()
    for start, end in report.folded:
        listed.update(range(start, end))
    for item in (*report.substituted, *report.missing):
        for start, end in item.spans:
            assert text[start:end] == item.char * (end - start)
            listed.update(range(start, end))
    # What is neither listed nor drawn is white space that keeps its room, or a line break.
    unlisted = [char for at, char in enumerate(text) if at not in listed and not char.isspace()]
    assert all(char.isprintable() for char in unlisted)
    assert report.drawn >= len(unlisted)
    for start, end in report.folded:
        assert all(
            char.isspace() or not char.isprintable() or not char.strip() or is_zero_width(char)
            for char in text[start:end]
        )


def is_zero_width(char: str) -> bool:
    import unicodedata

    return unicodedata.category(char) in ("Cf", "Mn", "Cn")


@given(texts, styles)
@settings(max_examples=60, deadline=None)
def test_same_in_same_out(text: str, style: Style) -> None:
    try:
        first = [(page.sha256, page.png(), page.width_px, page.height_px) for page in render(text, style)]
    except StyleError:
        return
    pages = render(text, Style.from_glyph(style.to_glyph()))
    again = [(page.sha256, page.png(), page.width_px, page.height_px) for page in (pages[i] for i in range(len(pages)))]
    assert first == again
    for page in pages:
        decoded = np.asarray(Image.open(io.BytesIO(page.png())).convert("L" if page.pixels.ndim == 2 else "RGB"))
        assert np.array_equal(decoded, page.pixels)
        assert page.pixels.shape[:2] == (page.height_px, page.width_px)


@given(ordinary, styles)
@settings(max_examples=60, deadline=None)
def test_ink_lies_in_boxes(text: str, style: Style) -> None:
    plain = style.with_keys({"border-width": 0, "para-border-color": "#FFFFFF"})
    try:
        pages = list(render(text, plain))
    except StyleError:
        return
    for page in pages:
        covered = np.zeros((page.height_px, page.width_px), bool)
        for box in page.boxes(*page.span):
            covered[box.y0 : box.y1, box.x0 : box.x1] = True
        assert not (page.pixels[~covered] != 255).any()


@given(texts, st.lists(st.integers(0, 400), max_size=4))
@settings(max_examples=100, deadline=None)
def test_chunks_do_not_show(text: str, cuts: list[int]) -> None:
    class Cut(TextSource):
        def chunks(self, start: Position = START, size: int = CHUNK):
            rest = self.text[start.chars :]
            at = 0
            for cut in [*sorted(cuts), len(rest)]:
                end = min(max(cut, at), len(rest))
                end += rest[end - 1 : end + 1] == "\r\n" if end else 0
                if end > at:
                    yield rest[at:end]
                    at = end

    style = Style.preset("glyph-en").with_keys({"page-size": "300,60"})
    try:
        whole = [page.span for page in render(text, style)]
    except StyleError:
        return
    assert [page.span for page in render(Cut(text), style)] == whole


def test_chunks_of_a_string_keep_crlf_together() -> None:
    text = "a" * (CHUNK - 1) + "\r\n" + "b" * 10
    chunks = list(TextSource(text).chunks())
    assert "".join(chunks) == text
    assert chunks[0].endswith("\r\n")


@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.sampled_from([2, 3]),
    st.sampled_from([1, 17, 85, 255]),
    st.sampled_from(["default", "small"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=80, deadline=None)
def test_png_decodes_to_its_pixels(height, width, ndim, step, mode, random) -> None:
    generator = np.random.default_rng(random.getrandbits(32))
    shape = (height, width) if ndim == 2 else (height, width, 3)
    pixels = (generator.integers(0, 255 // step + 1, shape) * step).astype(np.uint8)
    pixels[: height // 2] = pixels[0, 0]
    data = png.encode(pixels, mode)
    decoded = np.asarray(Image.open(io.BytesIO(data)).convert("L" if ndim == 2 else "RGB"))
    assert np.array_equal(decoded, pixels)
