"""The right passages come back, in the document's own words."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from standin import misread

from smallprint.readers.embedded.answers import MAX_PASSAGES, NOTE, TEXT_NOTE, answer
from smallprint.readers.embedded.book import Book, Leaf
from smallprint.readers.embedded.questions import Question
from smallprint.readers.embedded.search import Search

ROOT = Path(__file__).parents[3]


@cache
def jane_eyre(error_rate: float) -> Book:
    text = (ROOT / "examples/jane-eyre.txt").read_bytes().decode()
    read = misread(text, error_rate)
    return Book.of(Leaf(text=read[at : at + 10_000], pages=(at // 10_000,)) for at in range(0, len(read), 10_000))


def best(book: Book, question: str) -> list[str]:
    found = Search(book).best(Question.of(question), MAX_PASSAGES)
    return [book.text[each.passage.start : each.passage.end] for each in found]


@pytest.mark.parametrize("error_rate", [0.0, 0.02])
def test_who_helped_jane(error_rate: float) -> None:
    first, second, *_ = best(jane_eyre(error_rate), "Who helped Jane after she left Thornfield?")
    assert {"John", "Diana"} <= {word for text in (first, second) for word in text.replace(",", " ").split()}
    assert "aid" in first + second
    said = answer(jane_eyre(error_rate), "Who helped Jane after she left Thornfield?").text
    names = said.split("Names in them: ")[1].split("\n")[0]
    assert "Diana" in names
    assert "John" in names


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the name of Rochester's dog?", "lay Pilot--"),
        ("Where did St. John want to go as a missionary?", "missionary"),
        ("How did Helen Burns die?", "Helen Burns"),
        ("Who gave Jane shelter after her flight from Thornfield?", "St. John"),
        ("Wer war Bertha Mason?", "Bertha Mason"),
    ],
)
def test_other_questions_about_the_book(question: str, words: str) -> None:
    assert words in " ".join(" ".join(best(jane_eyre(0.0), question)[:2]).split())


PARAGRAPHS = [
    "The lighthouse of Skerra was built in 1811 by Tomas Eklund, who carried every stone himself.",
    "Each spring the ferrymen of the delta repaint their boats green, after the river goddess.",
    "Der Müller Johann Brandt verkaufte seine Mühle im Jahr 1790 an die Gemeinde.",
    "В 1905 году библиотеку города построил архитектор Иванов на берегу реки.",
    "这座桥由工程师李春设计，建于隋朝，至今仍在使用。",
]


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Who built the lighthouse of Skerra?", 0),
        ("Who bilt the lihgthouse?", 0),
        ("What colour do ferrymen paint their boats?", 1),
        ("Wem verkaufte der Müller die Mühle?", 2),
        ("Кто построил библиотеку?", 3),
        ("谁设计了这座桥？", 4),
    ],
)
def test_any_language(question: str, number: int) -> None:
    filler = "Nothing of note happened in the valley that week, and the rain went on. " * 8
    book = Book.of([Leaf(text="\n".join(f"{filler}\n{paragraph}" for paragraph in PARAGRAPHS))])
    assert PARAGRAPHS[number][:20] in best(book, question)[0]


def test_after_and_before_look_on_the_side_that_they_name() -> None:
    met = "At the inn she met {} and they spoke for long about the war. "
    filler = "The weather was grey and nothing else was worth telling of it. " * 12
    town = "In Aldmoor the market of Aldmoor was loud, and all Aldmoor was in the streets. " * 20
    told = filler + met.format("Agnes Holt") + filler + town + filler + met.format("Peter Vance") + filler
    book = Book.of([Leaf(text=told)])
    assert "Peter Vance" in best(book, "Whom did she meet at the inn after Aldmoor?")[0]
    assert "Agnes Holt" in best(book, "Whom did she meet at the inn before Aldmoor?")[0]


def test_passages_do_not_overlap_and_lie_in_the_text() -> None:
    found = Search(jane_eyre(0.0)).best(Question.of("What did Mr. Rochester say?"), 5)
    spans = sorted((each.passage.start, each.passage.end) for each in found)
    assert len(spans) == 5
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


@pytest.mark.parametrize("text", ["", " \n", "...", "One word"])
def test_nothing_to_find_is_said(text: str) -> None:
    found = answer(Book.of([Leaf(text=text)]), "Where is the treasure of Ormuz?")
    assert found.text.startswith("Not found")
    assert found.evidence == ()
    assert found.text.endswith(f"{NOTE} {TEXT_NOTE}")


def test_what_is_nowhere_is_named() -> None:
    said = answer(jane_eyre(0.0), "Xylophon Quetzalcoatl?").text
    assert said.startswith(
        "Not found: no passage has the words of the question. Nowhere in it: xylophon, quetzalcoatl."
    )


def test_a_question_without_words_finds_nothing() -> None:
    assert answer(jane_eyre(0.0), "???").text.startswith("Not found")
    assert answer(Book.of([]), "Who?").text.startswith("Not found")


def test_texts_run_on_from_page_to_page() -> None:
    book = Book.of(
        [Leaf(text="The lamp of the harbour was", pages=(0,)), Leaf(text="lit by Osric. Then night fell.", pages=(1,))]
    )
    found = answer(book, "Who lit the lamp of the harbour?")
    assert "The lamp of the harbour was lit by Osric." in found.text
    assert "(pages 1 to 2)" in found.text
    assert found.evidence[0].pages == (0, 1)
