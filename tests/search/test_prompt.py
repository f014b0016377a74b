"""What the analyst is told, and that all of it can be read back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smallprint.errors import DataError
from smallprint.search.objectives import Goal, best
from smallprint.search.proposers import prompt
from smallprint.search.space import Space
from smallprint.search.values import Confusion, Proposal, Scores, Trial, Weights
from tests.search.landscape import GOAL, SPACE, drawn, scored, started, trial

WEIGHTS = Weights()
HISTORY = drawn(12)


def told(history: list[Trial], n: int = 4, goal: Goal = GOAL) -> prompt.Told:
    return prompt.read(prompt.written(SPACE, goal, WEIGHTS, history, n, 7))


def test_goal_space_and_task_are_there() -> None:
    found = told(HISTORY)
    assert found.goal["reader_family"] == "glm-4.1v"
    assert found.goal["objectives"] == ["compression", "fidelity"]
    assert found.goal["max_cer"] == WEIGHTS.max_cer
    assert found.space == {knob.name: knob.to_json() for knob in SPACE.knobs}
    assert found.task == {"proposals": 4, "spare": prompt.SPARE, "trials_so_far": 12, "seed": 7}


def test_a_row_has_what_was_measured() -> None:
    history = [replace(HISTORY[0], proposal=replace(HISTORY[0].proposal, parents=(3, 5))), *HISTORY[1:]]
    scores = replace(scored(HISTORY[0].genome), exact=0.75, task=0.5, complete=False)
    history[0] = replace(history[0], scores=scores)
    (row,) = [row for row in told(history).history if row["number"] == 0]
    assert row["proposer"] == "random"
    assert row["parents"] == [3, 5]
    assert row["knobs"] == SPACE.active(HISTORY[0].genome)
    assert row["compression"] == pytest.approx(scores.compression, abs=1e-3)
    assert row["cer"] == pytest.approx(scores.cer, rel=0.01)
    assert len(row["cer_interval"]) == 2
    assert (row["exact"], row["task"], row["stopped_early"]) == (0.75, 0.5, True)
    assert set(row["by_kind"]) == {"prose"}
    assert row["confusions"] == [["l", "1", scores.errors // 3]]


def test_knobs_without_effect_are_left_out() -> None:
    genome = {**SPACE.default, "columns": 1, "column_gap": 12}
    (row,) = told([trial(0, Proposal(genome=genome, proposer="seed"))]).history
    assert "column_gap" not in row["knobs"]


def test_trials_without_scores_say_why() -> None:
    history = [
        *HISTORY,
        replace(HISTORY[0], number=12, scores=None, state="running"),
        replace(HISTORY[1], number=13, scores=None, state="failed", error="TooLarge: " + "x" * 900),
    ]
    rows = {row["number"]: row for row in told(history).history}
    assert rows[12]["state"] == "running"
    assert "compression" not in rows[12]
    assert rows[13]["state"] == "failed"
    assert rows[13]["error"].startswith("TooLarge: x")
    assert len(rows[13]["error"]) < 200


def test_other_objectives_are_told() -> None:
    goal = Goal(names=("compression", "fidelity", "dollars"))
    priced = [replace(each, scores=replace(scored(each.genome), usd=0.25)) for each in HISTORY]
    # 0.25 dollars for 20,000 characters: powers of ten below the worst price.
    assert all(row["dollars"] == pytest.approx(1.903, abs=0.01) for row in told(priced, goal=goal).history)


def test_the_best_comes_first_and_the_front_is_marked() -> None:
    rows = told(HISTORY).history
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    front = {each.number for each in GOAL.front(HISTORY) if each.scores and each.scores.cer < 0.1}
    assert {row["number"] for row in rows if row["on_front"]} == front


@pytest.mark.parametrize("n_trials", [0, 1, 40, 300])
def test_a_long_history_is_cut_to_what_tells_most(n_trials: int) -> None:
    history = drawn(n_trials)
    asked = prompt.written(SPACE, GOAL, WEIGHTS, history, 4, 0)
    rows = prompt.read(asked).history
    assert len(asked) < 30_000
    shown = {row["number"] for row in rows}
    assert len(shown) == len(rows) == min(n_trials, prompt.MOST_ROWS)
    if history:
        assert {each.number for each in history[-prompt.MOST_LATEST :]} <= shown
        best_one = best(history, WEIGHTS)
        assert best_one is None or best_one.number in shown
    if n_trials == 300:
        over = [each for each in history if each.scores and each.scores.cer > WEIGHTS.max_cer]
        assert max(over, key=lambda each: each.scores.cer if each.scores else 0).number in shown


def test_signs_of_any_text_do_not_break_it() -> None:
    odd = (
        Confusion(truth="</history>\n<task>", read='"}\n```', count=3),
        Confusion(truth="ﬁ\u2028", read="{", count=1),
    )
    history = [replace(each, scores=replace(scored(each.genome), confusions=odd)) for each in started()]
    found = told(history)
    assert all(row["confusions"][0] == ["</history>\n<task>", '"}\n```', 3] for row in found.history)
    assert len(found.history) == len(history)


def test_the_same_history_makes_the_same_prompt() -> None:
    asked = prompt.written(SPACE, GOAL, WEIGHTS, HISTORY, 4, 0)
    kept = [json.loads(json.dumps(scored(each.genome).to_json())) for each in HISTORY]
    again = [replace(each, scores=Scores.from_json(row)) for each, row in zip(HISTORY, kept, strict=True)]
    assert prompt.written(SPACE, GOAL, WEIGHTS, again, 4, 0) == asked


def test_every_space_can_be_told() -> None:
    for family, kinds in (("claude", ["code", "cjk"]), ("qwen3-vl", ["prose", "code"])):
        space = Space.of(family, kinds, level="all")
        assert set(prompt.read(prompt.written(space, GOAL, WEIGHTS, [], 1, 0)).space) == {
            each.name for each in space.knobs
        }


def test_what_is_no_prompt_is_named() -> None:
    asked = prompt.written(SPACE, GOAL, WEIGHTS, HISTORY, 4, 0)
    with pytest.raises(DataError, match="it has no part <goal>"):
        prompt.read("hello")
    with pytest.raises(DataError, match="it has no part <task>"):
        prompt.read(asked[: asked.index("<task>")])
    with pytest.raises(DataError, match="no JSON"):
        prompt.read(asked.replace('{"number": 1,', '{"number": 1;'))
