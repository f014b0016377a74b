"""Words that are none put right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.readers.sight.page_reader import PageText
from smallprint.readers.sight.prior import with_prior


def read(text: str, *doubtful: int, confidence: float = 0.4) -> PageText:
    sure = np.full(len(text), 0.9999, np.float32)
    sure[list(doubtful)] = confidence
    return PageText(text=text, confidence=sure, boxes=np.zeros((len(text), 4), np.int32), doubtful=(), quality=1.0)


@pytest.mark.parametrize(
    ("text", "doubtful", "right"),
    [
        ("the gardcn wall", (8,), "the garden wall"),
        ("The Gardcn", (8,), "The Garden"),
        ("the GARDCN wall", (8,), "the GARDEN wall"),
        ("the garvcn wall", (7, 8), "the garden wall"),
        ("the gardeen wall", (8, 9), "the garden wall"),
        ("the gardn wall", (7, 8), "the garden wall"),
    ],
)
def test_a_doubtful_letter_gives_way_to_a_word(text: str, doubtful: tuple[int, ...], right: str) -> None:
    assert with_prior(read(text, *doubtful)) == right


def test_what_is_sure_stays() -> None:
    assert with_prior(read("the gardcn wall")) == "the gardcn wall"
    assert with_prior(read("the gardcn wall", 4)) == "the gardcn wall"


def test_strings_at_random_names_and_common_words_stay() -> None:
    for text in ("a8fQ2z x9Kd", "Rochester said", "the garden wall"):
        assert with_prior(read(text, *range(len(text)), confidence=0.9)) == text


@given(st.text(max_size=60), st.floats(0, 1))
def test_it_takes_any_text(text: str, confidence: float) -> None:
    with_prior(read(text, *range(len(text)), confidence=confidence))
