"""Grapheme clusters are the standard's, and the kernel's are the reference's."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from smallprint.render.unicode import graphemes
from tests.render.unicode.breaking import BOTH, KERNEL, cases, code_points, examples_of, needs_kernel, texts_of, using


def clusters(text: str) -> list[str]:
    begins = np.flatnonzero(graphemes.starts(code_points(text))).tolist()
    return [text[start:end] for start, end in pairwise([*begins, len(text)])]


@pytest.mark.parametrize("module", BOTH)
def test_the_standards_own_cases(module: Any) -> None:
    n = 0
    with using(module):
        for line, text, breaks in cases("GraphemeBreakTest-15.0.0.txt.xz"):
            assert graphemes.starts(text).tolist() == breaks[:-1], line
            n += 1
    assert n == 602


@pytest.mark.parametrize("module", BOTH)
@pytest.mark.parametrize(
    "whole",
    [
        "\r\n",
        "e\u0301\u0323",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
        "\U0001f44d\U0001f3fd",
        "\u2764\ufe0f\u200d\U0001f525",
        "\U0001f1e9\U0001f1ea",
        "\u1112\u1161\u11ab",
        "\ud55c\u11ab",
        "\u0600\u0661",
        "\u0928\u093f",
        "\u0915\u094d\u0937",
        "\u0915\u094d\u200d\u0937\u093f",
        "\u0e01\u0e33",
    ],
    ids=ascii,
)
def test_what_is_read_as_one(module: Any, whole: str) -> None:
    with using(module):
        assert clusters(f"-{whole}-") == ["-", whole, "-"]


@pytest.mark.parametrize("module", BOTH)
def test_what_only_looks_like_one(module: Any) -> None:
    with using(module):
        assert clusters("\U0001f1e6" * 5) == ["\U0001f1e6" * 2, "\U0001f1e6" * 2, "\U0001f1e6"]
        assert clusters("a\u200d\U0001f469") == ["a\u200d", "\U0001f469"]
        assert clusters("\U0001f469\u200d\u200d\U0001f469") == ["\U0001f469\u200d\u200d", "\U0001f469"]
        assert clusters("\u0915\u200d\u0937") == ["\u0915\u200d", "\u0937"]
        assert clusters("") == []


TEXTS = st.one_of(texts_of(examples_of(graphemes.classes(), 3)), texts_of(np.arange(0x110000)))


@needs_kernel
@given(TEXTS)
def test_kernel_is_the_reference(text: NDArray[np.uint32]) -> None:
    with using(KERNEL):
        assert graphemes.starts(text).tolist() == graphemes.reference(text).tolist()
