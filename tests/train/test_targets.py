"""What pages say, slot by slot."""

from __future__ import annotations

from itertools import islice
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from smallprint.readers.sight.alphabet import classes_of, text_of
from smallprint.readers.sight.slots import ROW_PX
from smallprint.render import Page, Style, render
from smallprint.render.random_style import random_styles
from smallprint.tokens.vision import resized
from smallprint.train.reader.data import MAX_AREA_PX, Samples, small_styles
from smallprint.train.reader.targets import EMPTY, page_targets

COLUMN_PX = 2

TEXT = (
    "The hallway smelt of boiled cabbage and old rag mats. Größe, naïveté, Привет: 12 % of “it”!\n\n"
    "    if illness == 'till':\n\t\treturn lilliputian[iii]  # well, will it fill\n漢 is not known, nor is \U0001f600.\n"
) * 12


def lines_of(page: Page) -> list[str]:
    """What the page shows, in the reader's letters, without the white space that begins a line."""
    start = page.span[0]
    shown = (page.text[line.start - start : line.ink_end - start] for line in page.lines)
    return [line for line in (text_of(classes_of(line)).lstrip(" ") for line in shown) if line]


def rows_of(classes: NDArray[np.int16]) -> list[str]:
    return [text_of(row[row != EMPTY]) for row in classes if (row != EMPTY).any()]


def first_page(text: str, style: Style) -> Page:
    return next(iter(render(text, style)))


@pytest.mark.parametrize("family", ["glm-4.1v", "qwen3-vl"])
@pytest.mark.parametrize("preset", ["flow", "dense", "glyph-en", "code", "legible"])
def test_slots_give_back_the_lines(preset: str, family: str) -> None:
    style = Style.preset(preset)
    page = first_page(TEXT, style)
    size = resized(family, page.width_px, page.height_px)
    assert rows_of(page_targets(page, style, *size).classes) == lines_of(page)


def test_full_pages_are_seen_smaller_than_they_are() -> None:
    style = Style.preset("flow")
    page = first_page(TEXT * 6, style)
    assert (page.width_px, page.height_px) == (595, 842)
    assert resized("glm-4.1v", 595, 842) == (588, 840)
    for size in ((588, 840), (608, 832), (596, 844), (700, 980)):
        classes = page_targets(page, style, *size).classes
        assert classes.shape == (size[1] // ROW_PX, size[0] // COLUMN_PX)
        assert rows_of(classes) == lines_of(page)


@pytest.mark.parametrize("seed", range(6))
def test_styles_at_random(seed: int) -> None:
    styles = random_styles(Random(seed), pool=1, fresh=1.0, max_area_px=MAX_AREA_PX)
    small = small_styles(Random(seed))
    for style in (*islice(filter(Samples.fits, styles), 2), *islice(small, 2)):
        page = first_page(TEXT, style)
        size = tuple(max(1, round(px / 28)) * 28 for px in (page.width_px, page.height_px))
        assert rows_of(page_targets(page, style, *size).classes) == lines_of(page), style.digest


def test_newlines_are_marks_where_they_are_drawn() -> None:
    style = Style.preset("flow")
    (row,) = rows_of(page_targets(first_page("one\ntwo", style), style, 588, 28).classes)
    assert row == "one↵two"


def test_letters_lie_where_they_are_drawn() -> None:
    style = Style.preset("glyph-en")
    page = first_page("one two\nthree", style)
    width_px, height_px = page.width_px * 3, page.height_px * 2
    classes = page_targets(page, style, width_px, height_px).classes
    boxes = page.char_boxes()
    for char, (x0, y0, x1, y1) in zip(page.text, boxes.tolist(), strict=True):
        if char == "\n":
            continue
        part = classes[2 * y0 // ROW_PX : -(-2 * y1 // ROW_PX), 3 * x0 // COLUMN_PX : -(-3 * x1 // COLUMN_PX)]
        assert int(classes_of(char)[0]) in part


def test_letters_that_would_share_a_slot_move_on() -> None:
    """At 4 px a letter is narrower than a slot."""
    text = "iiiiillll lili iiiillliiil"
    style = Style.preset("flow").with_keys({"font-path": "DejaVu Sans Condensed", "font-size": 4, "line-height": 8})
    page = first_page(text, style)
    apart = np.diff(page.char_edges().mean(axis=1))
    assert apart.min() < COLUMN_PX
    classes = page_targets(page, style, 588, 28).classes
    assert rows_of(classes) == [text]
    (row,) = np.flatnonzero((classes != EMPTY).any(axis=1))
    columns = np.flatnonzero(classes[row] != EMPTY)
    # Nobody is carried farther than need be.
    wanted = (page.char_edges().mean(axis=1) * 588 / page.width_px / COLUMN_PX).astype(int)
    assert (columns >= wanted).all()
    assert columns[0] == wanted[0]


def test_leading_spaces_are_margin() -> None:
    style = Style.preset("code")
    page = first_page("        eight\n\tone tab\nnone  at all", style)
    classes = page_targets(page, style, 280, 112).classes
    assert rows_of(classes) == ["eight", "one tab", "none  at all"]
    first, second, third = (int(np.flatnonzero(row != EMPTY)[0]) for row in classes if (row != EMPTY).any())
    assert third < second < first


def test_a_page_of_nothing() -> None:
    style = Style.preset("code")
    assert (page_targets(first_page("   \n\n  ", style), style, 56, 56).classes == EMPTY).all()
