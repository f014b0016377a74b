"""Exact things come back exactly, or not at all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from smallprint.readers.embedded.answers import answer
from smallprint.readers.embedded.book import Book, Leaf
from smallprint.readers.embedded.questions import Question
from smallprint.readers.embedded.values import value_for

ROOT = Path(__file__).parents[3]

NEEDLES = [
    "One of the special magic numbers for hungry-cat is: 8231423.",
    "One of the special magic numbers for hungry-dog is: 1112223.",
    "One of the special magic uuids for 7b1f9a22-3c4d-4e5f-8a9b-0c1d2e3f4a5b is: 0c1d2e3f-1111-4e5f-8a9b-abcdefabcdef.",
    "The access code of the north gate is KX-4471-B.",
    "The key k_998 opens the green cellar.",
    "Contact Marlowe Finch at marlowe.finch@example.org or +44 20 7946 0123.",
    "The commit that mended the parser is 9f3ab12c77de.",
    'The secret phrase for project Osprey is "walk the copper line".',
    "The server zephyr-3 listens on port 8443 at 10.20.30.40.",
    "The password for Bob is hunter2, and the password for Alice is swordfish.",
    "The treaty of Brackwater was signed on 14 March 1871.",
    "The Quillon company employs 5,312 people.",
    "El número mágico de la ciudad de Valverde es 55321.",
    "Die Kontonummer: der Code für Tor Sieben lautet Q7-99.",
    "The magic number for grey-owl is: 40411.",
    "The magic number for grey-owl is: 50522.",
]


@pytest.fixture(scope="module")
def book() -> Book:
    text = (ROOT / "examples/jane-eyre.txt").read_bytes().decode()[:200_000]
    dice = random.Random(1)
    for needle in NEEDLES:
        at = text.index(". ", dice.randrange(len(text) - 2000)) + 2
        text = f"{text[:at]}{needle} {text[at:]}"
    return Book.of(Leaf(text=text[at : at + 10_000], pages=(at // 10_000,)) for at in range(0, len(text), 10_000))


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What is the special magic number for hungry-cat mentioned in the provided text?", "8231423"),
        ("What is the special magic number for hungry-dog mentioned in the provided text?", "1112223"),
        ("What is the special magic uuid for 7b1f9a22-3c4d-4e5f-8a9b-0c1d2e3f4a5b?", "0c1d2e3f-1111-4e5f-8a9b-abcdefabcdef"),
        ("What is the access code of the north gate?", "KX-4471-B"),
        ("Which key opens the green cellar?", "k_998"),
        ("What is the email address of Marlowe Finch?", "marlowe.finch@example.org"),
        ("What is the phone number of Marlowe Finch?", "+44 20 7946 0123"),
        ("Which commit mended the parser?", "9f3ab12c77de"),
        ("What is the secret phrase for project Osprey?", "walk the copper line"),
        ("On which port does zephyr-3 listen?", "8443"),
        ("What is the IP address of zephyr-3?", "10.20.30.40"),
        ("What is the password for Alice?", "swordfish"),
        ("When was the treaty of Brackwater signed?", "14 March 1871"),
        ("How many people does the Quillon company employ?", "5,312"),
        ("¿Cuál es el número mágico de Valverde?", "55321"),
        ("Welcher Code gilt für Tor Sieben?", "Q7-99"),
        ("What are the magic numbers for hungry-cat and hungry-dog?", "hungry-cat: 8231423; hungry-dog: 1112223"),
        ("What are all the magic numbers for grey-owl?", "40411; 50522"),
        ("What are the magic numbers for hungry-dog and lonely-otter?", "hungry-dog: 1112223; lonely-otter: not found"),
        ("Give me the access code of the north gate.", "KX-4471-B"),
    ],
)  # fmt: skip
def test_the_value_comes_first_and_its_sentence_is_quoted(book: Book, question: str, value: str) -> None:
    found = answer(book, question)
    first, sentence, *_ = found.text.split("\n\n")
    if ";" in value:
        assert sorted(first.split("; ")) == sorted(value.split("; "))
    else:
        assert first == value
    assert sentence.startswith("“")
    assert "(page" in sentence
    assert " ".join(found.evidence[0].text.split()) in sentence


def test_two_values_for_one_are_both_told(book: Book) -> None:
    first = answer(book, "What is the magic number for grey-owl?").text.split("\n")[0]
    assert "40411" in first
    assert "50522" in first
    assert "the text also gives" in first


@pytest.mark.parametrize(
    "question",
    [
        "What is the special magic number for lonely-otter?",
        "What is the access code of the south gate?",
        "What is the email address of Jane Eyre?",
        "Which key opens the silver cupboard?",
        "What is the special magic uuid for 11111111-2222-3333-4444-555555555555?",
    ],
)
def test_what_is_not_there_is_not_invented(book: Book, question: str) -> None:
    found = answer(book, question)
    assert found.text.startswith("Not found: no sentence has ")
    assert found.evidence == ()
    assert not any(char.isdigit() for char in found.text.split("\n")[0].replace(question, "")) or "1111" in question


def test_letters_that_were_hard_to_read_are_told() -> None:
    text = "The access code of the mill is QX-17."
    at = text.index("QX")
    clear, hard = (Book.of([Leaf(text=text, pages=(0,), doubtful=spans)]) for spans in ((), ((at + 1, at + 2),)))
    assert answer(clear, "What is the access code of the mill?").text.startswith("QX-17\n")
    assert answer(hard, "What is the access code of the mill?").text.startswith("QX-17 (some of its letters were hard")


@pytest.mark.parametrize(
    ("text", "kind", "key", "value"),
    [
        ("3 cats, 14 dogs and 5 birds", "number", "dogs", "14"),
        ("price: $1,234.50 for the chair", "number", "price", "$1,234.50"),
        ('{"alpha": "a1-b2", "beta": "c3-d4"}', "code", "beta", "c3-d4"),
        ("alpha = x9; beta = y8", "code", "beta", "y8"),
        ("released as v2.10.3-rc1 in May", "version", "released", "v2.10.3-rc1"),
        ("the log is /var/log/app.log there", "path", "log", "/var/log/app.log"),
        ("see https://example.org/a?b=1, page 2", "url", "see", "https://example.org/a?b=1"),
        ("born on May 5, 1821 in Corsica", "date", "born", "May 5, 1821"),
        ("nothing of the sort", "number", "sort", None),
    ],
)
def test_values(text: str, kind: str, key: str, value: str | None) -> None:
    at = text.index(key)
    span = value_for(text, kind, [(at, at + len(key))])  # pyright: ignore[reportArgumentType]
    assert (span and text[slice(*span)]) == value


def test_the_key_is_what_follows_the_noun() -> None:
    from smallprint.readers.embedded.needles import needle_of

    needle = needle_of(Question.of("What is the access code of the north gate?"))
    assert needle is not None
    assert (needle.kind, needle.keys, needle.others) == ("code", (("north", "gate"),), ("access", "code"))
    assert needle_of(Question.of("What did Helen say about the number seven?")) is None
    for other in ("Who wrote the code?", "Was the password changed?", "What did the key open?"):
        assert needle_of(Question.of(other)) is None
