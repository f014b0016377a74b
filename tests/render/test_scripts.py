"""Scripts whose letters join, stack, turn around or stand together: what every page of them has to be, whatever the text."""

from __future__ import annotations

import tomllib
import unicodedata
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from smallprint.render import Page, Style, fonts, harfbuzz, render
from smallprint.render.blocks import LIMIT, blocks, pieces
from smallprint.render.source import FileSource

SAMPLES: dict[str, str] = tomllib.loads(Path(__file__).with_name("scripts.toml").read_text(encoding="utf-8"))
NARROW = Style.preset("flow").with_keys({"page-size": "200,120"})
LINES = Style.preset("legible").with_keys({"page-size": "400,300"})


def ink(page: Page, at: int) -> int:
    """Dark pixels in the box of a character of the page."""
    x0, y0, x1, y1 = page.char_boxes()[at].tolist()
    return int((page.pixels[y0:y1, x0:x1] < 255).sum())


def lefts(page: Page, text: str) -> list[int]:
    """Where each of some characters, which occur once, begins."""
    return [page.boxes(page.text.index(char), page.text.index(char) + 1)[0].x0 for char in text]


def faces(text: str) -> set[str]:
    pages = render(text, LINES)
    assert len(pages)
    return {use.face for use in pages.faces()}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("style", [NARROW, LINES], ids=["running", "lines"])
def test_spans_tile_and_every_visible_character_has_ink(name: str, style: Style) -> None:
    text = f"{SAMPLES[name]}\n" * 3
    pages = render(text, style)
    assert "".join(page.text for page in pages) == text
    folded = {at for start, end in pages.report.folded for at in range(start, end)}
    n_drawn = 0
    for page in pages:
        for at, char in enumerate(page.text):
            place = page.span[0] + at
            if place in folded or char == "\n" or unicodedata.category(char) in ("Zs", "Cf"):
                continue
            assert ink(page, at), (place, char)
            n_drawn += 1
    assert n_drawn > 100
    assert [item.char for item in pages.report.missing] == (["\u0354"] if name == "Marks" else [])
    assert {item.char for item in pages.report.substituted} <= {"\n"}


@pytest.mark.parametrize("name", ["Arabic", "Thai", "Mixed", "Emoji"])
def test_a_page_taken_by_its_number_is_that_of_the_row(name: str) -> None:
    text = f"plain words first\n{SAMPLES[name] * 30}\nand last {SAMPLES[name]}\n"
    pages = render(text, NARROW)
    row = list(pages)
    assert len(row) > 8
    for index in (1, len(row) // 2, len(row) - 1):
        page = pages[index]
        assert (page.span, page.sha256) == (row[index].span, row[index].sha256)


def test_pieces_of_a_file_do_not_show(tmp_path: Path) -> None:
    text = "".join(f"{sample}\r\n{sample} " for sample in SAMPLES.values())
    path = tmp_path / "scripts.txt"
    path.write_text(text, encoding="utf-8", newline="")

    class Small(FileSource):
        def chunks(self, *arguments: object, size: int = 0):
            return super().chunks(size=101)

    whole = [page.sha256 for page in render(text, NARROW)]
    assert [page.sha256 for page in render(Small(path), NARROW)] == whole


def test_hebrew_runs_from_right_to_left_and_numbers_in_it_do_not() -> None:
    page = render("אבג 123", LINES)[0]
    letters, digits = lefts(page, "אבג"), lefts(page, "123")
    assert letters == sorted(letters, reverse=True)
    assert digits == sorted(digits)
    assert max(digits) < min(letters)
    # A paragraph from right to left begins at the right edge.
    assert page.boxes(0, 1)[0].x1 > 0.9 * LINES.width_px


def test_latin_in_arabic_keeps_its_order_and_brackets_turn_around() -> None:
    page = render("سلام (abc) قلب", LINES)[0]
    assert lefts(page, "abc") == sorted(lefts(page, "abc"))
    opening, closing = lefts(page, "(")[0], lefts(page, ")")[0]
    assert closing < lefts(page, "a")[0] < opening
    table = page._press.cells
    drawn = [table.cells[table.numbers(page.text)[0][page.text.index(bracket)]].glyphs[0] for bracket in "()"]
    assert [glyph.index for glyph in drawn] == [
        glyph.face.glyph_index(ord(bracket)) for glyph, bracket in zip(drawn, ")(", strict=True)
    ]


def test_arabic_letters_join() -> None:
    table = render("بب ب", LINES)._press.cells
    numbers, _ = table.numbers("ببب ب")
    first, middle, last, _, alone = (table.cells[number].glyphs for number in numbers.tolist())
    assert len({glyphs[0].index for glyphs in (first, middle, last, alone)}) == 4


def test_a_span_across_directions_has_a_box_for_each_of_them() -> None:
    page = render("abc אבג def", LINES)[0]
    boxes = page.boxes(0, 11)
    assert [(box.start, box.end) for box in boxes] == [(0, 4), (4, 7), (7, 11)]
    assert all(before.x0 < after.x0 for before, after in pairwise(boxes))


def test_a_cluster_is_one_box_and_one_ink() -> None:
    family = "👨‍👩‍👧‍👦"
    page = render(f"a{family}b", LINES)[0]
    boxes = {tuple(box) for box in page.char_boxes()[[1, 3, 5, 7]].tolist()}
    assert len(boxes) == 1
    assert faces(family) == {"Noto Emoji"}


def test_thai_breaks_between_words_and_never_inside_of_a_cluster() -> None:
    words = ["ภาษา", "ไทย", "ไม่", "มี", "ช่อง", "ว่าง", "ระหว่าง", "คำ"]
    text = "".join(words)
    starts = set(np.cumsum([0, *map(len, words)]).tolist())
    for width in range(60, 160, 7):
        lines = [
            line
            for page in render(text, Style.preset("flow").with_keys({"page-size": f"{width},400"}))
            for line in page.lines
        ]
        assert {line.start for line in lines} <= starts, width


def test_a_mark_on_nothing_is_a_code_and_listed() -> None:
    pages = render("\u0301abc", LINES)
    assert [(item.char, item.drawn) for item in pages.report.substituted] == [("\u0301", "<U+0301>")]


def test_a_space_with_a_joiner_behind_it_is_a_space() -> None:
    pages = render("و \u200cعمل", LINES)
    assert not pages.report.missing
    assert pages.report.folded == ((2, 3),)


def test_a_character_that_no_face_has_does_not_take_its_word_along() -> None:
    pages = render("שלום\U00017000שלום", LINES)
    assert [item.drawn for item in pages.report.missing] == ["<U+17000>"]
    assert pages.report.drawn == 9


def test_the_face_of_a_script_is_recorded() -> None:
    for name, face in (("Hindi", "Noto Sans Devanagari"), ("Khmer", "Noto Sans Khmer"), ("Korean", "Noto Sans CJK SC")):
        assert face in faces(SAMPLES[name])


def test_each_character_has_the_face_that_draws_it() -> None:
    text = "abc सभी 中 👍🏽\n"
    page = render(text, LINES)[0]
    drawn = {text[start:end]: face for start, end, face in page.faces()}
    assert drawn == {
        "abc": "DejaVu Sans", "सभी": "Noto Sans Devanagari", "中": "Noto Sans CJK SC", "👍🏽": "Noto Emoji"
    }  # fmt: skip


@pytest.mark.parametrize("face", ["DejaVu Sans", "Noto Sans Devanagari", "Noto Sans Thai"])
def test_harfbuzz_gives_the_same_by_arrays_and_by_objects(face: str) -> None:
    script, rtl, name = {
        "DejaVu Sans": ("Arab", True, "Arabic"),
        "Noto Sans Devanagari": ("Deva", False, "Hindi"),
        "Noto Sans Thai": ("Thai", False, "Thai"),
    }[face]
    code_points = np.array([ord(char) for char in SAMPLES[name]], np.uint32)
    opened = fonts.resolve(face)
    assert isinstance(opened, fonts.Face)
    wanted = harfbuzz._by_objects(opened, code_points, script, rtl)
    found = harfbuzz.shape(opened, code_points, script=script, rtl=rtl)
    for one, other in zip(found, wanted, strict=True):
        assert one.tolist() == other.tolist()


def test_long_paragraphs_are_cut_at_the_same_places_every_time() -> None:
    text = ("word " * 9000 + "x" * 40_000 + "\n") * 2 + "end"
    starts = pieces(text)
    assert starts[0] == 0
    assert max(np.diff([*starts, len(text)])) <= LIMIT
    for size in (1000, 7777, 100_000):
        cut = blocks(text[at : at + size] for at in range(0, len(text), size))
        ends = np.cumsum([len(block) for block in cut]).tolist()
        assert set(ends[:-1]) <= set(starts)
        assert ends[-1] == len(text)


def test_a_long_word_and_a_tall_cluster_take_no_time() -> None:
    """Words and clusters are cut, so that no text is one shape."""
    letters, marks = "ب" * 3000, "a" + "\u0301" * 3000
    pages = render(f"{letters}\n{marks}", LINES)
    assert "".join(page.text for page in pages) == f"{letters}\n{marks}"
    numbers, _ = pages._press.cells.numbers(letters)
    assert len(set(numbers.tolist())) < 12
    assert not pages.report.missing
