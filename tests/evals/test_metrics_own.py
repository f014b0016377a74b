"""Scores of our own tasks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.evals.metrics import cer, own, score, wer

LETTERS = st.text(st.sampled_from("ab1é-_ .\u0301"), max_size=20)


@pytest.mark.parametrize(
    ("prediction", "answers", "expected"),
    [
        ("It is 3fa9c2.", ["3fa9c2"], 1.0),
        ("It is 3fa9c21.", ["3fa9c2"], 0.0),
        ("x3fa9c2", ["3fa9c2"], 0.0),
        ("3fa9c21 or 3fa9c2", ["3fa9c2"], 1.0),  # the second place counts
        ("3FA9C2", ["3fa9c2"], 0.0),
        ("`3fa9c2`, _3fa9c2_", ["3fa9c2"], 1.0),
        ("a-12 and b", ["12", "b", "c"], 2 / 3),
        ("-5.", ["-5"], 1.0),
        ("x-5", ["-5"], 1.0),  # no run goes through a hyphen
        ("cafe\u0301", ["cafe"], 0.0),  # the mark makes another letter
        ("中文", ["中"], 0.0),
        ("", ["a"], 0.0),
        ("aaa", ["aa"], 0.0),
    ],
)
def test_exact(prediction: str, answers: list[str], expected: float) -> None:
    assert score("exact", prediction, answers) == expected
    assert score("exact/exact_hex", prediction, answers) == expected


def test_an_empty_exact_string_is_an_error() -> None:
    with pytest.raises(DataError, match="cannot be empty"):
        score("exact", "x", ["a", ""])


@pytest.mark.parametrize(
    ("text", "read", "of_characters", "of_words"),
    [
        ("abcd", "abcd", 0.0, 0.0),
        ("abcd", "abxd", 1 / 4, 1.0),
        ("one two", "two one", 6 / 7, 1.0),
        ("one two three", "one three", 4 / 13, 1 / 3),
        ("a b", " a\n\n\tb ", 0.0, 0.0),
        ("ab", "", 1.0, 1.0),
        ("a", "abc", 2.0, 1.0),
        ("", "ab", 2.0, 1.0),
        ("", "", 0.0, 0.0),
    ],
)
def test_error_rates(text: str, read: str, of_characters: float, of_words: float) -> None:
    assert cer(text, read) == of_characters
    assert wer(text, read) == of_words
    expected = 1.0 - min(1.0, of_characters)
    assert score("transcription", read, [text]) == score("words", read, [text]) == expected
    assert score("transcription_prose", read, ["zzzzzzzzzz", text]) == expected


@pytest.mark.parametrize(
    ("prediction", "answers", "expected"),
    [
        ("send, get", ["get", "send"], 1.0),
        ("send, send", ["send"], 1.0),
        ("send", ["send", "get"], 2 / 3),
        ("send, get, put", ["send"], 0.5),
        ("1. `send(request, *, stream=True)`\n2. `Client.get`", ["send", "Client.get"], 1.0),
        ("- __init__\n- _send_one", ["_send_one", "__init__"], 1.0),
        ("httpx/_client.py", ["httpx/_client.py"], 1.0),
        ("**url**: str", ["url"], 2 / 3),
        ("Send", ["send"], 0.0),
        ("", ["send"], 0.0),
    ],
)
def test_code(prediction: str, answers: list[str], expected: float) -> None:
    assert score("code", prediction, answers) == expected
    assert score("code/code_calls", prediction, answers) == expected


def test_answers_are_needed() -> None:
    for task in ("exact", "words", "transcription", "code"):
        with pytest.raises(DataError, match=f"{task} needs at least one, got none"):
            score(task, "x", [])


@given(LETTERS, st.lists(LETTERS.filter(bool), min_size=1, max_size=3), st.sampled_from(["exact", "words", "code"]))
def test_every_score_is_from_0_to_1(prediction: str, answers: list[str], task: str) -> None:
    assert 0.0 <= score(task, prediction, answers) <= 1.0


@given(st.lists(LETTERS.filter(bool), min_size=1, max_size=4))
def test_answers_are_right(answers: list[str]) -> None:
    assert own.code(", ".join(answers), answers) == 1.0
    assert own.transcription(answers[0], answers) == 1.0
    # A mark at the beginning would belong to the comma's blank; it joins nothing there.
    assert own.exact(" , ".join(answers), answers) == 1.0


@given(LETTERS, LETTERS, LETTERS)
def test_error_rates_are_distances(left: str, middle: str, right: str) -> None:
    def distance(one: str, other: str) -> float:
        return cer(one, other) * max(1, len(" ".join(one.split())))

    assert distance(left, middle) == pytest.approx(distance(middle, left))
    assert distance(left, right) <= distance(left, middle) + distance(middle, right) + 1e-9
