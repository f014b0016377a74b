"""The exact place of each character along its line, against its box."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from smallprint.render import Style, render

TEXTS = st.text(st.sampled_from("abl .,\n\tWé中"), min_size=1, max_size=400)
STYLES = (
    {},
    {"newline-markup": "↵"},
    {"alignment": "JUSTIFY", "page-size": "120,200"},
    {"alignment": "RIGHT", "dpi": 96, "horizontal-scale": 0.8},
)


@given(TEXTS, st.sampled_from(STYLES))
def test_edges_lie_in_the_boxes_and_join(text: str, keys: dict[str, object]) -> None:
    for page in render(text, Style.preset("glyph-en").with_keys(keys)):
        edges, boxes = page.char_edges(), page.char_boxes()
        assert edges.shape == (len(page.text), 2)
        drawn = boxes[:, 2] > boxes[:, 0]
        left, right = edges[drawn].T
        assert (right >= left).all()
        # Boxes are cut at the page's edge.
        assert (boxes[drawn, 0] <= np.minimum(left, page.width_px)).all()
        assert (boxes[drawn, 2] >= np.minimum(right, page.width_px)).all()
        for line in page.lines:
            first, last = line.start - page.span[0], line.ink_end - page.span[0]
            drawn_here = edges[first:last]
            assert np.array_equal(drawn_here[:-1, 1], drawn_here[1:, 0])


def test_a_tab_is_as_wide_as_it_is_drawn() -> None:
    page = render("a\tb", Style.preset("code"))[0]
    (_, (start, end), (after, _)) = page.char_edges().tolist()
    advance = 9 * 1233 / 2048  # DejaVu Sans Mono at 9 px
    assert start < end == after
    assert abs(end - 10 - 4 * advance) < 0.1
