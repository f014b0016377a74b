"""The excerpts: what is for the search is for nothing else, and what can be guessed is no exact string."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.render.source import TextSource
from smallprint.search.validation import EXCERPT_CHARS, LEAST_CHARS, MOST, validation_of

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "sleeps", "by", "the", "river")
CODE = "\n".join(f"def f_{i}(x_{i}, *args):\n    return {{'a': [x_{i} ** {i}], 'b': args[{i}:]}}\n" for i in range(400))


def prose(n_chars: int, seed: int = 1) -> str:
    random = Random(seed)
    made: list[str] = []
    size = 0
    while size < n_chars:
        made.append(" ".join(random.choices(WORDS, k=random.randint(10, 60))).capitalize() + ".\n\n")
        size += len(made[-1])
    return "".join(made)[:n_chars]


@settings(max_examples=25)
@given(st.integers(LEAST_CHARS, 400_000), st.integers(0, 5))
def test_no_excerpt_is_dealt_twice(n_chars: int, seed: int) -> None:
    text = prose(n_chars)
    found = validation_of(TextSource(text, name="made"), seed=seed)
    parts = found.search, found.final, found.held_out
    ids = [excerpt.id for part in parts for excerpt in part]
    assert len(ids) == len(set(ids))
    assert all(parts)
    assert all(len(part) <= most for part, most in zip(parts, MOST, strict=True))
    assert all(excerpt.text in text and len(excerpt.text) <= 2 * EXCERPT_CHARS for part in parts for excerpt in part)
    assert found == validation_of(TextSource(text, name="made"), seed=seed)
    assert found.layout in text


def test_kinds_come_in_turn() -> None:
    chinese = "\n\n".join("话说天下大势，分久必合，合久必分。" * 20 for _ in range(60))
    text = prose(60_000) + "\n\n" + CODE + "\n\n" + chinese
    found = validation_of(TextSource(text, name="mixed"), seed=1)
    assert set(found.kinds) == {"prose", "code", "cjk"}
    assert {excerpt.kind for excerpt in found.search[:6]} == {"prose", "code", "cjk"}


def test_strings_cannot_be_guessed_and_are_each_there() -> None:
    found = validation_of(TextSource(prose(20_000), name="made"), seed=1)
    other = validation_of(TextSource(prose(20_000), name="made"), seed=2)
    for excerpt in found.strings:
        assert all(string in excerpt.text for string in excerpt.exact)
        assert len(set(excerpt.exact)) == len(excerpt.exact) > 10
    assert not {s for e in found.strings for s in e.exact} & {s for e in other.strings for s in e.exact}


@pytest.mark.parametrize("text", ["", "too short", prose(LEAST_CHARS - 1), " " * 20_000, "x" * 8000 + "\n" * 9000])
def test_too_little_text_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="too few"):
        validation_of(TextSource(text, name="short"), seed=1)


def test_a_line_without_end_is_cut() -> None:
    found = validation_of(TextSource("word" * 10_000, name="one line"), seed=1)
    assert max(len(excerpt.text) for excerpt in found.search) <= EXCERPT_CHARS
