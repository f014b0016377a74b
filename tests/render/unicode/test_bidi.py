"""The bidirectional algorithm: a part of the standard's own tests, the kernel against the reference, time that grows with the text only.

`bidi_sample.txt.xz` is drawn from BidiTest.txt and BidiCharacterTest.txt of Unicode 15.0.0 (LICENSE-Unicode.txt) by
`tools/unicode_conformance.py`, which runs the whole files.
"""

from __future__ import annotations

import importlib.util
import lzma
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.render.unicode import bidi
from smallprint.render.unicode.bidi import base_level, kernel_table, levels, line_levels, visual_order
from smallprint.render.unicode.properties import brackets, names
from tests.render.test_kernel import KERNEL, needs_kernel, using

SAMPLE = Path(__file__).with_name("bidi_sample.txt.xz")
TOOL = Path(__file__).parents[3] / "tools" / "unicode_conformance.py"

# Every class, brackets of several pairs with their canonical equivalents, and an unassigned character of a right-to-left block.
ALPHABET = (
    "aא\u06281+%\u0661,\u0300\u00ad\u2029\t !\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    "()[]\u2329\u232a\u3008\u3009\u05ff"
)
texts = st.one_of(
    st.text(ALPHABET, max_size=60),
    # Few different characters make the rules meet.
    st.lists(st.sampled_from(ALPHABET), min_size=2, max_size=6).flatmap(lambda few: st.text(few, max_size=80)),
    st.text(max_size=30),
)
both = pytest.mark.parametrize(
    "module", [pytest.param(KERNEL, marks=needs_kernel, id="kernel"), pytest.param(None, id="reference")]
)


def points(text: str) -> np.ndarray:
    return np.array([ord(char) for char in text], np.uint32)


def found(text: str, base: int = -1) -> list[int]:
    return levels(points(text), base).tolist()


@cache
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("unicode_conformance", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@both
def test_the_standards_own_cases(module: Any) -> None:
    cases = list(tool().sampled(lzma.decompress(SAMPLE.read_bytes()).decode()))
    assert len(cases) > 2000
    with using(module):
        wrong = [message for case in cases if (message := tool().failure(case))]
    assert wrong == []


def test_a_wrong_level_would_be_seen() -> None:
    case = tool().Case([0x5D0, 0x61], 0, 0, [1, 0], [0, 1])
    assert tool().failure(case) == ""
    assert "levels [1, 0]" in tool().failure(case._replace(levels=[1, 1]))
    assert "order [0, 1]" in tool().failure(case._replace(order=[1, 0]))


@both
def test_texts_as_they_are_written(module: Any) -> None:
    with using(module):
        assert found("") == []
        assert base_level(points("")) == 0
        assert found("abc 123 (d)") == [0] * 11
        assert found("אב 12 ג") == [1, 1, 1, 2, 2, 1, 1]
        # The numbers of Arabic, and an English word with its full stop in an Arabic sentence.
        assert found("\u0628 12.5 kg.") == [1, 1, 2, 2, 2, 2, 1, 2, 2, 1]
        # White space at the end, and before a tab, goes with the paragraph.
        assert found("אב \tג ", 0) == [1, 1, 0, 0, 1, 0]
        # A mark of a letter, a joiner that stands nowhere.
        assert found("א\u0300\u200dב") == [1, 1, 1, 1]
        assert found("\u202aa\u202c", 1) == [1, 2, 2]


@both
def test_what_several_paragraphs_give_is_said(module: Any) -> None:
    """A separator ends what is open; the paragraph's level stays."""
    with using(module):
        assert found("\u202eab\u2029ab", 0) == [0, 1, 1, 0, 0, 0]
        assert found("\u2067ab\u2029\u2069ab", 0) == [0, 2, 2, 0, 0, 0, 0]
        assert base_level(points("1 \u2029א")) == 0


@both
def test_base_level_skips_isolates(module: Any) -> None:
    with using(module):
        assert base_level(points("1 א a")) == 1
        assert base_level(points("\u2067א\u2069 a")) == 0
        assert base_level(points("\u2067\u2067א\u2069\u2069 \u0628")) == 1
        assert base_level(points("\u2067 never closed א")) == 0
        assert base_level(points("\u2069 א")) == 1


@both
def test_the_63_open_brackets(module: Any) -> None:
    """With one more than the stack holds no further pairs are sought; those that were found before stay."""
    with using(module):
        for n, closing in ((63, 2), (64, 1)):
            # The first closing bracket is of level 2 only if it has its pair, and so is the last.
            text = "a(b)אa" + "(" * n + "a" + ")" * n
            assert found(text, 1)[:6] == [2, 2, 2, 2, 1, 2]
            assert found(text, 1)[-1] == closing


@both
def test_as_deep_as_it_goes(module: Any) -> None:
    with using(module):
        for n in (61, 62, 63, 200):
            assert max(found("\u202b\u202a" * n + "a", 0)) == min(2 * n, 126)
            assert max(found("\u202b\u202a" * n + "א", 0)) == min(2 * n + 1, 125)
            isolates = "\u2067\u2066" * n + "א" + "\u2069" * (2 * n) + "א"
            assert found(isolates, 0)[-1] == 1


@both
def test_a_line_of_a_paragraph(module: Any) -> None:
    text = points("אב גד\u00ad  הו")
    whole = levels(text)
    assert whole.tolist() == [1] * 10
    with using(module):
        line = line_levels(text[:8], whole[:8], 0)
        assert line.tolist() == [1, 1, 1, 1, 1, 1, 0, 0]
        assert whole.tolist() == [1] * 10
        assert line_levels(text[2:3], whole[2:3], 0).tolist() == [0]
        with pytest.raises(ValueError, match="not -1"):
            line_levels(text[:3], whole[:3], -1)
        with pytest.raises(ValueError, match="2 for 3"):
            line_levels(text[:3], whole[:2], 0)


@both
def test_order(module: Any) -> None:
    with using(module):
        assert visual_order(np.zeros(3, np.uint8)).tolist() == [0, 1, 2]
        assert visual_order(np.array([1, 1, 2, 2, 1, 0], np.uint8)).tolist() == [4, 2, 3, 1, 0, 5]
        assert visual_order(np.array([2, 2], np.uint8)).tolist() == [0, 1]
        assert visual_order(np.array([], np.uint8)).tolist() == []


@both
def test_bad_arguments(module: Any) -> None:
    with using(module):
        with pytest.raises(ValueError, match="base: 2"):
            levels(points("a"), 2)
        with pytest.raises(ValueError, match="0x10FFFF"):
            levels(np.array([0x110000], np.uint32))
        with pytest.raises(ValueError, match="0x10FFFF"):
            base_level(np.array([[1]], np.uint32))


@needs_kernel
@settings(max_examples=400, deadline=None)
@given(texts, st.sampled_from([-1, 0, 1]), st.integers(0, 80))
def test_the_kernel_gives_what_the_reference_gives(text: str, base: int, cut: int) -> None:
    array = points(text)
    results = []
    for module in (KERNEL, None):
        with using(module):
            whole = levels(array, base)
            line = line_levels(array[:cut], whole[:cut], 0)
            results.append([whole.tolist(), base_level(array), visual_order(whole).tolist(), line.tolist()])
    assert results[0] == results[1]


@needs_kernel
@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 126), max_size=60))
def test_the_kernel_orders_as_the_reference(some: list[int]) -> None:
    array = np.array(some, np.uint8)
    with using(None):
        expected = visual_order(array).tolist()
    assert visual_order(array).tolist() == expected


@needs_kernel
def test_the_kernel_refuses_wrong_sizes() -> None:
    text, table, out = points("abc"), kernel_table(), np.zeros(3, np.uint8)
    for arguments in ((text, table[:-1], 0, out), (text, table, 0, out[:2]), (text.view(np.uint8)[:-1], table, 0, out)):
        with pytest.raises(ValueError, match="bytes instead of"):
            KERNEL.bidi_levels(*(np.ascontiguousarray(a) if isinstance(a, np.ndarray) else a for a in arguments))
    with pytest.raises(ValueError, match="base"):
        KERNEL.bidi_levels(text, table, 2, out)
    with pytest.raises(ValueError, match="order"):
        KERNEL.bidi_order(out, np.zeros(2, np.int64))


@settings(max_examples=100, deadline=None)
@given(texts, st.sampled_from([-1, 0, 1]))
def test_what_holds_for_every_text(text: str, base: int) -> None:
    array = points(text)
    whole = levels(array, base)
    own = base_level(array) if base < 0 else base
    assert whole.shape == array.shape
    assert (whole >= own).all()
    assert (whole <= bidi.MAX_DEPTH + 1).all()
    assert sorted(visual_order(whole).tolist()) == list(range(len(text)))


def test_the_kernels_table_is_the_classes_with_brackets() -> None:
    table = kernel_table()
    # The order in which kernel/bidi.c counts them.
    assert names("bidi_class") == (
        "AL", "AN", "B", "BN", "CS", "EN", "ES", "ET", "FSI", "L", "LRE", "LRI", "LRO", "NSM", "ON", "PDF", "PDI", "R", "RLE", "RLI",
        "RLO", "S", "WS",
    )  # fmt: skip
    assert len(np.flatnonzero(table >= bidi.OPENING)) == len(brackets())
    assert table[ord("(")] - bidi.OPENING == table[ord(")")] - bidi.CLOSING
    assert table[0x2329] == table[0x3008]
    assert len({int(table[code]) & 63 for code in brackets()[:, 0]}) == 63


HOSTILE: dict[str, Callable[[int], str]] = {
    "nested brackets": lambda n: "א" + "(" * n + "a" + ")" * n,
    "nests of 63": lambda n: ("א" + "(" * 62 + "a" + ")" * 62) * (n // 125),
    "brackets that close nothing": lambda n: "א" + "(" * 63 + "]" * n,
    "pairs without a direction": lambda n: "א" + "()" * n,
    "nested isolates": lambda n: "\u2068" * n + "א" + "\u2069" * n,
    "isolates never closed": lambda n: "\u2068" * n + "א",
    "alternating isolates": lambda n: "aא\u2067bא\u2069" * n,
    "isolates in one sequence": lambda n: "\u2067(\u2069" * n,
    "nested embeddings": lambda n: "\u202b\u202a" * n + "a" + "\u202c" * n,
    "spaces and tabs": lambda n: "א" + " \t" * n,
    "terminators": lambda n: "א" + "%" * n + "1",
    "removed": lambda n: "א" + "\u00ad" * n + " " + "\u00ad" * n,
}


def steps(text: str) -> int:
    """Lines of Python that the reference runs through."""
    array, count = points(text), 0

    def see(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename != bidi.__file__:
            return None
        count += 1
        return see

    before = sys.gettrace()
    with using(None):
        sys.settrace(see)
        try:
            base_level(array)
            levels(array, 1)
        finally:
            sys.settrace(before)
    return count


@pytest.mark.parametrize("name", HOSTILE)
def test_the_reference_takes_steps_in_proportion(name: str) -> None:
    steps("א(a)")  # what is read once
    once, twice = steps(HOSTILE[name](500)), steps(HOSTILE[name](1000))
    assert 1.5 * once < twice < 2.1 * once


@needs_kernel
@pytest.mark.parametrize("name", HOSTILE)
def test_large_hostile_texts_agree(name: str) -> None:
    text = HOSTILE[name](3000)
    expected = found(text)
    with using(None):
        assert found(text) == expected
