"""Marks that have nothing to stand on, and where lines of ideographs do not end."""

from __future__ import annotations

import numpy as np
import pytest

from smallprint.render import Style, render

STYLE = Style.preset("legible")
LOOSE = ("\u0308\u20dd", "\u093f\u0915", "\u200f\u064e\u0628", "\u0e49\u0e01", "\U0001f3fb\u200d\U0001f469")


@pytest.mark.parametrize("text", LOOSE)
def test_a_word_is_drawn_alike_whatever_is_shaped_with_it(text: str) -> None:
    alone = render(text, STYLE)[0]
    page = render("\n".join(["\u0915\u093f \u0905\u0308 \u0628\u064e", text, *reversed(LOOSE), text]), STYLE)[0]
    for at in (page.text.index("\n") + 1, len(page.text) - len(text)):
        widths = np.diff(page.char_edges()[at : at + len(text)])
        assert np.abs(widths - np.diff(alone.char_edges())).max() < 0.01


@pytest.mark.parametrize("text", LOOSE[:4])
def test_a_mark_on_nothing_is_told(text: str) -> None:
    mark = next(char for char in text if char != "\u200f")
    for before in ("", "x\n", "\u0915\n", "\u0628\u064e\n"):
        page = render(before + text, STYLE)[0]
        assert page.codes[mark] == f"<U+{ord(mark):04X}>"
        x0, _, x1, _ = page.char_boxes()[len(before) + text.index(mark)].tolist()
        assert x1 > x0


@pytest.mark.parametrize("width", range(60, 110, 3))
def test_no_line_of_ideographs_ends_before_what_closes_or_behind_what_opens(width: int) -> None:
    text = "司法管辖区(如美国)，药剂师:与 医生(从4亿美元中); 有5%的人/国1–2年。" * 8
    style = Style.preset("glyph-zh").with_keys({"page-size": f"{width},800"})
    page = render(text, style)[0]
    assert len(page.lines) > 10
    for line in page.lines[1:]:
        assert page.text[line.start] not in "),:;%/–，。"
        assert page.text[line.start - 1] != "("
