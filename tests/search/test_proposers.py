"""The table of proposers, and that searching is better than drawing at random."""

from __future__ import annotations

import json
from statistics import median

import pytest

from smallprint.errors import DataError
from smallprint.search.proposers import MIX, PROPOSERS, MixProposer, earned, proposer_of
from smallprint.search.proposers.analyst import AnalystProposer
from smallprint.search.proposers.mix import gains
from smallprint.search.values import Weights
from tests.search.landscape import GOAL, SPACE, searched, started

WEIGHTS = Weights()


@pytest.mark.parametrize("name", PROPOSERS)
def test_a_proposer_by_name(name: str) -> None:
    made, analyst = proposer_of(name, SPACE, GOAL, WEIGHTS)
    assert made.name == ("rules" if name == "llm" else name)
    assert made.propose(started(), 2, 0)
    assert (analyst is made) == (name in ("llm", "rules"))


def test_a_model_is_asked_where_there_is_one() -> None:
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return json.dumps({"proposals": [{"knobs": {"size": 5.5}, "parents": [1], "reason": "smaller than #1"}]})

    made, analyst = proposer_of("llm", SPACE, GOAL, WEIGHTS, ask)
    (proposal,) = made.propose(started(), 1, 0)
    assert (made.name, proposal.proposer, len(prompts)) == ("llm", "llm", 1)
    assert isinstance(analyst, AnalystProposer)
    assert analyst.tally.taken == 1
    proposer_of("rules", SPACE, GOAL, WEIGHTS, ask)[0].propose(started(), 1, 0)
    assert len(prompts) == 1


def test_mixes() -> None:
    made, analyst = proposer_of("mix", SPACE, GOAL, WEIGHTS, lambda prompt: "")
    assert isinstance(made, MixProposer)
    assert [each.name for each in made.proposers] == list(MIX)
    assert analyst is made.proposers[0]
    made, analyst = proposer_of("tpe, random", SPACE, GOAL, WEIGHTS)
    assert isinstance(made, MixProposer)
    assert [each.name for each in made.proposers] == ["tpe", "random"]
    assert analyst is None


@pytest.mark.parametrize("names", ["annealing", "", "tpe,", "mix,tpe"])
def test_an_unknown_name_is_told_what_is_allowed(names: str) -> None:
    with pytest.raises(DataError, match="known: mix, llm, rules, nsga2, tpe, random, or several of these"):
        proposer_of(names, SPACE, GOAL, WEIGHTS)


def test_two_of_one_name_are_none() -> None:
    with pytest.raises(DataError, match="tpe, tpe"):
        proposer_of("tpe,tpe", SPACE, GOAL, WEIGHTS)


def test_all_beat_random() -> None:
    """By the hypervolume after 40 evaluations, the median of three searches each."""

    def volume(name: str) -> float:
        found = [searched(proposer_of(name, SPACE, GOAL, WEIGHTS)[0], 40, seed) for seed in range(3)]
        assert all(len(history) == 40 for history in found)
        return median(GOAL.hypervolume(history) for history in found)

    volumes = {name: volume(name) for name in ("random", "nsga2", "tpe", "rules", "mix")}
    assert min(volumes, key=lambda name: volumes[name]) == "random", volumes
    assert volumes["rules"] > 1.15 * volumes["random"], volumes


def test_a_search_by_a_mix_is_everybodys() -> None:
    history = searched(proposer_of("mix", SPACE, GOAL, WEIGHTS)[0], 60, 0, batch=1)
    found = earned(history, GOAL)
    assert set(found) == {"seed", "rules", "tpe", "nsga2", "random"}
    assert sum(found.values()) == pytest.approx(GOAL.hypervolume(history))
    assert len(gains(history, GOAL)) == 60
    again = searched(proposer_of("mix", SPACE, GOAL, WEIGHTS)[0], 60, 0, batch=1)
    assert [each.proposal for each in again] == [each.proposal for each in history]


def test_a_search_that_is_taken_up_again_goes_on_alike() -> None:
    whole = searched(proposer_of("mix", SPACE, GOAL, WEIGHTS)[0], 30, 5)
    made, _ = proposer_of("mix", SPACE, GOAL, WEIGHTS)
    assert made.propose(whole[:20], 4, 5) == [each.proposal for each in whole[20:24]]
