"""RULER's metrics."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.evals.metrics import ruler, score

EVERY = [task for task, every in ruler.TASKS.items() if every]
ANY = ["qa_1", "qa_2"]


@pytest.mark.parametrize(
    ("prediction", "answers", "share", "any_of_them"),
    [
        ("AAAAA, bbbbb and CCCCC", ["aaaaa", "BBBBB", "CCCCC", "DDDDD"], 0.75, 1.0),
        ("nothing", ["aaaaa", "bbbbb"], 0.0, 0.0),
        ("", ["a"], 0.0, 0.0),
        ("12345", ["234"], 1.0, 1.0),  # a part of a longer number too
        ("new\x00york", ["new\nyork"], 1.0, 1.0),  # control characters become line ends
        ("new\tyork", ["new york"], 0.0, 0.0),
        ("new\r\nyork", ["new\n\nyork"], 1.0, 1.0),
        ("new\x7fyork", ["new\nyork"], 0.0, 0.0),  # only those below the blank
        ("\x01 a \x1f", [" a "], 0.0, 0.0),  # and the ends are stripped after
        ("x", ["", "y"], 0.5, 1.0),
        ("İ", ["i̇"], 1.0, 1.0),  # small letters by str.lower
        ("STRASSE", ["straße"], 0.0, 0.0),
    ],
)
def test_string_match(prediction: str, answers: list[str], share: float, any_of_them: float) -> None:
    assert {score(task, prediction, answers) for task in EVERY} == {share}
    assert {score(task, prediction, answers) for task in ANY} == {any_of_them}


def test_thirteen_tasks() -> None:
    assert len(EVERY) + len(ANY) == len(ruler.TASKS) == 13


def test_no_answers_are_an_error() -> None:
    with pytest.raises(DataError, match="vt needs at least one, got none"):
        score("vt", "x", [])


def test_figures() -> None:
    assert ruler.percentage([1.0, 0.5, 0.5]) == 66.67
    assert ruler.percentage([1 / 3, 1 / 3, 1.0]) == 55.56
    with pytest.raises(DataError, match="there are none"):
        ruler.percentage([])


def test_both_means() -> None:
    figures = {task: 0.0 if task in ruler.UUID_TASKS else 100.0 for task in ruler.TASKS}
    assert ruler.average(figures) == pytest.approx(1100 / 13)
    assert ruler.average_without_uuid(figures) == 100.0
    del figures["niah_multikey_3"]
    assert ruler.average_without_uuid(figures) == 100.0
    with pytest.raises(DataError, match="no figure for niah_multikey_3;"):
        ruler.average(figures)


@given(st.text(max_size=40), st.lists(st.text(max_size=8), min_size=1, max_size=4), st.sampled_from(list(ruler.TASKS)))
def test_every_score_is_from_0_to_1(prediction: str, answers: list[str], task: str) -> None:
    assert 0.0 <= score(task, prediction, answers) <= 1.0


@given(st.lists(st.from_regex(r"[A-Za-z0-9-]{1,36}", fullmatch=True), min_size=1, max_size=5))
def test_answers_are_right(answers: list[str]) -> None:
    for task in ruler.TASKS:
        assert score(task, ", ".join(answers), answers) == 1.0
