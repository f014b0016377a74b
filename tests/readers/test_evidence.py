"""What was read with errors is found again where it was read, and nowhere else."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.readers.align import align
from smallprint.readers.base import Evidence, Quote
from smallprint.readers.evidence import quote_of

FILLER = "The rain fell on the moor, and nobody came to the house that day. "
SENTENCE = "Reader, I married him: a quiet\nwedding we had."
SOURCE = FILLER * 20 + SENTENCE + " " + FILLER * 20


def damaged(text: str, n_errors: int, dice: random.Random) -> str:
    letters = list(text)
    for _ in range(n_errors):
        at = dice.randrange(len(letters))
        kind = dice.choice(["replace", "drop", "add"])
        letters[at : at + (kind != "add")] = [] if kind == "drop" else [dice.choice(string.ascii_lowercase)]
    return "".join(letters)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_sentence_is_found(seed: int) -> None:
    dice = random.Random(seed)
    start = SOURCE.index(SENTENCE)
    found = align(damaged(SENTENCE, 6, dice), SOURCE)
    assert found is not None
    assert abs(found[0] - start) <= 3
    assert abs(found[1] - start - len(SENTENCE)) <= 3


@given(st.text("abc XYZ\n", max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_what_was_read_right_is_found_exactly(text: str, a: int, b: int) -> None:
    part = text[min(a, b) : max(a, b)]
    found = align(part, text)
    if part.strip():
        assert found is not None
        assert "".join(text[slice(*found)].split()).lower() == "".join(part.split()).lower()
        assert not text[found[0]].isspace()
        assert not text[found[1] - 1].isspace()
    else:
        assert found is None


@pytest.mark.parametrize(
    "read", ["zzzzzz qqqqq xxxxx", "", " \n", "A storm wrecked ships off the coast of Norway in 1811"]
)
def test_what_is_not_there_is_not_found(read: str) -> None:
    assert align(read, SOURCE) is None
    assert align(read, "") is None


def test_the_first_letter_may_be_wrong() -> None:
    assert align("xeader, I married him", "He said. Reader, I married him. And") == (9, 30)


def test_the_quotation_is_the_source_s_own_and_on_its_page() -> None:
    at = SOURCE.index(SENTENCE)
    pages = [(0, 500), (500, at + 10), (at + 10, len(SOURCE))]
    read = "Reader, I marrled hirn: a quiet↵wedding we had."
    for on in ((1, 2), (1, 2, 0)):
        quote = quote_of(Evidence(text=read, pages=on), SOURCE, pages, newline_mark="↵")
        assert quote == Quote(text=SENTENCE, page=1, span=(at, at + len(SENTENCE)))


def test_only_the_pages_that_were_read_are_searched() -> None:
    source = f"{SENTENCE} {FILLER}{SENTENCE}"
    middle = len(SENTENCE) + 5
    pages = [(0, middle), (middle, len(source))]
    for page, start in ((0, 0), (1, source.rindex(SENTENCE))):
        quote = quote_of(Evidence(text=SENTENCE, pages=(page,)), source, pages)
        assert (quote.page, quote.span) == (page, (start, start + len(SENTENCE)))
    assert quote_of(Evidence(text="nothing like it at all", pages=(0,)), source, pages).span is None


def test_without_a_source_the_quotation_is_what_was_read() -> None:
    assert quote_of(Evidence(text="a quiet\n wedding", pages=(4, 5)), "") == Quote(text="a quiet wedding", page=4)
    assert quote_of(Evidence(text="a quiet wedding"), "", []) == Quote(text="a quiet wedding")


def test_a_place_that_is_known_is_taken() -> None:
    assert quote_of(Evidence(text="x", span=(0, 7)), SOURCE) == Quote(text=SOURCE[:7], span=(0, 7))
