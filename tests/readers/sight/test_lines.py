"""From characters in slots to text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.readers.sight.alphabet import ALPHABETS, SPACE, classes_of
from smallprint.readers.sight.decode import Characters, characters
from smallprint.readers.sight.lines import Transcript, transcript
from smallprint.readers.sight.slots import ROW_PX
from smallprint.render import Style, render
from smallprint.tokens.vision import resized
from smallprint.train.reader.targets import page_targets

WIDTH_PX = 400
PROSE = "The hallway smelt of boiled cabbage and old rag mats, and a coloured poster had been tacked to the wall. " * 6


def found(*lines: tuple[int, int, str], step: int = 3) -> Characters:
    """Lines of (row, column of the first letter, text), a letter every `step` slots; no letters where the text has "_"."""
    row, column, label = [], [], []
    for at, first, text in lines:
        for i, char in enumerate(text):
            if char != "_":
                row.append(at)
                column.append(first + i * step + 0.5)
                label.append(int(classes_of(char, ALPHABETS["han"])[0]))
    n = len(row)
    order = np.lexsort((column, row)) if n else np.zeros(0, int)
    sure = np.linspace(0.5, 1, n, dtype=np.float32) if n else np.zeros(0, np.float32)
    x_px = 2 * np.array(column, np.float32)[order]
    nothing = np.zeros((0, 0), np.float32)
    return Characters(
        row=np.array(row, np.int64)[order],
        column=x_px.astype(np.int64) // 2,
        x_px=x_px,
        label=np.array(label, np.int64)[order],
        confidence=sure,
        presence=nothing,
        held=nothing,
        certainty=nothing,
    )


def text(*lines: tuple[int, int, str], step: int = 3) -> str:
    return checked(transcript(found(*lines, step=step), WIDTH_PX)).text


def checked(made: Transcript) -> Transcript:
    """What holds of any transcript."""
    assert made.confidence.shape == (len(made.text),)
    assert made.boxes.shape == (len(made.text), 4)
    assert (made.boxes[:, 0] <= made.boxes[:, 2]).all()
    assert (made.boxes[:, 1] < made.boxes[:, 3]).all()
    assert ((made.confidence >= 0) & (made.confidence <= 1)).all()
    return made


def seen(source: str, style: Style) -> tuple[str, str]:
    """The text of a page that was read without a mistake, and the text that it shows."""
    page = next(iter(render(source, style)))
    width_px, height_px = resized("glm-4.1v", page.width_px, page.height_px)
    classes = page_targets(page, style, width_px, height_px).classes
    held = (classes >= 0).astype(np.float32)
    return checked(transcript(characters(held, np.maximum(classes, 0), held, 2), width_px)).text, page.text


def test_an_empty_page() -> None:
    made = checked(transcript(found(), WIDTH_PX))
    assert made.text == ""
    assert text((3, 5, "   ")) == ""


def test_one_letter() -> None:
    assert text((3, 5, "a")) == "a"


def test_wrapped_lines_are_joined_by_a_space() -> None:
    assert text((0, 2, "the first line is full"), (3, 2, "and goes on in the next"), (6, 2, "to its end")) == (
        "the first line is full and goes on in the next to its end"
    )


def test_wrapped_lines_of_chinese_are_joined_without_a_space() -> None:
    lines = (0, 2, "话说天下大势"), (5, 2, "分久必合合久"), (10, 2, "必分。Wei与"), (15, 2, "吴蜀。")
    assert text(*lines, step=5) == "话说天下大势分久必合合久必分。Wei与吴蜀。"
    marked = (0, 2, "话说↵天下大"), (5, 2, "势分久必合"), (10, 2, "必分。the"), (15, 2, "end")
    assert text(*marked, step=5) == "话说\n天下大势分久必合必分。the end"


def test_a_line_that_begins_with_a_digit_does_not_indent_the_others() -> None:
    lines = (0, 0, "3年天下大势分久必合"), (5, 4, "话说天下大势分久必合"), (10, 4, "说天下大势分久必合。")
    assert text(*lines, step=5) == "".join(line for _, _, line in lines)


def test_a_line_of_chinese_with_room_for_a_character_ended_on_purpose() -> None:
    assert text((0, 2, "第一回"), (5, 2, "话说天下大势分"), (10, 2, "久必合。"), (15, 2, "其后"), step=5) == (
        "第一回\n话说天下大势分久必合。\n其后"
    )
    # A mark that may not begin a line takes the character before it along.
    assert text((0, 2, "话说天下大势分"), (5, 2, "话说天下大势"), (10, 2, "分，其后"), step=5) == (
        "话说天下大势分话说天下大势分，其后"
    )


def test_a_line_with_room_for_the_next_word_ended_on_purpose() -> None:
    assert text(
        (0, 2, "a heading"),
        (3, 2, "and a line that is much longer"),
        (6, 2, "goes on."),
        (9, 2, "The next one begins anew."),
    ) == ("a heading\nand a line that is much longer goes on.\nThe next one begins anew.")


def test_a_long_word_that_did_not_fit_is_a_wrap() -> None:
    assert text(
        (0, 2, "a line that is very much longer"), (3, 2, "seventeen and"), (6, 2, "incomprehensibilities")
    ) == ("a line that is very much longer seventeen and incomprehensibilities")


def test_newline_marks_alone_break_running_text() -> None:
    assert (
        text((0, 2, "one↵two and"), (3, 2, "short"), (6, 2, "three↵↵four is the last"))
        == "one\ntwo and short three\n\nfour is the last"
    )


def test_a_newline_mark_at_the_end_of_a_line_leaves_no_space() -> None:
    assert (
        text((0, 2, "one and two↵"), (3, 2, "three"), (6, 2, "four↵"), (9, 2, "five"))
        == "one and two\nthree four\nfive"
    )


def test_blank_lines() -> None:
    lines = [
        (0, 2, "first paragraph, one"),
        (3, 2, "first paragraph, two"),
        (9, 2, "the second paragraph"),
        (12, 2, "and its end, as wide"),
        (15, 2, "x" * 20),
    ]
    assert (
        text(*lines)
        == "first paragraph, one first paragraph, two\n\nthe second paragraph and its end, as wide " + "x" * 20
    )


def test_indentation_of_code() -> None:
    lines = ["def f(x):", "    if x:", "        return 1", "    return 2", "", "print(f(3), f(4), f(5), f(6))"]
    at = [(3 * i, 4 + 3 * (len(line) - len(line.lstrip())), line.lstrip()) for i, line in enumerate(lines) if line]
    assert text(*at) == "\n".join(lines)


@pytest.mark.parametrize("step", [2, 3, 5])
def test_two_columns_of_text(step: int) -> None:
    left = [f"left line {i} xx" for i in range(10)]
    right = [f"right line {i} y" for i in range(10)]
    second = 10 + 15 * step
    lines = [(3 * i, 2, line) for i, line in enumerate(left)] + [(3 * i, second, line) for i, line in enumerate(right)]
    assert text(*lines, step=step) == " ".join(left) + "\n" + " ".join(right)


def test_a_few_lines_with_a_gap_are_no_columns() -> None:
    assert text((0, 2, "name____________value"), (3, 2, "left____________right")) == "namevalue leftright"


def test_boxes_lie_around_the_letters() -> None:
    made = transcript(found((2, 5, "ab c"), (5, 5, "defg")), WIDTH_PX)
    assert made.text == "ab c defg"
    middles = made.boxes[:, [0, 2]].mean(1)
    assert middles[[0, 1, 3]].tolist() == pytest.approx([2 * (5.5 + 3 * i) for i in (0, 1, 3)])
    # Letters side by side share an edge; the space that is not drawn has no width.
    assert np.array_equal(made.boxes[:3, 2], made.boxes[1:4, 0])
    assert made.boxes[4, 0] == made.boxes[4, 2]
    assert made.boxes[:, [1, 3]].mean(1).tolist() == pytest.approx([2.5 * ROW_PX] * 5 + [5.5 * ROW_PX] * 4)


def test_confidence_goes_with_its_letter() -> None:
    characters = found((0, 2, "ab"), (3, 2, "cd"))
    made = transcript(characters, WIDTH_PX)
    assert made.text == "ab cd"
    a, b, c, d = characters.confidence.tolist()
    assert made.confidence.tolist() == [a, b, b, c, d]


LINES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 60), st.text(st.sampled_from("abc   x↵│"), min_size=1, max_size=20)),
    max_size=14,
    unique_by=lambda line: line[0],
)


@given(LINES, st.integers(1, 4))
@settings(deadline=None)
def test_no_letter_is_lost(lines: list[tuple[int, int, str]], step: int) -> None:
    given_ = found(*lines, step=step)
    made = checked(transcript(given_, WIDTH_PX))
    letters = sorted(char for _, _, line in lines for char in line.replace("↵", "\n") if char not in " \n")
    assert sorted(char for char in made.text if char not in " \n") == letters
    assert (given_.label != SPACE).sum() <= len(made.text)


@pytest.mark.parametrize("size", [8, 9, 10, 11])
@pytest.mark.parametrize("mark", ["#", "-", "12."])
def test_lists_of_one_width_are_no_columns(size: float, mark: str) -> None:
    """The space after each item's mark makes an empty strip."""
    items = "\n".join(f"{mark} {word}, and the rest of it" for word in PROSE.split()[:12])
    read, _ = seen(items, Style.preset("code").with_keys({"font-size": size, "line-height": size + 1}))
    assert read.replace("\n", " ") == items.replace("\n", " ")


@pytest.mark.parametrize("preset", ["flow", "dense"])
def test_running_text_comes_back(preset: str) -> None:
    source = f"{PROSE}\n\nSecond paragraph.\n{PROSE}{PROSE}\nEnd."
    read, shown = seen(source, Style.preset(preset))
    assert read == shown


def test_prose_with_blank_lines_comes_back() -> None:
    """Spaces at the end of a line are not drawn, so the text has none."""
    read, shown = seen(f"{PROSE.strip()}\n\n{PROSE.strip()}\n\nThe End.", Style.preset("glyph-en"))
    assert read == shown


@pytest.mark.parametrize("size", [8, 9, 10, 11])
def test_code_comes_back(size: float) -> None:
    function = "def name(path: str) -> str:\n    if not path:\n        return ''\n    return os.fspath(path)[1:]"
    source = f"import os\n\n\n{function}\n\n\nprint(name('/a'))\n\nx = 1\n# " + "-" * 60
    read, shown = seen(source, Style.preset("code").with_keys({"font-size": size, "line-height": size + 1}))
    assert read == shown
