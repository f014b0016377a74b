"""Replies as models write them, and as nobody should."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.search.proposers import replies
from smallprint.search.proposers.replies import Advice, Idea

IDEA = {"kind": "mutation", "parents": [3], "knobs": {"size": 7.5}, "reason": "#3 has room."}
REPLY = json.dumps({"critique": "Size matters most.", "proposals": [IDEA]}, indent=1)
ADVICE = Advice(
    critique="Size matters most.",
    ideas=(Idea(knobs={"size": 7.5}, kind="mutation", parents=(3,), reason="#3 has room."),),
)


@pytest.mark.parametrize(
    "text",
    [
        REPLY,
        f"```json\n{REPLY}\n```",
        f"Here is what I think {{not JSON}}:\n\n{REPLY}\n\nI hope that this helps.",
        f"<think>Maybe {{\"proposals\": []}}? No.</think>\n{REPLY}",
        f"so I should say {{}}</think>{REPLY}",
        f"<think>\n</think><answer>{REPLY}</answer>",
        f"The form is {{\"critique\": \"...\", \"proposals\": []}}, so:\n{REPLY}",
        "x" * 1_000_000 + REPLY,
        REPLY.replace("Size matters most.", "Size\nmatters  most."),
    ],
    ids=["bare", "fenced", "prose", "thoughts", "no opening tag", "marked", "form first", "a megabyte", "line end"],
)  # fmt: skip
def test_what_stands_around_it_does_not_matter(text: str) -> None:
    assert replies.read(text) == ADVICE


def test_a_list_alone_and_a_reply_that_was_cut_off_are_read() -> None:
    other = {**IDEA, "knobs": {"size": 6}}
    assert replies.read(json.dumps([IDEA, other])).ideas[0] == ADVICE.ideas[0]
    whole = json.dumps({"critique": "Long.", "proposals": [IDEA, other, IDEA]})
    found = replies.read(whole[: whole.rindex('"size"')])
    assert [idea.knobs for idea in found.ideas] == [{"size": 7.5}, {"size": 6}]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("<think>I have not finished", "thought without an answer"),
        ("I cannot do this.", "no complete JSON object"),
        ("{'proposals': []}", "no complete JSON object"),
        ('{"critique": "x"}', 'no list "proposals"'),
        ('{"proposals": "none"}', 'no list "proposals"'),
        ('{"proposals": {"knobs": 3}}', 'no list "proposals"'),
        ('{"proposals": [1, 2]}', "proposal 1: it is no JSON object"),
        ('{"proposals": [{"size": 7}]}', 'proposal 1: it has no object "knobs"'),
        ("{" * 100_000, "no complete JSON object"),
        ('{"a":' * 100_000, "no complete JSON object"),
        ("[" * 100_000 + "{", "no complete JSON object"),
        ('{"proposals": [' + "9" * 50_000 + "]}", "no complete JSON object"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        replies.read(text)


def test_no_proposals_is_an_answer() -> None:
    assert replies.read('{"critique": "All was tried.", "proposals": []}') == Advice(critique="All was tried.")


def test_some_that_are_none_do_not_spoil_the_others() -> None:
    found = replies.read(json.dumps({"proposals": [7, IDEA, {"kind": "new"}]}))
    assert found.ideas == ADVICE.ideas
    assert found.odd == ("proposal 1: it is no JSON object", 'proposal 3: it has no object "knobs"')


def test_fields_of_the_wrong_type_are_as_if_they_were_not_there() -> None:
    entry = {
        "kind": 7,
        "parents": [True, "#12", " trial 4 ", 2.0, 2, None, [1], "x", 1e400],
        "knobs": {},
        "reason": [1],
    }
    (idea,) = replies.read(json.dumps({"critique": {"a": 1}, "proposals": [entry]})).ideas
    assert idea == Idea(knobs={}, parents=(12, 4, 2))
    (idea,) = replies.read(json.dumps({"proposals": [{**IDEA, "kind": " Crossover", "parents": "#5"}]})).ideas
    assert (idea.kind, idea.parents) == ("crossover", (5,))


def test_texts_can_be_written_to_a_file() -> None:
    reply = '{"critique": "a \\ud800 b", "proposals": [{"knobs": {}, "reason": "' + "long " * 1000 + '"}]}'
    found = replies.read(reply)
    assert found.critique.encode() == b"a ? b"
    assert len(found.ideas[0].reason) == replies.REASON_CHARS
    assert found.ideas[0].reason.endswith("…")


def test_no_more_than_can_be_tried() -> None:
    assert len(replies.read(json.dumps({"proposals": [IDEA] * 10_000})).ideas) == replies.MOST_IDEAS


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
entries = st.dictionaries(st.sampled_from(["kind", "parents", "knobs", "reason", "x"]), json_values)
replies_like = st.fixed_dictionaries(
    {"proposals": st.lists(entries | json_values, max_size=5), "critique": json_values}
)


def readable(text: str) -> None:
    """It reads, or says what is wrong; it raises nothing else."""
    try:
        found = replies.read(text)
    except DataError:
        return
    assert isinstance(found, Advice)
    assert all(isinstance(number, int) for idea in found.ideas for number in idea.parents)


@given(st.text())
def test_any_text(text: str) -> None:
    readable(text)


@settings(max_examples=200)
@given(json_values | replies_like)
def test_any_json(value: Any) -> None:
    readable(json.dumps(value))


@given(st.text(alphabet='{}[]":,\\ \n0123456789eE.-<think>/knobsNaproul', max_size=200))
def test_any_pieces_of_json(text: str) -> None:
    readable(text)


@pytest.mark.parametrize("piece", ['{"knobs":', '{"a":[', "{", '{"', "{}", '{"a":1,', "[[{", '"\\', '{"a":"b{'])
def test_a_megabyte_of_anything_ends_soon(piece: str) -> None:
    readable(piece * (1_000_000 // len(piece)))
