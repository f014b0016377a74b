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


CHANCE = "The therapist arrived. In a manor Roman soldiers slept. I am another.\nThe end of knowledge."


@pytest.mark.parametrize(
    "text", ["the rapist arrived", "I a man other", "man", "no", "amanor", "man or Roman", "manorRoman", "thetherapist"]
)
def test_words_are_found_as_words_alone(text: str) -> None:
    (quote,) = find_quotes(f'"{text}"', CHANCE)
    assert quote.span is None


def test_a_later_occurrence_that_is_a_word_is_found() -> None:
    (quote,) = find_quotes('"the"', "Other themes: bathe the dog.")
    assert quote.span == (20, 23)
    (quote,) = find_quotes('"no ... nothing so ever"', "no")
    assert quote.span is None


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("another.The end", "another.\nThe end"),
        ("another. the END", "another.\nThe end"),
        ("slept . I am", "slept. I am"),
        ("The end of know↵ledge", "The end of knowledge"),
        ("The end of know\nledge", "The end of knowledge"),
    ],
)
def test_a_line_break_or_punctuation_explains_white_space(text: str, passage: str) -> None:
    (quote,) = find_quotes(f'"{text}"', CHANCE, newline_mark="↵")
    assert quote.span is not None
    assert CHANCE[slice(*quote.span)] == passage


def test_a_break_inside_a_word_of_the_source_is_no_other_word() -> None:
    for source, text, is_there in (
        ("a well-\nknown house", "well-known", True),
        ("a house\nkeeper came", "housekeeper", True),
        ("a house keeper came", "housekeeper", False),
        ("天地\n玄黄", "天地玄黄", True),
        ("x" * 700, "x" * 700, True),
        ("x" * 700, "x" * 256, False),
        ("x" * 256 + " y", "x" * 256 + "y", False),
    ):
        (quote,) = find_quotes(f'"{text}"', source)
        assert (quote.span is not None) == is_there, (source, text)


@given(st.text(max_size=200), st.integers(0, 20), st.integers(1, 10))
def test_any_words_of_any_text_are_found_as_themselves(source: str, first: int, n_words: int) -> None:
    words = source.split()[first : first + n_words]
    folded = Folded.of(source)
    span = folded.find(" ".join(words))
    if not words:
        assert span is None
        return
    assert span is not None
    assert 0 <= span[0] < span[1] <= len(source)
    found = Folded.of(source[slice(*span)])
    assert Folded.of("".join(words)).text.strip("'.,;:!?*_-…()[]") in found.text


@given(
    st.lists(st.sampled_from(["a", "b", "ab", "-", "ß", "天"]), min_size=1, max_size=12),
    st.text("ab ß-", min_size=1, max_size=6),
)
def test_what_is_found_is_whole_words(words: list[str], quoted: str) -> None:
    source = " ".join(words)
    span = Folded.of(source).find(quoted)
    if span is None:
        return
    start, end = span
    assert (
        start == 0
        or not (source[start - 1].isalpha() and source[start].isalpha())
        or "天" in source[start - 1 : start + 1]
    )
    assert (
        end == len(source)
        or not (source[end - 1].isalpha() and source[end].isalpha())
        or "天" in source[end - 1 : end + 1]
    )
    found = source[start:end].casefold().strip(" -").split()
    assert "-" in quoted or found == quoted.casefold().split()


def test_the_source_is_folded_once_and_not_walked_for_each_quotation(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    fold = Folded.of
    monkeypatch.setattr(Folded, "of", lambda source: calls.append(len(source)) or fold(source))
    answer = " ".join(f'"clerk {n}"' for n in range(20))
    assert len(find_quotes(answer, SOURCE * 200)) == 20
    assert [n for n in calls if n > 100] == [len(SOURCE) * 200]
