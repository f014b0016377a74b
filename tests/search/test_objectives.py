"""Objectives: the front and the volume under it, against what counting gives."""

from __future__ import annotations

import dataclasses
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.search.objectives import Goal, best, dominates, fidelity, hypervolume, scalar
from smallprint.search.values import Proposal, Scores, Trial, Weights

POINTS = st.lists(st.tuples(*[st.integers(-2, 6)] * 2), max_size=8)
POINTS_3 = st.lists(st.tuples(*[st.integers(-1, 4)] * 3), max_size=6)


def scores(compression: float, errors: int, chars: int = 10_000, **changes: object) -> Scores:
    made = Scores(
        compression=compression, cer=errors / chars, cer_interval=(0.0, 1.0), errors=errors, chars=chars, items=3
    )
    return dataclasses.replace(made, **changes)  # pyright: ignore


def trial(number: int, found: Scores | None) -> Trial:
    state = "done" if found else "failed"
    return Trial(
        number=number,
        proposal=Proposal(genome={"n": number}, proposer="test"),
        style=str(number),
        state=state,
        scores=found,
    )


@given(POINTS | POINTS_3)
def test_the_volume_is_that_of_the_cells_below_a_point(points: list[tuple[int, ...]]) -> None:
    axes = len(points[0]) if points else 2
    cells = sum(
        any(all(at < value for at, value in zip(cell, point, strict=True)) for point in points)
        for cell in product(range(6), repeat=axes)
    )
    assert hypervolume(points) == cells


@given(POINTS)
def test_what_is_beaten_adds_nothing(points: list[tuple[int, int]]) -> None:
    front = [point for point in points if not any(dominates(other, point) for other in points)]
    assert hypervolume(front) == hypervolume(points)


@given(st.lists(st.tuples(st.floats(0.5, 40), st.integers(0, 3000)), min_size=1, max_size=12))
def test_the_front_is_what_nobody_beats(rows: list[tuple[float, int]]) -> None:
    goal = Goal()
    trials = [trial(at, scores(*row)) for at, row in enumerate(rows)]
    front = goal.front(trials)
    points = {each.number: goal.point(each.scores) for each in trials if each.scores}
    assert front
    for each in trials:
        beaten = any(dominates(points[other.number], points[each.number]) for other in front)
        equal = any(points[other.number] == points[each.number] for other in front)
        assert beaten or equal
        assert not (beaten and each in front)
    assert goal.hypervolume(front) == pytest.approx(goal.hypervolume(trials))
    ratios = [each.scores.compression for each in front if each.scores]
    assert ratios == sorted(ratios)


def test_no_mistake_in_much_text_is_better_than_none_in_little() -> None:
    assert fidelity(scores(1, 0, 5000)) > fidelity(scores(1, 0, 500)) > fidelity(scores(1, 5, 500))
    assert fidelity(scores(1, 1000, 10_000)) == pytest.approx(0, abs=0.01)
    assert fidelity(scores(1, 10_000)) < 0


def test_the_best_is_the_densest_within_the_limit_and_wholly_measured() -> None:
    trials = [
        trial(0, scores(4, 10)),
        trial(1, scores(8, 90)),
        trial(2, scores(9, 50, complete=False)),
        trial(3, scores(10, 200)),
        trial(4, None),
    ]
    found = best(trials, Weights(max_cer=0.01))
    assert found is not None
    assert found.number == 1
    assert best(trials, Weights(max_cer=0.0001)) is None
    assert best([], Weights()) is None
    assert scalar(scores(4, 100), Weights(alpha=2, beta=0.5)) == pytest.approx(2 * 0.99 + 2)


def test_missing_objectives_count_for_nothing() -> None:
    goal = Goal(names=("compression", "exact"))
    assert goal.hypervolume([trial(0, scores(4, 0))]) == 0
    assert goal.hypervolume([trial(0, scores(4, 0, exact=0.5))]) == pytest.approx(1.0)


def test_scores_come_back_from_json() -> None:
    import json

    from smallprint.search.values import Confusion

    made = scores(
        3,
        1,
        task=0.5,
        task_interval=(0.1, 0.9),
        by_kind={"prose": 0.1},
        confusions=(Confusion(truth="a", read="b", count=2),),
    )
    assert Scores.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_what_is_cheaper_and_quicker_is_better_and_counts() -> None:
    goal = Goal(names=("compression", "dollars", "latency"))
    cheap = scores(4, 0, usd=0.01, seconds_a_page=0.5)
    dear = scores(4, 0, usd=0.1, seconds_a_page=0.5)
    slow = scores(4, 0, usd=0.01, seconds_a_page=5)
    assert dominates(goal.point(cheap), goal.point(dear))
    assert dominates(goal.point(cheap), goal.point(slow))
    assert goal.point(cheap)[1] - goal.point(dear)[1] == pytest.approx(1)
    assert goal.hypervolume([trial(0, dear)]) > 0
    assert goal.hypervolume([trial(0, scores(4, 0, seconds_a_page=1))]) == 0
