"""Text that nobody can guess."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.readers.sight.alphabet import ALPHABET
from smallprint.readers.sight.ideographs import IDEOGRAPHS
from smallprint.train.reader import strings


@pytest.mark.parametrize("kind", sorted(set(strings.KINDS), key=lambda kind: kind.__name__))
def test_every_kind_is_the_same_for_the_same_seed(kind: Callable[[Random], str]) -> None:
    one, again, other = ([kind(random) for _ in range(40)] for random in (Random(1), Random(1), Random(2)))
    assert one == again != other
    assert all(one)
    assert len(set(one)) > 25


@pytest.mark.parametrize("kind", sorted(set(strings.KINDS), key=lambda kind: kind.__name__))
def test_every_kind_keeps_to_the_alphabet(kind: Callable[[Random], str]) -> None:
    random = Random(3)
    text = "".join(kind(random) for _ in range(3000))
    assert set(text) <= set(ALPHABET)


@given(st.integers(), st.integers(0, 3000))
@settings(deadline=None, max_examples=30)
def test_at_least_so_many_characters(seed: int, n_chars: int) -> None:
    text = strings.unguessable(Random(seed), n_chars)
    assert len(text) >= n_chars
    assert text == strings.unguessable(Random(seed), n_chars)


def test_chinese_characters_come_as_often_as_each_other() -> None:
    text = strings.unguessable_han(Random(1), 300_000)
    assert len(text) >= 300_000
    assert text[:2000] == strings.unguessable_han(Random(1), 300_000)[:2000]
    known = {char for char in IDEOGRAPHS if "\u4e00" <= char <= "\u9fff"}
    counts = Counter(char for char in text if char in known)
    assert set(counts) == known
    # Poisson: some 35 times each, so none as often as 90 times.
    assert max(counts.values()) < 90
    # A few that nobody told the reader of, which it has to learn to doubt.
    strange = [char for char in text if "\u4e00" <= char <= "\u9fff" and char not in known]
    assert 0.01 < len(strange) / len(text) < 0.03


def test_all_letters_come() -> None:
    seen = set(strings.unguessable(Random(4), 600_000))
    assert set(ALPHABET[2:]) <= seen


@given(st.lists(st.text("abc", min_size=1), min_size=1, max_size=200), st.integers())
def test_inserts_leave_the_words_in_order(words: list[str], seed: int) -> None:
    text = " ".join(words)
    longer = strings.with_inserts(Random(seed), text)
    assert len(longer) > len(text)
    left = iter(longer.split(" "))
    assert all(any(word in other for other in left) for word in words)


def test_words_are_put_between_marks() -> None:
    random = Random(5)
    made = [strings.quoted(random, "word") for _ in range(300)]
    assert all("word" in text and len(text) > 4 for text in made)
    assert {"`word`", "``word``", "{word}", "“word”", "**word**"} <= set(made)


def test_markup_has_what_code_in_prose_has() -> None:
    random = Random(6)
    text = "".join(strings.markup(random) for _ in range(400))
    assert all(mark in text for mark in ("```", "](https://", "## ", "| ", "- "))
    assert text.count("`") > 800
