"""Texts made to fit a budget."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.evals.cuts import best_passages, fewer_lines, passages_of, ranked
from smallprint.tokens import count

STORY = "".join(f"On day {day} nothing happened in the town of Lowton, and it rained. " for day in range(400))
NEEDLE = "The password of the lighthouse is heron-42. "


def tokens(text: str) -> int:
    return count(text).tokens


@given(st.text(alphabet="ab .\n!\u3002", max_size=3000))
def test_passages_tile_the_text(text: str) -> None:
    assert "".join(passages_of(text)) == text


def test_the_passage_that_is_asked_for_is_kept() -> None:
    text = STORY[:9000] + NEEDLE + STORY[9000:]
    kept = best_passages(text, "What is the password of the lighthouse?", 500, "qwen")
    assert NEEDLE.strip() in kept
    assert 495 < tokens(kept) <= 500


def test_without_a_word_in_common_the_beginning_is_kept() -> None:
    assert ranked(["one two", "three"], "xyz") == [0, 1]
    assert best_passages(STORY, "???", 300, "qwen").startswith(STORY[:700])


def test_chinese_is_ranked_by_its_characters() -> None:
    assert ranked(["\u4eca\u5929\u4e0b\u96e8\u3002", "\u5bc6\u7801\u662f\u4e8c\u3002"], "\u5bc6\u7801")[0] == 1


@pytest.mark.parametrize("text", [STORY, STORY.replace("rained. ", "rained.\n")])
def test_lines_are_taken_away_until_the_rest_fits(text: str) -> None:
    kept = fewer_lines(text, 1000, "qwen", random.Random(1))
    assert 980 < tokens(kept) <= 1000
    days = [int(piece.split()[0]) for piece in kept.split("On day ")[1:]]
    assert days == sorted(days)
    assert days[0] < 100 < 300 < days[-1]
    assert (
        kept == fewer_lines(text, 1000, "qwen", random.Random(1)) != fewer_lines(text, 1000, "qwen", random.Random(2))
    )


def test_no_budget_leaves_nothing() -> None:
    assert fewer_lines(STORY, 0, "qwen", random.Random(0)) == ""
    assert best_passages("", "q", 10, "qwen") == ""


@pytest.mark.parametrize(
    "text", [STORY, "x" * 9000, "word " * 4000, "\u5929\u5730" * 900, f"{'long ' * 3000}.\nshort.\n"]
)
@pytest.mark.parametrize("budget", [3, 200, 900])
def test_the_budget_is_spent_and_no_more(text: str, budget: int) -> None:
    for kept in (best_passages(text, "long?", budget, "qwen"), fewer_lines(text, budget, "qwen", random.Random(5))):
        assert 0.9 * budget - 2 <= tokens(kept) <= budget
