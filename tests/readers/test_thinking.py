"""What a model thinks aloud is not its answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.readers.thinking import Speaking, spoken

CASES = {
    "Paris.": "Paris.",
    "<think>France ... its capital</think><answer>Paris.</answer>": "Paris.",
    "\n<think>a < b</think>\n\nParis. <b>": "Paris. <b>",
    "its capital</think><answer>Paris.</answer>": "Paris.",
    "<|begin_of_box|>Paris<|end_of_box|>": "Paris",
    "Use <think> to think.": "Use <think> to think.",
    "<think>never closed": "<think>never closed",
}


@pytest.mark.parametrize(("text", "answer"), CASES.items())
def test_whole(text: str, answer: str) -> None:
    assert spoken(text) == answer


@given(
    st.lists(
        st.sampled_from(["<", "think", ">", "</", "answer", "Paris", " ", "<|begin_of_box|>", "</think>", "<think>"]),
        max_size=12,
    )
)
def test_in_pieces_as_in_one(pieces: list[str]) -> None:
    whole, parts = Speaking(), Speaking()
    at_once = whole.feed("".join(pieces)) + whole.end()
    assert "".join([*(parts.feed(piece) for piece in pieces), parts.end()]) == at_once


@pytest.mark.parametrize("by", [1, 3, 100])
def test_thoughts_that_a_template_opened_are_no_part_of_the_answer_and_end_a_line_in_a_stream(by: int) -> None:
    text = "its capital</think>\n<answer>Paris.</answer>"
    speaking = Speaking()
    pieces = [text[n : n + by] for n in range(0, len(text), by)]
    assert "".join([*map(speaking.feed, pieces), speaking.end()]) == "its capital\n\nParis."
    assert spoken(text) == "Paris."


@pytest.mark.parametrize("text", ["<think>France</think><answer>Paris.</answer>", "Paris."])
def test_nothing_of_the_thoughts_is_shown_while_text_comes(text: str) -> None:
    speaking = Speaking()
    assert "".join([*map(speaking.feed, text), speaking.end()]) == "Paris."
