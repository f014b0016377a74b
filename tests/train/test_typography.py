"""Quotes and dashes of print."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from smallprint.readers.sight.alphabet import ALPHABET
from smallprint.train.reader.typography import typeset

TYPED = '"What--is it?" he said. \'It\'s -- no...\' ("so")'


def test_one_custom_of_print() -> None:
    made = {typeset(Random(seed), TYPED) for seed in range(60)}
    assert "“What—is it?” he said. ‘It’s—no...’ (“so”)" in made
    assert "„What – is it?“ he said. ‘It’s – no…’ („so“)" in made
    assert not any(set(text) & set("\"'") or "--" in text for text in made)


@given(st.text(st.sampled_from("ab \n\"'-.")), st.integers())
def test_letters_stay_and_all_is_known(text: str, seed: int) -> None:
    made = typeset(Random(seed), text)
    assert [char for char in made if char.isalpha()] == [char for char in text if char.isalpha()]
    assert set(made) <= set(ALPHABET) | {"\n"}
    assert made == typeset(Random(seed), text)
