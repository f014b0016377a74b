"""Pages as a whole: the known example, hard texts, boxes, colours."""

from __future__ import annotations

import dataclasses
import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from smallprint.errors import StyleError, TextError
from smallprint.render import FileSource, Style, TextSource, render

JANE_EYRE = Path(__file__).parents[2] / "examples/jane-eyre.txt"

# Layout first: what every later version must keep, or say that it changed. Pixels in test_golden.py.
JANE_EYRE_PAGES = {"flow": 101, "glyph-en": 176, "dense": 62}


@pytest.mark.parametrize(("preset", "n_pages"), JANE_EYRE_PAGES.items())
def test_jane_eyre_is_whole(preset: str, n_pages: int) -> None:
    pages = render(JANE_EYRE, Style.preset(preset))
    text = JANE_EYRE.read_bytes().decode()
    assert "".join(page.text for page in pages) == text
    assert len(pages) == n_pages
    report = pages.report
    assert report.n_chars == len(text)
    assert not report.missing
    assert all(text[start:end].isspace() for start, end in report.folded)
    newlines = [item for item in report.substituted if item.char == "\n"]
    assert sum(item.count for item in newlines) == (text.count("\n") if Style.preset(preset).newline == "mark" else 0)


def test_pages_by_index_are_the_pages_of_the_stream() -> None:
    pages = render(JANE_EYRE, Style.preset("flow"))
    streamed = [(page.index, page.span, page.byte_span, page.sha256) for page in itertools.islice(pages, 3)]
    picked = [(page.index, page.span, page.byte_span, page.sha256) for page in pages[:3]]
    assert picked == streamed
    assert pages[-1].span[1] == 1_024_396
    assert pages.spans() == [page.span for page in pages]
    assert pages.find(pages[7].span[0]) == 7
    assert pages.spans() == [page.span for page in pages]
    assert pages.find(pages[7].span[0] - 1) == 6
    with pytest.raises(IndexError):
        pages[101]


def test_a_character_without_a_glyph_is_a_visible_code() -> None:
    pages = render("ab \U00017000 \U00017000 c\x00d", Style.preset("flow"))
    report = pages.report
    assert [(item.char, item.drawn, item.spans) for item in report.missing] == [
        ("\U00017000", "<U+17000>", ((3, 4), (5, 6)))
    ]
    assert [(item.char, item.drawn) for item in report.substituted] == [("\x00", "<U+0000>")]
    code = render("<U+17000>", Style.preset("flow"))[0]
    box, code_box = pages[0].boxes(3, 4)[0], code.boxes(0, 9)[0]
    assert box.x1 - box.x0 == pytest.approx(code_box.x1 - code_box.x0, abs=1)


def test_a_mark_in_the_text_is_not_taken_for_a_newline() -> None:
    report = render("a↵b\nc", Style.preset("flow")).report
    assert {(item.char, item.drawn) for item in report.substituted} == {("↵", "<U+21B5>"), ("\n", "↵")}


def test_tabs_go_to_tab_stops_and_indentation_is_kept() -> None:
    style = Style.preset("code")
    page = render("\tx\n    x\na\tx\nabc\tx", style)[0]
    lefts = [page.boxes(at, at + 1)[0].x0 for at in (1, 7, 11, 17)]
    assert len(set(lefts)) == 1


def test_crlf_is_one_newline() -> None:
    style = Style.preset("flow")
    assert render("a\r\nb", style).report.folded == ((1, 2),)
    assert [line.end for line in render("a\r\nb\rc\n", Style.preset("glyph-en"))[0].lines] == [3, 5, 7]


def test_white_space_before_crlf_is_folded_as_before_lf() -> None:
    lf = "aaaa bbbb   \n" + ("word " * 30 + "\n") * 3
    for preset in ("glyph-en", "flow"):
        style = Style.preset(preset).with_keys({"page-size": "300,200"})
        plain, crlf = render(lf, style), render(lf.replace("\n", "\r\n"), style)

        def folded(pages):
            return [pages.text[at] for start, end in pages.report.folded for at in range(start, end)]

        assert [page.text.replace("\r", "") for page in crlf] == [page.text for page in plain]
        assert [len(page.lines) for page in crlf] == [len(page.lines) for page in plain]
        assert [char for char in folded(crlf) if char != "\r"] == folded(plain)
    assert render(lf, Style.preset("glyph-en")).report.folded[0] == (9, 12)


def test_tabs_take_linear_work() -> None:
    from smallprint.render.geometry import measure
    from smallprint.render.lines import break_lines
    from smallprint.render.shaping import CellTable, Lettering

    class Counting(list):
        taken = 0

        def __getitem__(self, at):
            Counting.taken += len(self) if isinstance(at, slice) else 1
            return super().__getitem__(at)

    import smallprint.render.lines as lines

    original = lines._Window.__init__

    def counted(self, *arguments, **keys):
        original(self, *arguments, **keys)
        self.tabs = Counting(self.tabs)

    text = "ab\tcd\t1\n" * 2000
    style = Style.preset("code")
    table = CellTable(Lettering.of(style))
    geometry = dataclasses.replace(measure(style, table), first_room=1 << 25, other_room=1 << 25)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines._Window, "__init__", counted)
        n_lines = sum(1 for _ in break_lines(iter([table.numbers(text)[0]]), table, geometry, starts_paragraph=True))
    assert n_lines == 2000
    # Two tabs a line, each looked at a few times and found by bisection.
    assert Counting.taken < 2000 * 100


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("preset", ["glyph-en", "flow"])
def test_the_last_line_of_a_text_is_not_stretched(preset: str, end: str) -> None:
    style = Style.preset(preset).with_keys({"alignment": "JUSTIFY", "page-size": "200,200"})
    lines = render("word " * 9 + "the end" + end, style)[0].lines
    assert [bool(line.slack) for line in lines] == [True] * (len(lines) - 1) + [False]


@pytest.mark.parametrize(
    "keys",
    [
        {"gray-bits": 1},
        {"gray-bits": 1, "letter-scale": 0.5, "font-size": 8},
        {"gray-bits": 2, "font-size": 3, "line-height": 3},
    ],
)
def test_every_letter_has_ink_however_coarse(keys: dict[str, object]) -> None:
    page = render(JANE_EYRE, Style.preset("flow").with_keys(keys))[0]
    for at, char in enumerate(page.text[:3000]):
        if not char.isspace():
            (box,) = page.boxes(at, at + 1)
            assert (page.pixels[box.y0 : box.y1, box.x0 : box.x1] < 255).any(), (at, char)


def test_a_mark_that_no_face_has_is_refused() -> None:
    with pytest.raises(StyleError, match=r"no face has a glyph for U\+17000"):
        render("a\nb", Style.preset("flow").with_keys({"newline-markup": "\U00017000"}))


def test_a_mark_with_spaces_is_not_taken_for_the_letter_either() -> None:
    report = render("a↵b\nc", Style.preset("flow").with_keys({"newline-markup": " ↵ "})).report
    assert ("↵", "<U+21B5>") in {(item.char, item.drawn) for item in report.substituted}


@pytest.mark.parametrize("source", [None, 5, b"abc", ["a"]])
def test_what_is_no_source_is_refused_at_once(source: object) -> None:
    with pytest.raises(TextError, match=type(source).__name__):
        render(source, Style())


def test_justified_lines_end_at_the_margin() -> None:
    style = Style.preset("glyph-en").with_keys({"alignment": "JUSTIFY", "page-size": "300,842"})
    page = render(JANE_EYRE.read_text(encoding="utf-8")[3000:6000], style)[0]
    wrapped = [line for line in page.lines if line.slack]
    assert len(wrapped) > 10
    assert {line.right >> 16 for line in wrapped} <= {289, 290}


def test_columns_are_read_one_after_another() -> None:
    style = Style.preset("glyph-en").with_keys({"columns": 2, "page-size": "300,60"})
    page = render("word " * 60, style)[0]
    lefts = [line.left >> 16 for line in page.lines]
    assert lefts == sorted(lefts)
    assert len(set(lefts)) == 2


def test_boxes_of_a_span_over_lines() -> None:
    pages = render(JANE_EYRE, Style.preset("flow"))
    page = pages[5]
    start = page.lines[3].start + 20
    boxes = page.boxes(start, page.lines[5].start + 10)
    assert boxes[0].start == start
    assert len(boxes) == 3
    assert all(0 <= box.x0 < box.x1 <= page.width_px and 0 <= box.y0 < box.y1 <= page.height_px for box in boxes)
    assert boxes[1].x0 == pytest.approx(10, abs=1)
    assert page.boxes(0, 10) == []


def test_colours_make_palette_pages() -> None:
    style = Style.preset("flow").with_keys({"newline-markup": '<font color="#FF0000">↵</font>'})
    page = render("black\nred mark", style)[0]
    assert page.pixels.ndim == 3
    red = (page.pixels[:, :, 0] > 200) & (page.pixels[:, :, 1] < 60)
    assert red.any()
    image = Image.open(io.BytesIO(page.png()))
    assert image.mode == "P"
    assert np.array_equal(np.asarray(image.convert("RGB")), page.pixels)


def test_dark_pages_are_light_pages_inverted() -> None:
    style = Style.preset("flow")
    light, dark = render("Reader, I married him.", style)[0], render("Reader, I married him.", style.themed("dark"))[0]
    assert np.array_equal(255 - light.pixels, dark.pixels)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_gray_levels(bits: int) -> None:
    page = render("Reader, I married him.", Style.preset("flow").with_keys({"gray-bits": bits}))[0]
    step = 255 // ((1 << bits) - 1)
    assert not (page.pixels % step).any()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(page.png())).convert("L")), page.pixels)


def test_letter_scale_and_horizontal_scale() -> None:
    text = "word " * 4000
    flow = Style.preset("flow")
    plain, narrow = render(text, flow), render(text, flow.with_keys({"letter-scale": 0.75}))
    squeezed = render(text, flow.with_keys({"horizontal-scale": 0.75}))
    assert narrow[0].span[1] > 1.25 * plain[0].span[1]
    assert (narrow[0].width_px, squeezed[0].width_px) == (595, 446)
    # The squeezed page has the line breaks of the plain one, as Glyph's has.
    assert [line.end for line in squeezed[0].lines] == [line.end for line in plain[0].lines]


def test_letters_of_whole_pixels_look_the_same_wherever_they_stand() -> None:
    style = Style.preset("dense").with_keys({"advance-grid": 1, "font-size": 6, "line-height": 6})
    (page,) = render("minimal illicit lilies, " * 40, style)
    edges = page.char_edges()
    assert (edges == edges.round()).all()
    assert ((edges[:, 1] - edges[:, 0])[[char.isalpha() for char in page.text]] >= 1).all()
    boxes = page.char_boxes().tolist()
    for letter in "ml,":
        at = [i for i, char in enumerate(page.text) if char == letter][1:-1]
        first, *others = (
            page.pixels[y0:y1, int(edges[i, 0]) : int(edges[i, 1])] for i in at for _, y0, _, y1 in (boxes[i],)
        )
        # Neighbours may reach over; the columns that only this letter has are its own.
        assert all(np.array_equal(first[:, 1:-1], other[:, 1:-1]) for other in others)


def test_cropped_sides_are_multiples_of_the_grid() -> None:
    style = Style.preset("dense").with_keys(
        {"page-size": "640,640", "auto-crop-width": True, "auto-crop-last-page": True}
    )
    (loose,) = render("A few words.\n" * 9, style)
    (page,) = render("A few words.\n" * 9, style.with_keys({"crop-grid": 32}))
    assert (page.width_px % 32, page.height_px % 32) == (0, 0)
    assert 0 <= page.width_px - loose.width_px < 32
    assert 0 <= page.height_px - loose.height_px < 32
    assert np.array_equal(page.pixels[: loose.height_px, : loose.width_px], loose.pixels)
    # Never larger than the page that is cropped.
    (whole,) = render("A few words. " * 900, style.with_keys({"crop-grid": 256, "page-size": "640,600"}))[:1]
    assert (whole.width_px, whole.height_px) == (640, 600)


def test_a_page_too_narrow_for_one_character_says_so() -> None:
    style = Style.preset("flow").with_keys({"page-size": "26,60"})
    with pytest.raises(StyleError, match=r"too narrow for a single character \(U\+0057, 8.9 px wide\)"):
        render("aW", style).sizes()


def test_hard_texts() -> None:
    style = Style.preset("glyph-en")
    blank = render("\n" * 10**6, style)
    assert len(blank) == -(-(10**6) // 82)
    assert (blank.pixels if hasattr(blank, "pixels") else blank[0].pixels).min() == 255
    long_line = "x" * 3_000_000
    pages = render(long_line, style)
    assert sum(end - start for start, end in (page.span for page in pages)) == len(long_line)
    spaces = render("a" + " " * 10**6 + "b", style)
    assert spaces.report.n_folded >= 10**6 - 200
    assert render("\ud800 a", style).report.substituted[0].drawn == "<U+D800>"
    assert len(render("", style)) == 0


def test_files_are_read_as_they_are(tmp_path: Path) -> None:
    raw = "\ufeffone\r\ntwo\rthree\u2028\tvier \U00017000".encode()
    path = tmp_path / "a.txt"
    path.write_bytes(raw)
    pages = render(path, Style.preset("flow"))
    assert "".join(page.text for page in pages).encode() == raw
    assert pages.source.digest.n_bytes == len(raw)
    assert FileSource(path).digest == TextSource(raw.decode()).digest
