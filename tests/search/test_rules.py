"""The rules in place of a model: they read the prompt alone, cite its trials, and say nothing that is not new."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.search.objectives import best, hypervolume
from smallprint.search.proposers import prompt, rules
from smallprint.search.proposers.analyst import AnalystProposer
from smallprint.search.proposers.case import Case
from smallprint.search.proposers.knobs import Knobs
from smallprint.search.proposers.replies import KINDS
from smallprint.search.proposers.trend import LEAST, Trend
from smallprint.search.space import Space
from smallprint.search.values import Genome, Proposal, Trial, Weights
from tests.search.landscape import GOAL, SPACE, drawn, scored, searched, started, trial

WEIGHTS = Weights()
POOL = drawn(80)


def asked(history: list[Trial], n: int = 4, seed: int = 0, space: Space = SPACE) -> str:
    return prompt.written(space, GOAL, WEIGHTS, history, n, seed)


def case(*genomes: Genome) -> Case:
    history = [
        trial(at, Proposal(genome={**SPACE.default, **each}, proposer="seed")) for at, each in enumerate(genomes)
    ]
    return Case.of(prompt.read(asked(history)))


def changes(rule: Any, of: Case) -> list[dict[str, Any]]:
    return [dict(idea.knobs) for idea in rule(of)]


def measured(compression: float, cer: float, **knobs: Any) -> tuple[Genome, float, float]:
    return {**SPACE.default, **knobs}, compression, cer


def case_of(*rows: tuple[Genome, float, float]) -> Case:
    """Of figures as they are given here."""
    history: list[Trial] = []
    for at, (genome, compression, cer) in enumerate(rows):
        scores = replace(scored(genome), compression=compression, cer=cer, errors=round(cer * 20_000))
        made = trial(at, Proposal(genome=genome, proposer="seed"))
        history.append(replace(made, scores=scores))
    return Case.of(prompt.read(asked(history)))


@pytest.mark.parametrize("n_trials", [0, 1, 4, 30, 200])
def test_the_reply_has_the_form_that_a_model_is_asked_for(n_trials: int) -> None:
    history = drawn(n_trials)
    told = json.loads(rules.answer(asked(history)))
    assert told["critique"]
    assert len(told["proposals"]) >= 4 + prompt.SPARE
    for each in told["proposals"]:
        assert each["kind"] in KINDS
        assert set(each["parents"]) <= set(range(n_trials))
        assert SPACE.repaired(each["knobs"])[1] == []
        assert each["reason"]
        cited = set(map(int, re.findall(r"#(\d+)", each["reason"])))
        assert set(each["parents"]) <= cited
        assert cited <= set(range(n_trials))


def test_the_same_prompt_has_the_same_reply() -> None:
    assert rules.answer(asked(drawn(20))) == rules.answer(asked(drawn(20)))
    assert rules.answer(asked(drawn(20))) != rules.answer(asked(drawn(20), seed=1))


def test_what_is_no_prompt_is_named() -> None:
    with pytest.raises(DataError, match="no part <goal>"):
        rules.answer("What shall we try?")


@pytest.mark.parametrize("batch", [1, 4])
def test_it_never_says_nothing_and_never_the_same(batch: int) -> None:
    """All of a long search; what it repeats are trials that the prompt had no room for."""
    proposer = AnalystProposer(SPACE, GOAL, WEIGHTS, rules.answer)
    history = searched(proposer, 20 + 20 * batch, 0, batch)
    assert len(history) == 20 + 20 * batch
    tally = proposer.tally
    assert (tally.malformed, tally.repaired, tally.refused, tally.failed) == (0, 0, 0, 0)
    assert tally.taken == len(history) - len(started())
    assert "an earlier proposal" not in "".join(tally.reasons)


@settings(max_examples=25)
@given(st.sets(st.integers(0, 79), max_size=20), st.integers(1, 8), st.booleans())
def test_any_history(numbers: set[int], n: int, unmeasured: bool) -> None:
    history = [POOL[number] for number in sorted(numbers)]
    if unmeasured:
        history = [
            replace(each, scores=None, state="failed", error="no") if each.number % 3 else each for each in history
        ]
    proposer = AnalystProposer(SPACE, GOAL, WEIGHTS, rules.answer)
    assert len(proposer.propose(history, n, 0)) == n
    assert proposer.tally.repaired == proposer.tally.refused == proposer.tally.malformed == 0


@pytest.mark.parametrize(
    ("family", "kinds"), [("claude", ["code"]), ("qwen3-vl", ["cjk", "prose"]), ("gpt-4o", ["prose"])]
)
def test_any_space(family: str, kinds: list[str]) -> None:
    space = Space.of(family, kinds, level="all")
    proposer = AnalystProposer(space, GOAL, WEIGHTS, rules.answer)
    history: list[Trial] = []
    for turn in range(6):
        for each in proposer.propose(history, 4, turn):
            style = space.style(each.genome).digest
            history.append(Trial(number=len(history), proposal=each, style=style, scores=scored(each.genome)))
    assert len(history) == 24
    assert proposer.tally.repaired == 0


# What each rule does


def test_the_densest_good_trial_is_made_denser_by_a_step() -> None:
    other = {"theme": "dark", "whole_px": True, "margin": 8}
    of = case_of(
        measured(2.0, 0.001), measured(3.0, 0.004, size=8, **other), measured(4.0, 0.05, size=6, columns=2, margin=1)
    )
    first = next(rules.shrunk(of))
    assert first.parents == (1,)
    assert dict(first.knobs) == {"size": 7.5}
    assert "#1 (3.00x, 0.40% wrong)" in first.reason
    assert {"leading": 0.5} in changes(rules.shrunk, of)
    assert {"margin": 6} in changes(rules.shrunk, of)


def test_one_that_errs_too_much_is_eased() -> None:
    of = case_of(measured(2.0, 0.001), measured(5.0, 0.06, size=5), measured(4.0, 0.02, size=6))
    first = next(rules.eased(of))
    assert first.parents == (2,)
    assert dict(first.knobs) == {"size": 6.5}
    assert {idea.parents for idea in rules.eased(of)} == {(2,), (1,)}
    # What errs and is not even dense teaches nothing.
    assert not list(rules.eased(case_of(measured(2.0, 0.001), measured(1.5, 0.06, size=5))))


def test_the_limit_is_sought_between_good_and_bad() -> None:
    of = case_of(measured(2.0, 0.001, size=9, face="DejaVu Serif"), measured(4.0, 0.02, size=6))
    first = next(rules.between(of))
    assert (first.kind, first.parents) == ("crossover", (0, 1))
    assert first.knobs["size"] == 7.5
    assert first.knobs["face"] == "DejaVu Serif"


def test_small_letters_are_made_crisp() -> None:
    of = case_of(measured(2.0, 0.001, size=7, gray_bits=8))
    assert {"whole_px": True} in changes(rules.crisp, of)
    assert {"whole_px": True, "size": 6.5} in changes(rules.crisp, of)
    large = case_of(measured(2.0, 0.001, size=12))
    assert changes(rules.crisp, large) == [{"whole_px": True, "gray_bits": 8, "size": 7.0}]
    assert not changes(rules.crisp, case_of(measured(2.0, 0.001, whole_px=True, gray_bits=8)))


def test_letters_and_pages_are_crossed() -> None:
    of = case_of(measured(2.0, 0.001, size=9, margin=2), measured(4.0, 0.008, size=7, margin=9, whole_px=True))
    made = changes(rules.crossed, of)
    assert {(each["size"], each["margin"]) for each in made} == {(9, 9), (7, 2)}


def test_a_change_that_helped_is_tried_elsewhere() -> None:
    of = case_of(
        measured(2.0, 0.004, size=9),
        measured(2.0, 0.001, size=9, face="DejaVu Serif"),
        measured(4.0, 0.008, size=6, margin=2, columns=2),
    )
    first = next(rules.learned(of))
    assert first.parents == (2, 1)
    assert dict(first.knobs) == {"face": "DejaVu Serif"}
    assert "From #0 to #1, face DejaVu Sans to DejaVu Serif made 2.00x 2.00x and 0.40% errors 0.10%." in first.reason


def test_moves_that_did_well_come_first() -> None:
    moves = [{"size": -1}, {"leading": -1}]
    assert case_of(measured(2.0, 0.001)).by_worth(moves) == moves
    of = case_of(
        measured(2.0, 0.001),
        measured(2.1, 0.009, size=8),
        measured(2.6, 0.001, leading=0.5),
        measured(2.0, 0.001, size=9.5),
    )
    assert of.by_worth(moves) == [{"leading": -1}, {"size": -1}]


def test_choices_that_nobody_had_are_tried() -> None:
    faces = [face for face in SPACE["face"].choices if face != "DejaVu Serif"]
    of = case(*({"face": face} for face in faces))
    assert {"face": "DejaVu Serif"} in changes(rules.untried, of)
    assert {"theme": "dark"} in changes(rules.untried, of)
    assert any("no trials shown had face DejaVu Serif" in idea.reason for idea in rules.untried(of))


def test_the_trend_finds_what_density_is_made_of() -> None:
    history = drawn(60)
    of = Case.of(prompt.read(asked(history)))
    trend = Trend(of)
    row = of.targets[0]
    for denser in (
        {"size": of.knobs.plus("size", row.knobs["size"], -2)},
        {"leading": of.knobs.plus("leading", row.knobs["leading"], -2)},
    ):
        if denser != {name: row.knobs[name] for name in denser}:
            assert trend.guess(row, denser).density > row.density
    guesses = trend.best()
    floor = -math.log10(of.worthless_cer)
    front = [(row.density, row.fidelity - floor) for row in of.front]
    for guess in guesses[:20]:
        point = guess.density, min(guess.fidelity, 4.0) - floor
        assert guess.gain == pytest.approx(hypervolume([*front, point]) - hypervolume(front)) != 0
    assert [guess.gain for guess in guesses] == sorted((guess.gain for guess in guesses), reverse=True)


def test_of_few_trials_there_is_no_trend() -> None:
    of = case(*({"size": 8 + 0.5 * at} for at in range(LEAST - 1)))
    assert Trend(of).best() == []
    assert list(rules.likely(of)) == []


def test_the_critique_names_the_limit() -> None:
    history = drawn(40)
    told = rules.critique(Case.of(prompt.read(asked(history))))
    densest = best(history, WEIGHTS)
    assert densest is not None
    assert f"densest trial within the limit of errors is #{densest.number} " in told
    assert rules.critique(case_of(measured(3.0, 0.5))).startswith("No trial is within the limit of errors")
    assert rules.critique(Case.of(prompt.read(asked([])))).startswith("There is no measured trial yet")


# The knobs as the prompt tells them


@given(st.sampled_from([knob for knob in SPACE.knobs if not knob.choices]), st.floats(-50, 50))
def test_numbers_are_those_of_the_space(knob: Any, value: float) -> None:
    knobs = Knobs({each.name: each.to_json() for each in SPACE.knobs})
    assert knobs.nearest(knob.name, value) == knob.clipped(value)


def test_knobs_without_effect_do_not_make_a_style() -> None:
    knobs = Knobs({each.name: each.to_json() for each in SPACE.knobs})
    one, other = ({**SPACE.default, "columns": n, "column_gap": gap} for n, gap in ((1, 4), (1, 8)))
    assert knobs.key(one) == knobs.key(other)
    assert knobs.key({**one, "columns": 2}) != knobs.key({**other, "columns": 2})
    for genome in (each.genome for each in drawn(20)):
        assert knobs.active(genome) == SPACE.active(genome)
