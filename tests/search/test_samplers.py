"""Random, NSGA-II and TPE: new styles that can be drawn, alike for the same history and seed, learned from everybody's trials."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import pytest

from smallprint.errors import DataError
from smallprint.search import distributions
from smallprint.search.objectives import Goal
from smallprint.search.proposers.at_random import RandomProposer
from smallprint.search.proposers.samplers import NsgaProposer, TpeProposer, worth
from smallprint.search.values import Proposal, Proposer, Trial
from tests.search.landscape import GOAL, SPACE, drawn, scored, trial

MAKERS: dict[str, Callable[[], Proposer]] = {
    "random": lambda: RandomProposer(SPACE),
    "nsga2": lambda: NsgaProposer(SPACE, GOAL),
    "tpe": lambda: TpeProposer(SPACE, GOAL),
}
HISTORY = drawn(40)


@pytest.fixture(params=MAKERS)
def proposer(request: pytest.FixtureRequest) -> Proposer:
    return MAKERS[request.param]()


@pytest.mark.parametrize("history", [[], HISTORY[:3], HISTORY], ids=["none", "few", "many"])
def test_new_styles_that_can_be_drawn(proposer: Proposer, history: list[Trial]) -> None:
    made = proposer.propose(history, 6, 1)
    assert len(made) == 6
    styles = [SPACE.style(each.genome).digest for each in made]
    assert len({*styles, *(each.style for each in history)}) == 6 + len(history)
    for each in made:
        assert each.proposer == proposer.name
        assert SPACE.repaired(each.genome) == (each.genome, [])


def test_the_same_history_and_seed_say_the_same(proposer: Proposer) -> None:
    again = MAKERS[proposer.name]()
    again.propose(HISTORY[:20], 3, 7)  # a proposer remembers nothing
    assert proposer.propose(HISTORY, 3, 1) == again.propose(HISTORY, 3, 1)
    assert proposer.propose(HISTORY, 3, 1) != again.propose(HISTORY, 3, 2)
    assert proposer.propose(HISTORY[:-1], 3, 1) != again.propose(HISTORY, 3, 1)


def test_nothing_is_asked_for(proposer: Proposer) -> None:
    assert proposer.propose(HISTORY, 0, 1) == []


def test_trials_that_wait_run_or_failed_are_not_proposed_again(proposer: Proposer) -> None:
    first = proposer.propose(HISTORY, 3, 1)
    states = ("waiting", "running", "failed")
    more = [
        replace(trial(len(HISTORY) + at, each), state=state, scores=None)
        for at, (each, state) in enumerate(zip(first, states, strict=True))
    ]
    made = proposer.propose([*HISTORY, *more], 5, 1)
    assert len(made) == 5
    assert not {SPACE.style(each.genome).digest for each in made} & {each.style for each in more}


def test_a_space_that_is_used_up_gives_fewer_and_ends(proposer: Proposer) -> None:
    free = ("gray_bits", "whole_px")
    knobs = [each if each.name in free else replace(each, choices=(each.default,)) for each in SPACE.knobs]
    space = replace(SPACE, knobs=tuple(knobs))
    made = {"random": lambda: RandomProposer(space), "nsga2": lambda: NsgaProposer(space, GOAL)}.get(
        proposer.name, lambda: TpeProposer(space, GOAL)
    )()
    history: list[Trial] = []
    for turn in range(3):
        for each in made.propose(history, 3, turn):
            style = space.style(each.genome).digest
            history.append(Trial(number=len(history), proposal=each, style=style, scores=scored(each.genome)))
    assert 3 <= len({each.style for each in history}) == len(history) <= 4


def test_children_have_the_parents_that_gave_them_something() -> None:
    made = NsgaProposer(SPACE, GOAL).propose(HISTORY, 20, 3)
    genomes = {each.number: each.genome for each in HISTORY}
    assert all(1 <= len(each.parents) <= 2 for each in made)
    assert sum(len(each.parents) == 2 for each in made) > 5
    for each in made:
        from_parents = {
            name for name in each.genome if each.genome[name] in [genomes[number][name] for number in each.parents]
        }
        # All but what was mutated: one knob of a child on the mean.
        assert len(each.genome) - len(from_parents) <= 5


def test_the_best_trials_become_parents_whoever_proposed_them() -> None:
    history = [
        replace(each, proposal=replace(each.proposal, proposer=f"somebody {at % 3}")) for at, each in enumerate(HISTORY)
    ]
    made = NsgaProposer(SPACE, GOAL, population=8).propose(history, 30, 0)
    parents = {number for each in made for number in each.parents}
    values = worth(history, GOAL)
    ranked = sorted(history, key=lambda each: -sum(values[each.number]))
    assert len(parents) <= 8
    useful = [each for each in history if min(GOAL.point(scored(each.genome))) > 0]
    assert {GOAL.front(useful)[at].number for at in (0, -1)} <= parents
    assert not parents & {each.number for each in ranked[-10:]}


@pytest.mark.parametrize("name", ["nsga2", "tpe"])
def test_they_learn(name: str) -> None:
    """What they propose after 60 trials at random is better than what is drawn at random."""
    history = drawn(60)

    def gain(proposer: Proposer) -> float:
        made = [trial(100 + at, each) for at, each in enumerate(proposer.propose(history, 12, 0))]
        return median(sum(GOAL.point(scored(each.genome))) for each in made)

    assert gain(MAKERS[name]()) > gain(MAKERS["random"]()) + 0.3


def test_what_is_misread_beyond_use_is_behind_all_others() -> None:
    """The densest styles are on the front, as long as nobody asks whether they can be read."""
    smallest = {**SPACE.default, "size": 4.0, "letter_scale": 0.7}
    smaller = {**SPACE.default, "size": 5.5, "letter_scale": 0.9}
    history = [
        trial(0, Proposal(genome=SPACE.default, proposer="seed")),
        trial(1, Proposal(genome=smallest, proposer="seed")),
        trial(2, Proposal(genome=smaller, proposer="seed")),
        replace(HISTORY[0], number=3, scores=None, state="running"),
    ]
    assert len(GOAL.front(history)) == 3
    values = worth(history, GOAL)
    assert values[0] == GOAL.point(scored(SPACE.default))
    assert all(one > other for one, other in zip(values[0], values[2], strict=True))
    assert all(one >= other for one, other in zip(values[2], values[1], strict=True))
    assert 3 not in values


def test_objectives_below_zero_by_their_nature_are_kept() -> None:
    goal = Goal(names=("compression", "latency"))
    # Slower than what counts for anything.
    history = [replace(each, scores=replace(scored(each.genome), seconds_a_page=1e5)) for each in HISTORY[:5]]
    assert all(point[1] == pytest.approx(-2.0) for point in worth(history, goal).values())
    assert len(NsgaProposer(SPACE, goal).propose(history, 2, 0)) == 2
    assert len(TpeProposer(SPACE, goal).propose(history, 2, 0)) == 2


@pytest.mark.parametrize("names", [("fidelity",), ("compression", "fidelity", "exact")])
def test_any_number_of_objectives(names: tuple[str, ...]) -> None:
    history = [replace(each, scores=replace(scored(each.genome), exact=0.5)) for each in HISTORY]
    for kind in (NsgaProposer, TpeProposer):
        assert len(kind(SPACE, Goal(names=names)).propose(history, 2, 0)) == 2


def test_a_history_of_another_space_is_read_as_far_as_it_goes() -> None:
    genome = {"size": 7.1, "face": "A Face That Is Gone", "margin": 900, "unknown": 3}
    odd = [replace(each, proposal=replace(each.proposal, genome=genome)) for each in HISTORY[:12]]
    for name in ("nsga2", "tpe"):
        assert len(MAKERS[name]().propose(odd, 2, 0)) == 2


def test_no_line_is_logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna")  # it sets its levels when it is imported
    monkeypatch.setattr(logging.getLogger("optuna"), "propagate", True)
    with caplog.at_level(logging.INFO):
        TpeProposer(SPACE, GOAL).propose(HISTORY, 1, 0)
        NsgaProposer(SPACE, GOAL).propose(HISTORY, 1, 0)
    assert not [record for record in caplog.records if record.levelno >= logging.INFO]


def test_without_optuna_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise DataError("search: needs Optuna: pip install 'smallprint[search]'")

    monkeypatch.setattr("smallprint.search.proposers.samplers.need_optuna", missing)
    assert distributions.need_optuna() is None
    with pytest.raises(DataError, match="smallprint\\[search\\]"):
        NsgaProposer(SPACE, GOAL)


def test_optuna_is_imported_when_it_is_needed() -> None:
    code = "import sys, smallprint.search.proposers; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
