"""Quotations are found where they are, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.readers.base import Quote
from smallprint.readers.quotes import Folded, find_quotes, passages

SOURCE = (
    "Reader, I married him. A quiet\nwedding we had: he and I, the parson and clerk, were alone present.\n\n"
    "“Mary,” I said, “I have been married to Mr. Rochester this morning.”\n"
    "The housekeeper's spoon did hang suspended in air -- and for three minutes it stood still.\n"
    "A quiet\twedding, again.\n"
)
PAGES = ((0, 97), (97, 165), (165, len(SOURCE)))


def quoted(answer: str, pages: tuple[tuple[int, int], ...] = PAGES) -> Quote:
    (quote,) = find_quotes(answer, SOURCE, pages)
    return quote


@pytest.mark.parametrize(
    "answer",
    [
        'It was "a quiet wedding we had".',
        "It was “A QUIET WEDDING WE HAD”.",
        "Es war „a quiet  wedding\nwe had“.",
        "C'était « a quiet wedding we had ».",
        "「a quiet wedding we had」",
    ],
)
def test_white_space_case_and_quotation_marks_do_not_matter(answer: str) -> None:
    quote = quoted(answer)
    assert quote.span is not None
    assert SOURCE[slice(*quote.span)] == "A quiet\nwedding we had"
    assert quote.page == 0


def test_nested_and_typographic_marks_are_one_kind() -> None:
    quote = quoted("She said: \"'Mary,' I said, 'I have been married to Mr. Rochester this morning.'\"")
    assert quote.span is not None
    assert SOURCE[slice(*quote.span)] == "“Mary,” I said, “I have been married to Mr. Rochester this morning.”"
    assert quote.page == 1


def test_punctuation_set_inside_the_marks_is_not_part_of_the_passage() -> None:
    quote = quoted('He was "alone present," I think.')
    assert quote.span is not None
    assert SOURCE[slice(*quote.span)] == "alone present"
    assert quote.text == "alone present,"


def test_what_is_not_in_the_source_is_kept_without_a_span() -> None:
    assert quoted('It was "a loud wedding" (page 1).') == Quote(text="a loud wedding")


def test_the_page_that_the_answer_names_decides_between_occurrences() -> None:
    assert quoted('"a quiet wedding"').page == 0
    assert quoted('"a quiet wedding" (page 3)').page == 2
    assert quoted('"a quiet wedding" (p. 3)').page == 2
    assert quoted('"a quiet wedding" (page 2)').page == 0, "it is not there: the first occurrence counts"
    assert quoted('"a quiet wedding" (page 99)').page == 0


def test_a_page_may_begin_inside_a_word_as_chinese_pages_do() -> None:
    text = "天地玄黄宇宙洪荒" * 100
    for source in (text, "ß" + text):
        spans = [(start, start + 10) for start in range(0, len(source), 10)]
        (quote,) = find_quotes("「玄黄」(第 60 页)", source, spans)
        assert quote.page == 59
        assert quote.span is not None
        assert source[slice(*quote.span)] == "玄黄"


def test_an_ellipsis_joins_pieces_that_are_there_once_and_in_order() -> None:
    quote = quoted('"he and I, the parson ... were alone present"')
    assert quote.span is not None
    assert SOURCE[slice(*quote.span)] == "he and I, the parson and clerk, were alone present"
    assert quoted('"were alone present ... he and I, the parson"').span is None, "out of order"
    assert quoted('"a quiet wedding … he and I, the parson"').span is None, "the first piece is there twice"
    assert quoted('"he and [...] present"').span is None, "too short to be found by anything but chance"


def test_several_quotations_each_once_in_order() -> None:
    quotes = find_quotes('"clerk" and "Reader" and "clerk" and "..."', SOURCE, PAGES)
    assert [quote.text for quote in quotes] == ["clerk", "Reader"]


def test_a_mark_left_open_ends_at_a_blank_line() -> None:
    assert [text for text, _ in passages('5" wide\n\nand "clerk" there')] == ["clerk"]


def test_without_pages_there_is_no_page() -> None:
    quote = quoted('"clerk"', ())
    assert quote.page is None
    assert quote.span is not None


def test_letters_that_folding_lengthens_keep_their_places() -> None:
    source = "Die Straße und die STRASSE; İstanbul ﬃn Ende."
    for text, passage in (
        ("die strasse;", "die STRASSE;"),
        ("Die Straße", "Die Straße"),
        ("ﬃn ende", "ﬃn Ende"),
        ("i̇stanbul", "İstanbul"),
    ):
        (quote,) = find_quotes(f'"{text}"', source)
        assert quote.span is not None
        assert source[slice(*quote.span)] == passage


@given(st.text(max_size=200), st.integers(0, 200), st.integers(1, 40))
def test_any_passage_of_any_text_is_found_as_itself(source: str, start: int, length: int) -> None:
    passage = source[start : start + length]
    folded = Folded.of(source)
    span = folded.find(passage)
    if not passage.strip():
        assert span is None or span[0] < span[1]
        return
    assert span is not None
    assert 0 <= span[0] < span[1] <= len(source)
    found = Folded.of(source[slice(*span)])
    assert Folded.of(passage).text.strip("'.,;:!?*_-…()[]") in found.text


def test_the_source_is_folded_once_and_not_walked_for_each_quotation(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    fold = Folded.of
    monkeypatch.setattr(Folded, "of", lambda source: calls.append(len(source)) or fold(source))
    answer = " ".join(f'"clerk {n}"' for n in range(20))
    assert len(find_quotes(answer, SOURCE * 200)) == 20
    assert calls == [len(SOURCE) * 200]
