"""The analyst: what a model says becomes proposals that can be tried, whatever it says; all that was wrong is counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.errors import ReaderError, SmallprintError, StyleError, Unavailable
from smallprint.readers import Retry, ScriptedReader
from smallprint.readers.base import Reply
from smallprint.readers.openai import OpenAIReader
from smallprint.search.proposers import rules
from smallprint.search.proposers.analyst import MOST_FAILURES, MOST_MALFORMED, MOST_REASONS, AnalystProposer, Tally
from smallprint.search.proposers.asked import Asked, asked_of
from smallprint.search.values import Proposal, Trial, Weights
from tests.search.analyst_server import Loopback, answering
from tests.search.landscape import GOAL, SPACE, drawn, started, trial

HISTORY = started()
"""glyph-en, flow, dense, fine-7."""
NONSENSE = "Sure! I would suggest making the letters { somewhat } smaller."


def reply(*proposals: Any, critique: str = "") -> str:
    return json.dumps({"critique": critique, "proposals": proposals})


def idea(*parents: int, kind: str = "mutation", reason: str = "", **knobs: Any) -> dict[str, Any]:
    return {"kind": kind, "parents": list(parents), "knobs": knobs, "reason": reason}


class Script:
    """Answers in order; the last one is repeated. `asked` has the prompts."""

    def __init__(self, *lines: str | SmallprintError) -> None:
        self.lines = list(lines)
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.asked.append(prompt)
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        if isinstance(line, SmallprintError):
            raise line
        return line


def analyst(*lines: str | SmallprintError) -> tuple[AnalystProposer, Script]:
    script = Script(*lines)
    return AnalystProposer(SPACE, GOAL, Weights(), script), script


def only(made: list[Proposal]) -> Proposal:
    (proposal,) = made
    return proposal


def test_a_proposal_starts_from_its_first_parent() -> None:
    proposer, _ = analyst(
        reply(idea(2, 3, kind="crossover", size=7.5, reason="#2 has room."), critique="Small is good.")
    )
    made = only(proposer.propose(HISTORY, 4, 0))
    assert made.genome == {**HISTORY[2].genome, "size": 7.5}
    assert (made.proposer, made.kind, made.parents, made.reason) == ("llm", "crossover", (2, 3), "#2 has room.")
    assert proposer.tally == Tally(asked=1, replies=1, taken=1)
    (critique,) = proposer.critiques
    assert (critique.trials, critique.text) == (len(HISTORY), "Small is good.")


@pytest.mark.parametrize("parents", [(), (99,), (-1, 700)])
def test_without_a_parent_it_starts_from_the_defaults(parents: tuple[int, ...]) -> None:
    proposer, _ = analyst(reply(idea(*parents, kind="new", size=7.5)))
    made = only(proposer.propose(HISTORY, 4, 0))
    assert made.genome == {**SPACE.default, "size": 7.5}
    assert (made.kind, made.parents) == ("sample", ())
    assert proposer.tally.repaired == bool(parents)
    assert [reason for reason in proposer.tally.reasons if "no such trial" in reason] == [
        f"parent {number}: no such trial" for number in parents
    ]


def test_the_kind_follows_from_the_parents_where_the_model_calls_it_otherwise() -> None:
    ideas = [idea(0, kind="tweak", size=7), idea(0, 1, kind="", size=7.5), idea(2, kind="new", size=6)]
    proposer, _ = analyst(reply(*ideas))
    assert [each.kind for each in proposer.propose(HISTORY, 4, 0)] == ["mutation", "crossover", "mutation"]


def test_values_are_brought_into_the_space() -> None:
    knobs = {
        "size": 3,
        "face": "dejavu serif",
        "margin": "12",
        "whole_px": "True",
        "leading": "none",
        "tabs": 4,
        "page": [1],
    }
    proposer, _ = analyst(reply(idea(0, **knobs)))
    made = only(proposer.propose(HISTORY, 4, 0))
    changed = {"size": 4.0, "face": "DejaVu Serif", "margin": 12, "whole_px": True}
    assert made.genome == {**HISTORY[0].genome, **changed}
    assert (proposer.tally.taken, proposer.tally.repaired) == (1, 1)
    told = "\n".join(proposer.tally.reasons)
    for part in ("size: 3 became 4.0", "leading: ", "no such knob: tabs", "page: neither a number nor a choice"):
        assert part in told


def test_what_was_tried_or_said_before_is_not_tried_again() -> None:
    again = dict(HISTORY[1].genome)
    # Without a second column, the gap between columns is nothing.
    same = {**again, "column_gap": 20, "columns": 1}
    proposer, _ = analyst(reply(idea(0, **again), idea(1), idea(0, **same), idea(0, size=7), idea(0, size=7.1)))
    made = only(proposer.propose(HISTORY, 4, 0))
    assert made.genome["size"] == 7
    assert proposer.tally.repeated == 4
    assert "repeated: the style of trial 1" in proposer.tally.reasons
    assert "repeated: the style of an earlier proposal" in proposer.tally.reasons


def test_styles_that_cannot_be_drawn_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn_style = type(SPACE).style

    def style(space: Any, genome: Any, **more: Any) -> Any:
        if genome["size"] == 16:
            raise StyleError("page: too small for a glyph")
        return drawn_style(space, genome, **more)

    monkeypatch.setattr(type(SPACE), "style", style)
    proposer, _ = analyst(reply(idea(0, size=16), idea(0, size=7), 5))
    assert only(proposer.propose(HISTORY, 4, 0)).genome["size"] == 7
    assert proposer.tally.refused == 2
    assert "refused: page: too small for a glyph" in proposer.tally.reasons


def test_no_more_than_was_asked_for() -> None:
    proposer, _ = analyst(reply(*(idea(0, size=size) for size in (5, 6, 7, 8))))
    assert [each.genome["size"] for each in proposer.propose(HISTORY, 2, 0)] == [5, 6]
    assert proposer.propose(HISTORY, 0, 0) == []
    assert proposer.tally.asked == 1


def test_a_malformed_reply_is_asked_for_once_more() -> None:
    proposer, script = analyst(NONSENSE, reply(idea(0, size=7)))
    assert len(proposer.propose(HISTORY, 2, 0)) == 1
    first, second = script.asked
    assert second.startswith(first)
    assert "could not be used: there is no complete JSON object in it" in second
    assert NONSENSE in second
    tally = proposer.tally
    assert (tally.asked, tally.replies, tally.malformed, tally.taken) == (2, 2, 1, 1)


def test_the_head_of_a_long_reply_is_enough() -> None:
    proposer, script = analyst("lorem " * 100_000, reply(idea(0, size=7)))
    assert proposer.propose(HISTORY, 2, 0)
    assert len(script.asked[1]) < len(script.asked[0]) + 1000


def test_a_model_that_cannot_do_it_is_asked_no_more() -> None:
    proposer, script = analyst(NONSENSE)
    for _ in range(MOST_MALFORMED):
        assert not proposer.stopped
        assert proposer.propose(HISTORY, 2, 0) == []
    assert "no reply that can be read in 5 rounds" in proposer.stopped
    assert proposer.propose(HISTORY, 2, 0) == []
    assert len(script.asked) == proposer.tally.malformed == 2 * MOST_MALFORMED


def test_a_server_that_is_gone_is_asked_no_more() -> None:
    proposer, script = analyst(Unavailable("openai:m: no connection"))
    for _ in range(MOST_FAILURES + 2):
        assert proposer.propose(HISTORY, 2, 0) == []
    assert len(script.asked) == proposer.tally.failed == MOST_FAILURES
    assert "3 times in a row; the last: openai:m: no connection" in proposer.stopped
    assert proposer.tally.reasons[0] == "no answer: openai:m: no connection"


def test_failures_with_answers_between_them_do_not_stop_it() -> None:
    down, up = ReaderError("busy"), reply(idea(0, size=7))
    proposer, _ = analyst(down, down, up, down, down, up, NONSENSE, down, down, up)
    said = [bool(proposer.propose(HISTORY, 1, 0)) for _ in range(9)]
    assert said == [False, False, True, False, False, True, False, False, True]
    assert not proposer.stopped


def test_no_trials_yet() -> None:
    proposer, script = analyst(reply(idea(kind="new", size=7)))
    assert only(proposer.propose([], 2, 0)).parents == ()
    assert "<history>\n\n</history>" in script.asked[0]


def test_reasons_do_not_grow_without_end() -> None:
    proposer, _ = analyst(reply(*(idea(1) for _ in range(60))))
    for _ in range(6):
        proposer.propose(HISTORY, 2, 0)
    assert proposer.tally.repeated == 360
    assert len(proposer.tally.reasons) == MOST_REASONS
    assert json.loads(json.dumps(proposer.tally.to_json()))["repeated"] == 360


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)
knobs = st.dictionaries(st.sampled_from([knob.name for knob in SPACE.knobs]) | st.text(max_size=6), json_values)
ideas = st.fixed_dictionaries(
    {"kind": json_values | st.sampled_from(["mutation", "new"]), "knobs": knobs | json_values},
    optional={"parents": st.lists(st.integers(-1, 5) | json_values, max_size=3) | json_values, "reason": json_values},
)
answers = st.one_of(
    st.text(),
    json_values.map(json.dumps),
    st.fixed_dictionaries({"critique": json_values, "proposals": st.lists(ideas | json_values, max_size=4)}).map(
        json.dumps
    ),
)


@settings(max_examples=150)
@given(answers)
def test_no_reply_breaks_it(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "{" * 1_000_000,
        reply({"knobs": {f"knob {at}": at for at in range(3000)}}),
        reply({"knobs": {"face": "x" * 50_000}}),
        '{"proposals": [{"knobs": {"size": ' + "[" * 900 + "]" * 900 + "}}]}",
        '{"proposals": [{"knobs": {"size": NaN, "margin": Infinity, "gray_bits": -1e999, "columns": 1e308}}]}',
        '{"proposals": [{"knobs": {"size": ' + "9" * 4000 + ', "gray_bits": ' + "9" * 4000 + "}}]}",
        '{"proposals": [{"knobs": {"\\ud800": 1}, "reason": "\\udfff", "parents": [' + "9" * 4000 + "]}]}",
    ],
    ids=["letters", "braces", "many knobs", "a long name", "deep", "no numbers", "long numbers", "surrogates"],
)
def test_nor_does_a_monstrous_one(text: str) -> None:
    check(text)


def check(text: str) -> None:
    proposer, _ = analyst(text)
    made = proposer.propose(HISTORY, 3, 0)
    tried = {each.style for each in HISTORY}
    for each in made:
        assert SPACE.repaired(each.genome) == (each.genome, [])
        assert SPACE.style(each.genome).digest not in tried
        assert set(each.parents) <= {0, 1, 2, 3}
    json.dumps([proposer.tally.to_json(), [each.text for each in proposer.critiques]], ensure_ascii=False).encode()
    tally = proposer.tally
    assert (tally.taken, tally.asked) == (len(made), tally.replies)
    assert tally.asked == (2 if tally.malformed else 1)


# Asked through a reader


def test_a_reader_is_asked_the_prompt_alone_and_its_tokens_are_booked() -> None:
    said = Reply(text="<think>Hm.</think>An answer.", model="m", tokens_in=700, tokens_out=30)
    reader = ScriptedReader([said, said, Reply(text="<think>Hm", model="m")])
    ask = asked_of(reader, max_output_tokens=99)
    assert [ask("What?"), ask("What?"), ask("What?")] == ["An answer.", "An answer.", ""]
    assert (ask.calls, ask.tokens_in, ask.tokens_out) == (3, 1400, 60)
    request = reader.requests[0]
    assert (request.question, request.parts, request.verbatim, request.cache) == ("What?", (), True, False)
    assert request.max_output_tokens == 99


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test-openai_api_key")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


def rounds_of(proposer: AnalystProposer, n: int) -> list[Trial]:
    """The history after rounds of three."""
    history = list(HISTORY)
    for seed in range(n):
        made = proposer.propose(history, 3, seed)
        history += [trial(len(history) + at, each) for at, each in enumerate(made)]
    return history


@contextmanager
def served(answer: Callable[[str], str]) -> Iterator[tuple[AnalystProposer, Asked, Loopback]]:
    """An analyst that asks through HTTP."""
    with answering(answer) as server:
        reader = OpenAIReader("a-model", base_url=f"{server.url}/v1", retry=Retry(attempts=1), timeout_s=20.0)
        ask = asked_of(reader)
        yield AnalystProposer(SPACE, GOAL, Weights(), ask), ask, server


@pytest.mark.usefixtures("keys")
def test_three_rounds_through_a_server() -> None:
    with served(rules.answer) as (proposer, ask, server):
        history = rounds_of(proposer, 3)
        assert len(server.requests) == ask.calls == 3
    assert (ask.tokens_in, ask.tokens_out) == (3 * 1400, 3 * 12)
    assert len(history) == len(HISTORY) + 9
    assert proposer.tally == Tally(asked=3, replies=3, taken=9)
    assert len(proposer.critiques) == 3
    assert all(each.proposal.proposer == "llm" and each.proposal.reason for each in history[len(HISTORY) :])
    # What comes over the wire is what the function says.
    assert history == rounds_of(AnalystProposer(SPACE, GOAL, Weights(), rules.answer), 3)


@pytest.mark.usefixtures("keys")
def test_a_server_that_talks_nonsense_throughout() -> None:
    with served(lambda prompt: NONSENSE) as (proposer, _, server):
        assert rounds_of(proposer, 3) == HISTORY
        assert len(server.requests) == proposer.tally.malformed == 6
    assert proposer.tally.taken == 0
    assert not proposer.critiques


@pytest.mark.usefixtures("keys")
def test_a_server_that_is_not_there() -> None:
    reader = OpenAIReader("a-model", base_url="http://127.0.0.1:9/v1", retry=Retry(attempts=1), timeout_s=5.0)
    proposer = AnalystProposer(SPACE, GOAL, Weights(), asked_of(reader))
    for _ in range(4):
        assert proposer.propose(drawn(3), 2, 0) == []
    assert proposer.tally.failed == MOST_FAILURES
    assert proposer.stopped
