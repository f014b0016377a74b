"""Lines end where UAX #14 lets them, never inside of a cluster; the kernel agrees with the reference."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from smallprint.render.unicode import graphemes, line_breaks
from tests.render.unicode.breaking import (
    BOTH,
    KERNEL,
    cases,
    code_points,
    examples_of,
    needs_kernel,
    texts_of,
    thai_texts,
    using,
)


def pieces(text: str, **options: bool) -> list[str]:
    ends = (np.flatnonzero(line_breaks.opportunities(code_points(text), **options)) + 1).tolist()
    return [text[start:end] for start, end in pairwise([0, *ends])]


@pytest.mark.parametrize("module", BOTH)
def test_the_standards_own_cases(module: Any) -> None:
    n = 0
    with using(module):
        for line, text, breaks in cases("LineBreakTest-15.0.0.txt.xz"):
            found = line_breaks.opportunities(text, clusters=False, with_words=False)
            assert (found > 0).tolist() == breaks[1:], line
            n += 1
    assert n == 7654


@pytest.mark.parametrize("module", BOTH)
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("can't (stop) now", ["can't ", "(stop) ", "now"]),
        ("well-known\u2014or not", ["well-", "known", "\u2014", "or ", "not"]),
        ("pay $(12.50)- or 3,5 %", ["pay ", "$(12.50)- ", "or ", "3,5 ", "%"]),
        ("\u05d0\u05d1-\u05d2\u05d3", ["\u05d0\u05d1-\u05d2\u05d3"]),
        ("漢字「仮名」です。", ["漢", "字", "「仮", "名」", "で", "す。"]),
        ("한국어 글", ["한", "국", "어 ", "글"]),
        ("a\u00a0b\u2060c\u200bd", ["a\u00a0b\u2060c\u200b", "d"]),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", ["\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7"]),
        ("\U0001f44d\U0001f3fd\U0001f44d", ["\U0001f44d\U0001f3fd", "\U0001f44d"]),
        ("f(x)[1]漢(字)", ["f(x)", "[1]", "漢", "(字)"]),
        ("ทีมรับของลีก", ["ทีม", "รับ", "ของ", "ลีก"]),
    ],
    ids=ascii,
)
def test_where_lines_may_end(module: Any, text: str, wanted: list[str]) -> None:
    with using(module):
        assert pieces(text) == wanted


@pytest.mark.parametrize("module", BOTH)
def test_where_lines_must_end(module: Any) -> None:
    with using(module):
        found = line_breaks.opportunities(code_points("a b\r\nc\rd\n\ne\x85f\u2028g\x0bh")).tolist()
    assert found == [0, 1, 0, 0, 2, 0, 2, 0, 2, 2, 0, 2, 0, 2, 0, 2, 2]


@pytest.mark.parametrize("module", BOTH)
def test_small_kana(module: Any) -> None:
    with using(module):
        assert pieces("カフェ") == ["カ", "フェ"]
        assert pieces("カフェ", strict=False) == ["カ", "フ", "ェ"]


@pytest.mark.parametrize("module", BOTH)
def test_a_mark_on_a_space_is_not_cut_off(module: Any) -> None:
    with using(module):
        assert pieces("a \u0301b", clusters=False) == ["a ", "\u0301b"]
        assert pieces("a \u0301b") == ["a \u0301b"]


RULES = [
    "PR PO OP OW HY NU IS SY CL CP SP CM AL",
    "SP CM ZW QU OP CL NS B2 WJ ZWJ",
    "HL HY BA CB AL SP CM GL",
    "SA SM AL CM GL ZWJ SP BA HL OP",
    "RI CM ZWJ SP EB EM XP",
    "CR LF NL BK SP CM AL",
]
TABLE = line_breaks.classes()
TEXTS = st.one_of(
    *(
        texts_of(np.concatenate([np.flatnonzero(line_breaks.NAMES.index(name) == TABLE)[:2] for name in rule.split()]))
        for rule in RULES
    ),
    texts_of(examples_of(TABLE)),
    texts_of(np.arange(0x110000)),
    thai_texts,
)
OPTIONS = st.fixed_dictionaries({key: st.booleans() for key in ("strict", "clusters", "with_words")})


@needs_kernel
@given(TEXTS, OPTIONS)
def test_kernel_is_the_reference(text: NDArray[np.uint32], options: dict[str, bool]) -> None:
    with using(KERNEL):
        found = line_breaks.opportunities(text, **options)
    with using(None):
        assert found.tolist() == line_breaks.opportunities(text, **options).tolist()


@pytest.mark.parametrize("module", BOTH)
@given(text=TEXTS)
def test_no_line_ends_inside_a_cluster(module: Any, text: NDArray[np.uint32]) -> None:
    with using(module):
        ends = np.flatnonzero(line_breaks.opportunities(text)[:-1])
        assert graphemes.starts(text)[ends + 1].all()


@pytest.mark.parametrize("module", BOTH)
@given(first=TEXTS, end=st.sampled_from("\n\x0b\x85\u2029"), second=TEXTS)
def test_paragraphs_do_not_know_of_each_other(
    module: Any, first: NDArray[np.uint32], end: str, second: NDArray[np.uint32]
) -> None:
    first = np.concatenate([first, code_points(end)])
    with using(module):
        whole = line_breaks.opportunities(np.concatenate([first, second])).tolist()
        assert whole == line_breaks.opportunities(first).tolist() + line_breaks.opportunities(second).tolist()
