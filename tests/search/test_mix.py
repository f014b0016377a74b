"""The mix: turns go to whoever moves the front, and nobody is forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.search.proposers.at_random import RandomProposer
from smallprint.search.proposers.mix import MixProposer, earned, gains
from smallprint.search.values import Proposal, Scores, Trial
from tests.search.landscape import GOAL, SPACE, drawn


class Fixed:
    """Says the same, and counts its turns."""

    def __init__(self, name: str, says: int = 1) -> None:
        self.name = name
        self.turns = 0
        self._says = says

    def propose(self, history: Sequence[Trial], n: int, seed: int) -> list[Proposal]:
        self.turns += 1
        genomes = ({"size": 4.0 + len(history) + at, "who": self.name} for at in range(min(n, self._says)))
        return [Proposal(genome=genome, proposer=self.name) for genome in genomes]


def measured(number: int, proposer: str, compression: float, errors: int = 10) -> Trial:
    scores = Scores(
        compression=compression, cer=errors / 10_000, cer_interval=(0, 1), errors=errors, chars=10_000, items=1
    )
    proposal = Proposal(genome={"size": float(number)}, proposer=proposer)
    return Trial(number=number, proposal=proposal, style=str(number), scores=scores)


def test_a_gain_is_what_a_trial_adds_to_the_front() -> None:
    history = [
        measured(2, "c", 2.0),  # behind the first one
        measured(0, "a", 2.0),
        measured(3, "b", 4.0),
        measured(1, "b", 1.5),
        replace(measured(4, "a", 9.0), scores=None, state="running"),
    ]
    one = GOAL.hypervolume([history[1]])
    assert gains(history, GOAL) == [
        ("a", one), ("b", 0.0), ("c", 0.0), ("b", pytest.approx(GOAL.hypervolume(history) - one)),
    ]  # fmt: skip
    assert earned(history, GOAL) == {"a": one, "b": pytest.approx(one), "c": 0.0}
    assert earned([], GOAL) == {}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 12), st.integers(0, 5000)), max_size=30))
def test_together_they_earn_the_hypervolume(rows: list[tuple[str, float, int]]) -> None:
    history = [measured(at, *row) for at, row in enumerate(rows)]
    booked = gains(history, GOAL)
    assert all(gain >= 0 for _, gain in booked)
    assert sum(gain for _, gain in booked) == pytest.approx(GOAL.hypervolume(history))
    assert sum(earned(history, GOAL).values()) == pytest.approx(GOAL.hypervolume(history))


def test_everybody_gets_a_first_turn() -> None:
    mix = MixProposer([Fixed("a"), Fixed("b"), Fixed("c")], GOAL)
    history = [measured(0, "seeds", 3.0)]
    for number in range(1, 4):
        (made,) = mix.propose(history, 1, 0)
        history.append(measured(number, made.proposer, 1.0))
    assert {trial.proposal.proposer for trial in history} == {"seeds", "a", "b", "c"}


def test_who_earns_more_gets_more_and_nobody_nothing() -> None:
    history = [measured(at, "ab"[at % 2], 1 + 0.3 * at if at % 2 else 1.0) for at in range(12)]
    mix = MixProposer([Fixed("a"), Fixed("b")], GOAL)
    chances = mix.chances(history)
    assert sum(chances.values()) == pytest.approx(1)
    assert chances["b"] > 0.8 > 0.2 > chances["a"] >= 0.1
    turns = Counter(mix.propose(history, 1, seed)[0].proposer for seed in range(200))
    assert turns["b"] > 3 * turns["a"] > 0


def test_what_was_earned_long_ago_counts_less() -> None:
    early = [measured(0, "a", 4.0), *(measured(at, "a", 1.0) for at in range(1, 30))]
    late = [measured(30 + at, "b", 4.2 + 0.2 * at) for at in range(4)]
    history = [*early, *late, *(measured(34 + at, "a", 1.0) for at in range(4))]
    assert earned(history, GOAL)["a"] > earned(history, GOAL)["b"]
    chances = MixProposer([Fixed("a"), Fixed("b")], GOAL).chances(history)
    assert chances["b"] > 2 * chances["a"]


def test_one_that_says_nothing_passes_its_turn_on() -> None:
    silent, loud = Fixed("silent", says=0), Fixed("loud", says=2)
    mix = MixProposer([silent, loud], GOAL)
    assert [each.proposer for each in mix.propose([], 3, 0)] == ["loud", "loud"]
    assert silent.turns == 1
    # It had its chance; it is not asked first for ever.
    history = [measured(at, "loud", 1.0 + at) for at in range(20)]
    for seed in range(100):
        assert mix.propose(history, 1, seed)
    assert 0 < silent.turns < 80


def test_where_nobody_says_anything_there_is_nothing() -> None:
    assert MixProposer([Fixed("a", says=0), Fixed("b", says=0)], GOAL).propose([], 2, 0) == []
    assert MixProposer([Fixed("a")], GOAL).propose([], 0, 0) == []


def test_a_second_worker_decides_alike() -> None:
    history = [
        replace(each, proposal=replace(each.proposal, proposer="ab"[at % 2])) for at, each in enumerate(drawn(20))
    ]
    one, other = (MixProposer([Fixed("a"), Fixed("b"), RandomProposer(SPACE)], GOAL) for _ in range(2))
    for at in range(10):
        one.propose(history[:at], 2, at)  # what one did before changes nothing
    for seed in range(10):
        assert one.propose(history, 3, seed) == other.propose(history, 3, seed)


def test_trials_of_others_are_nobodys() -> None:
    history = [measured(at, "seeds", 2.0 + at) for at in range(5)]
    assert MixProposer([Fixed("a"), Fixed("b")], GOAL).chances(history) == {"a": 0.5, "b": 0.5}


def test_names_are_their_own() -> None:
    with pytest.raises(DataError, match="names of their own, not a, a"):
        MixProposer([Fixed("a"), Fixed("a")], GOAL)
    with pytest.raises(DataError, match="not none"):
        MixProposer([], GOAL)
