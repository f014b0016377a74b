"""Words and sentences of any language."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.readers.embedded.sentences import MAX_CHARS, sentences_of
from smallprint.readers.embedded.words import near, variants, words_of


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Jane's café, 3.5 km", ["jane", "s", "cafe", "3", "5", "km"]),
        ("ΦΙΛΟΣΟΦΊΑ Ёлка", ["φιλοσοφια", "елка"]),
        ("哪个球员", ["哪个", "个球", "球员"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("Straße in 東京 (東)", ["strasse", "in", "東京", "東"]),
        ("", []),
    ],
)
def test_words(text: str, terms: list[str]) -> None:
    assert [word.term for word in words_of(text)] == terms


@given(st.text(max_size=200))
def test_words_stand_where_they_say(text: str) -> None:
    last = -1
    for word in words_of(text):
        assert last < word.start < word.end <= len(text)
        assert not any(char.isspace() for char in text[word.start : word.end])
        last = word.start


@pytest.mark.parametrize(
    ("asked", "there", "is_kin"),
    [
        ("helped", "help", True), ("help", "helped", True), ("marry", "married", True), ("invention", "inventor", True),
        ("книга", "книгу", True), ("station", "stamp", False), ("cat", "category", False), ("1234", "1235", False),
        ("thornfield", "thornfjeld", True), ("house", "mouse", True), ("gate", "date", False), ("kx4471b9", "kx44i1b9", True),
    ],
)  # fmt: skip
def test_forms_and_misread_words(asked: str, there: str, is_kin: bool) -> None:
    assert (there in variants(asked, {there: 1})) == is_kin


def test_a_word_that_is_there_is_not_taken_for_a_misread_one() -> None:
    assert variants("house", {"house": 9, "mouse": 3}) == {"house": 1.0}
    assert variants("house", {"house": 9, "hoose": 1}) == {"house": 1.0, "hoose": 0.6}
    assert near("house", ["hose", "houses", "huose", "horse", "hoarse"]) == ["hose", "houses", "huose", "horse"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ('She asked St. John. "No!" he said.', ["She asked St. John.", '"No!" he said.']),
        ("one: 1\ntwo: 2\n\nthree", ["one: 1", "two: 2", "three"]),
        ("A line that was broken by its width, as books have it,\nand its end.", None),
        ("他来了。她走了！", ["他来了。", "她走了！"]),
        ("It is 3.14 or so. Yes", ["It is 3.14 or so.", "Yes"]),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str] | None) -> None:
    assert [text[start:end] for start, end in sentences_of(text)] == ([text] if sentences is None else sentences)


@given(st.text("ab .\n。", max_size=1500))
def test_sentences_hold_everything(text: str) -> None:
    spans = list(sentences_of(text))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(end - start <= MAX_CHARS for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
