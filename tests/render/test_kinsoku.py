"""Lines of Chinese and Japanese end where UAX #14 lets them, but for what later versions of it have come to allow."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from smallprint.render import Style, kernel, render
from smallprint.render.unicode import line_breaks

# What may not begin or end a line, full width and not, between ideographs and kana.
TEXT = (
    "他说：“好。”便去了！（第１章）「それは、きょう—まだ」…っゃゅょー々ァヶ・カ゛ 《书名》、〈篇〉；『話』？％‰℃￥１００$5 "
    '他说"好"便去，他去(了)吗?去!算/数氧-气约翰‧史密斯10%和¥20、a字,b字.c字;d字:〜〽︐﹏―字‖字'
) * 3
STYLES = [
    Style.preset(name).with_keys({"page-size": [width, 200], "margin-x": 0, "newline-markup": mark})
    for name in ("glyph-zh", "glyph-ja", "flow")
    for mark in ("<br/>", "↵")
    for width in (151, 163, 200, 301)
]


def allowed(text: str) -> list[bool]:
    """For each character whether a line may end behind it."""
    codes = np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.uint32)
    found = (line_breaks.opportunities(codes) != 0).tolist()
    kinds = [line_breaks.NAMES[kind] for kind in line_breaks.classes()[codes].tolist()]
    wide = [unicodedata.east_asian_width(char) in "FWH" for char in text]
    for at in range(len(text) - 1):
        before, after = text[at : at + 2]
        # Unicode 16's LB19a: between East Asian characters, curly quotation marks go with what they enclose.
        is_opened = unicodedata.category(after) == "Pi" and wide[at] and kinds[at] != "OP"
        is_closed = (
            unicodedata.category(before) == "Pf" and wide[at + 1] and kinds[at + 1] not in ("CL", "EX", "NS", "IN")
        )
        found[at] |= is_opened or is_closed
        # White space vanishes at the end of a line, whatever follows it.
        found[at] |= before.isspace()
    return found


@pytest.mark.parametrize("style", STYLES, ids=lambda style: f"{style.name}-{style.newline}-{style.page_width}")
@pytest.mark.parametrize("module", [kernel.module, None], ids=["kernel", "reference"])
def test_no_line_ends_where_it_must_not(style: Style, module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "module", module)
    may_end = allowed(TEXT)
    ends = [line.end for page in render(TEXT, style) for line in page.lines][:-1]
    assert [TEXT[end - 1 : end + 1] for end in ends if not may_end[end - 1]] == []
    assert len(ends) > len(TEXT) // 80


@pytest.mark.parametrize("after", ['"', ",", ")", "%", "‧", "。", "ー"])
def test_what_closes_stays_with_its_ideograph(after: str) -> None:
    style = Style.preset("glyph-zh").with_keys({"page-size": [64, 60], "margin-x": 0})
    text = "一二三四五六七" + after + "八"
    (first, *_) = render(text, style)[0].lines
    assert first.end == 6


def test_words_behind_newline_marks_may_begin_a_line_with_a_quote() -> None:
    text = 'aaaa\n"bbb ccc"'
    (first, *_) = render(text, Style.preset("flow").with_keys({"page-size": [44, 60], "margin-x": 2}))[0].lines
    assert first.end == 5
