"""How what was read differs from the text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from smallprint.readers.sight.compare import Doubts, Flat, Mistake, Tally, align, doubts, tally

texts = st.text(st.sampled_from("ab \n\t\u00a0\u00ad漢"), max_size=40)


@given(texts)
def test_white_space_is_one_space(text: str) -> None:
    flat = Flat.of(text)
    assert flat.text == re.sub(r"\s+", " ", text.replace("\u00ad", "")).strip()
    assert len(flat.at) == len(flat.text)
    for char, at in zip(flat.text, flat.at.tolist(), strict=True):
        assert text[at] == char or (char == " " and text[at].isspace())


@pytest.mark.parametrize(
    ("text", "read", "wanted"),
    [
        ("one two", "one  two\n", []),
        ("one two", "one twa", [Mistake((6, 7), (6, 7))]),
        ("one  two", "onetwo", [Mistake((3, 4), (3, 3))]),
        ("one two", "one two!", [Mistake((7, 7), (7, 8))]),
        ("one two", "one xtwo", [Mistake((4, 4), (4, 5))]),
        ("", "a", [Mistake((0, 0), (0, 1))]),
        ("ab", "", [Mistake((0, 2), (0, 0))]),
    ],
)
def test_mistakes(text: str, read: str, wanted: list[Mistake]) -> None:
    assert list(align(text, read).mistakes) == wanted


@given(texts, texts)
def test_mistakes_turn_one_into_the_other(text: str, read: str) -> None:
    made, at = "", 0
    for mistake in align(text, read).mistakes:
        assert at <= mistake.span[0]
        made += text[at : mistake.span[0]] + read[slice(*mistake.read_span)]
        at = mistake.span[1]
    assert Flat.of(made + text[at:]).text.replace(" ", "") == Flat.of(read).text.replace(" ", "")


@given(texts, texts)
def test_counts(text: str, read: str) -> None:
    made = tally(text, read)
    one, other = Flat.of(text).text, Flat.of(read).text
    assert made.errors == Levenshtein.distance(one, other)
    assert (made.errors == 0) == (one == other)
    assert made.chars == len(one)
    assert made.wrong_words <= max(made.words, len(other.split()))


def test_counts_add_up() -> None:
    both = tally("a b", "a c") + tally("dd", "d")
    assert both == Tally(5, 2, 3, 2)
    assert (both.cer, both.wer) == (0.4, 2 / 3)
    assert tally("", "").cer == 0


@given(texts, texts)
def test_every_character_that_was_read_has_its_place(text: str, read: str) -> None:
    made = align(text, read)
    assert len(made.at) == len(read)
    assert (np.diff(made.at) >= 0).all()
    assert all(0 <= at <= len(text) for at in made.at.tolist())


def test_places() -> None:
    assert align("one  two", "one two").at.tolist() == [0, 1, 2, 3, 5, 6, 7]
    assert align("letter", "lettxer").at.tolist() == [0, 1, 2, 3, 4, 4, 5]
    assert align("letter", "leter").at.tolist()[-1] == 5


@pytest.mark.parametrize(
    ("read", "doubtful", "wanted"),
    [
        ("one two", [], Doubts(7, 7, 0, 0, 0)),
        ("one twa", [], Doubts(7, 7, 1, 1, 0)),
        ("one twa", [(6, 7)], Doubts(7, 6, 0, 1, 1)),
        ("one tw", [(5, 6)], Doubts(6, 5, 0, 1, 1)),
        ("one tw", [(4, 5)], Doubts(6, 5, 0, 1, 0)),
        ("ne two", [(0, 1)], Doubts(6, 5, 0, 1, 1)),
        ("one  two", [(4, 5)], Doubts(7, 7, 0, 0, 0)),
    ],
)
def test_what_was_doubted(read: str, doubtful: list[tuple[int, int]], wanted: Doubts) -> None:
    assert doubts("one two", read, doubtful) == wanted
    assert (wanted + wanted).read == 2 * wanted.read
    assert 0 <= wanted.sure_share <= 1


def test_what_a_page_draws_otherwise_is_no_mistake() -> None:
    shown = {"\U0001f3af": "<U+1F3AF>"}
    text = "at \U0001f3af once, cafe\u0301 well\u2010known"
    read = "at <U+1F3AF> once, caf\u00e9 well-known"
    assert tally(text, read, shown).errors == 0
    assert align(text, read, shown).mistakes == ()
    (mistake,) = align(text, read.replace("3AF", "3A"), shown).mistakes
    assert text[slice(*mistake.span)] == "\U0001f3af"
    assert align(text, read, shown).at[read.index("once")] == text.index("once")
    assert doubts(text, read, [(3, 4)], shown).mistakes == 0
    assert tally(text, read).errors > 0
