"""White space at the start of lines as marks: nothing is lost, and what is drawn tells what stood there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smallprint.errors import StyleError
from smallprint.render import Page, Pages, Style, render
from smallprint.render.blocks import LIMIT
from smallprint.render.indents import begins_line, restored
from smallprint.render.source import START, Position, TextSource

STYLE = Style.preset("code-flow")
CODE = 'def f(x):\n    if x:\n\t\treturn "›"\n      # six\n›here\n  ·there\n\n        \n \t  → x\r\n   end'
lines = st.builds(
    lambda run, rest: run + rest,
    st.one_of(st.text(" \t", max_size=9), st.integers(0, 60).map(lambda n: " " * n)),
    st.sampled_from(["", "a", "›", "›› b", "·", "→", "a  b", "  ", "ا ب", "(ا)", "字", "›\u0301", "กำ"]),
)
texts = st.lists(lines, max_size=8).map("\n".join)
narrow = st.sampled_from(["300,60", "80,40", "90,24", "595,842"])
widths = st.sampled_from([1, 2, 3, 4, 8])


def style_of(page_size: str, width: int) -> Style:
    return STYLE.with_keys({"page-size": page_size, "margin-x": 2, "margin-y": 2, "indent-width": width})


def shown(pages: Pages) -> str:
    """What pages show, character by character, by what the report says."""
    drawn = list(pages.text)
    for item in (*pages.report.substituted, *pages.report.missing):
        for start, end in item.spans:
            assert set(drawn[start:end]) == {item.char}
            drawn[start:end] = ["" if item.drawn.endswith("the space before it") else item.drawn] * (end - start)
    return "".join(drawn)


@given(texts, narrow, widths)
@settings(max_examples=150, deadline=None)
@example(CODE, "595,842", 4)
def test_what_is_drawn_tells_what_stood_there(text: str, page_size: str, width: int) -> None:
    text = text.replace("ا", "x").replace("\r", "")
    pages = render(text, style_of(page_size, width))
    assert "".join(page.text for page in pages) == text
    assert restored(shown(pages), "↵", "›", width) == text


def layout(page: Page) -> tuple[object, ...]:
    return page.span, page.lines, page._laid.cells.tolist(), page._laid.place


@given(texts, narrow, widths, st.lists(st.integers(1, 200), max_size=4))
@settings(max_examples=150, deadline=None)
@example("x\n" + " " * 70 + "›", "80,40", 3, [20, 21])
@example("aaaa ›bbb ›ccc ›ddd ›eee ›fff ›ggg", "80,40", 4, [])
def test_pages_taken_one_by_one_and_text_in_pieces(text: str, page_size: str, width: int, cuts: list[int]) -> None:
    class Cut(TextSource):
        def chunks(self, start: Position = START, size: int = LIMIT) -> Iterator[str]:
            rest = self.text[start.chars :]
            for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(rest)], strict=True):
                if rest[begin:end]:
                    yield rest[begin:end]

    pages = render(text, style_of(page_size, width))
    whole = list(map(layout, pages))
    assert whole == [layout(pages[index]) for index in range(len(pages))]
    assert whole == list(map(layout, render(Cut(text), pages.style)))


@pytest.mark.parametrize("rest", ["x", "ا"])
def test_white_space_that_is_longer_than_what_is_seen_together(rest: str) -> None:
    text = "a\n" + " " * (2 * LIMIT + 2) + rest
    pages = render(text, style_of("595,842", 3))
    assert "".join(page.text for page in pages) == text
    assert [layout(page) for page in pages] == [layout(pages[index]) for index in range(len(pages))]
    counts = {item.drawn: item.count for item in pages.report.substituted}
    assert counts["›"] == (2 * LIMIT + (2 if rest == "x" else 0)) // 3


def test_a_mark_has_one_box_for_its_spaces() -> None:
    page = render("if x:\n        y\n  z", STYLE)[0]
    boxes = page.char_boxes().tolist()
    assert boxes[6] == boxes[7] == boxes[9] != boxes[10] == boxes[13]
    assert boxes[14][0] >= boxes[13][2] - 1
    first, second = boxes[16], boxes[17]
    assert first[0] < second[0]
    assert page.boxes(6, 10)[0].x1 <= page.boxes(10, 14)[0].x1


def test_marks_are_as_narrow_as_they_look_and_keep_words_together() -> None:
    plain = render("x\n" + " " * 40 + "y", STYLE.with_keys({"indent-markup": ""}))[0]
    marked = render("x\n" + " " * 40 + "y", STYLE)[0]
    assert marked.lines[0].right < plain.lines[0].right
    # A line may end in front of the marks, and nowhere between them and their line.
    text = "aaaa aaaa\n        bbbb"
    ends = {line.end for line in render(text, STYLE.with_keys({"page-size": "70,400"}))[0].lines}
    assert ends == {5, 10, len(text)} or ends == {10, len(text)}


def test_text_at_the_start_of_right_to_left_lines() -> None:
    page = render("ا ب\n    ا ب", STYLE)[0]
    boxes = page.char_boxes().tolist()
    assert boxes[4][0] > boxes[8][0]
    assert {item.drawn for item in render("ا\n    ب", STYLE).report.substituted} >= {"‹"}


def test_marks_take_the_colour_of_the_newline() -> None:
    red = '<font color="#FF0000">↵</font>'
    page = render("\n" + " " * 16, STYLE.with_keys({"newline-markup": red, "font-size": 24, "line-height": 28}))[0]
    x0, y0, x1, y1 = page.char_boxes()[5].tolist()
    assert {tuple(color) for color in page.pixels[y0:y1, x0:x1].reshape(-1, 3)} >= {(255, 0, 0)}
    assert (page.pixels[..., 0] == 255).all()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"indent-markup": "›", "newline-markup": "<br/>"}, "newline-markup"),
        ({"indent-markup": "a"}, "indent-markup"),
        ({"indent-markup": "··"}, "indent-markup"),
        ({"indent-markup": "·"}, "indent-markup"),
        ({"indent-markup": " "}, "indent-markup"),
        ({"indent-markup": 4}, "indent-markup"),
        ({"indent-markup": "|", "newline-markup": "|"}, "must not be in the newline's mark"),
        ({"newline-markup": "→"}, "must not be in the newline's mark"),
        ({"indent-width": 0}, "indent-width"),
        ({"indent-width": 4.0}, "indent-width"),
    ],
)
def test_what_is_not_allowed(keys: dict[str, object], told: str) -> None:
    with pytest.raises(StyleError, match=told):
        STYLE.with_keys(keys)


def test_a_mark_that_no_face_has() -> None:
    with pytest.raises(StyleError, match=r"indent-markup: .*U\+1CF50"):
        render("x", STYLE.with_keys({"indent-markup": "\U0001cf50"})).sizes()


@pytest.mark.parametrize(
    ("text", "at_start", "expected"),
    [("", True, True), ("", False, False), ("a", True, False), ("a\n", False, True), ("a\n \t", False, True), (" ", False, False)],
)  # fmt: skip
def test_begins_line(text: str, at_start: bool, expected: bool) -> None:
    assert begins_line(text, at_start=at_start) is expected
