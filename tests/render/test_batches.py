"""Pages as arrays with their ground truth, styles at random, and the log that keeps places packed."""

from __future__ import annotations

from itertools import islice
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.render import Style, render
from smallprint.render.batches import page_batches
from smallprint.render.random_style import random_styles
from smallprint.render.span_log import PairLog

TEXT = "It was a bright cold day in April, and the clocks were striking. " * 60


def test_batches_hold_every_page_once_with_its_boxes() -> None:
    style = Style.preset("flow").with_keys({"page-size": "200,120"})
    pages = list(render(TEXT, style))
    batches = list(page_batches([(TEXT, style)], 4))
    assert [len(batch.pages) for batch in batches][:-1] == [4] * (len(batches) - 1)
    assert "".join(text for batch in batches for text in batch.texts) == TEXT
    for page, pixels, boxes in zip(
        pages,
        (image for batch in batches for image in batch.pixels),
        (array for batch in batches for array in batch.boxes),
        strict=True,
    ):
        assert np.array_equal(page.pixels, pixels)
        assert boxes.shape == (len(page.text), 4)
        for at in (0, 5, len(page.text) // 2):
            (box,) = page.boxes(page.span[0] + at, page.span[0] + at + 1)
            assert (box.x0, box.y0, box.x1, box.y1) == tuple(boxes[at])


def test_stacked_pages_lie_on_white() -> None:
    small = Style.preset("flow").with_keys({"page-size": "100,60", "auto-crop-last-page": False})
    red = small.with_keys({"page-size": "140,50", "font-color": "#FF0000"})
    (batch,) = page_batches([("one", small), ("two", red)], 8, first_page_only=True, boxes=False)
    canvas = batch.stacked()
    assert canvas.shape == (2, 60, 140, 3)
    assert np.array_equal(canvas[0, :, :100, 0], batch.pixels[0])
    assert np.array_equal(canvas[1, :50], batch.pixels[1])
    assert (canvas[0, :, 100:] == 255).all()
    assert (canvas[1, 50:] == 255).all()
    assert batch.boxes == ()


def test_first_page_only() -> None:
    style = Style.preset("flow").with_keys({"page-size": "200,60"})
    (batch,) = page_batches([(TEXT, style), ("short", style)], 8, first_page_only=True)
    assert batch.texts[1] == "short"
    assert TEXT.startswith(batch.texts[0])


def test_random_styles_are_the_same_for_the_same_seed_and_differ_otherwise() -> None:
    one, again, other = (list(islice(random_styles(Random(seed), pool=8), 60)) for seed in (1, 1, 2))
    assert one == again != other
    assert len({style.digest for style in one}) > 50
    letterings = {(style.font, style.font_size, style.dpi, style.horizontal_scale, style.newline_mark) for style in one}
    assert 8 <= len(letterings) <= 24
    assert all(style.width_px * style.height_px <= 4_000_000 for style in one)
    for style in one[:10]:
        assert "".join(page.text for page in render(TEXT[:500], style)) == TEXT[:500]


@given(st.lists(st.lists(st.tuples(st.integers(0, 50), st.integers(-9, 2**40)), max_size=30), max_size=8))
@settings(deadline=None)
def test_the_log_gives_back_what_it_was_given(groups: list[list[tuple[int, int]]]) -> None:
    with_packing, start = PairLog(block=16), 0
    rows: list[tuple[int, int]] = []
    for group in groups:
        for step, second in group:
            start += step
            rows.append((start, second))
        with_packing.add(np.array(rows[len(rows) - len(group) :], np.int64).reshape(-1, 2))
    assert [tuple(row) for block in with_packing.blocks() for row in block.tolist()] == rows


def test_the_log_is_small() -> None:
    log = PairLog()
    starts = np.cumsum(np.random.default_rng(0).integers(60, 130, 500_000))
    for block in np.array_split(np.stack([starts, starts + 1], axis=1), 100):
        log.add(block)
    assert log.n_bytes < 2 * len(starts)
