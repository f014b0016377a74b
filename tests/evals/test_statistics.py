"""Means and their intervals."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from smallprint.evals.statistics import mean_of, stratified_mean


def test_an_interval_covers_as_often_as_it_says() -> None:
    draw = random.Random(0)
    covered = 0
    for _ in range(200):
        mean = mean_of([float(draw.random() < 0.6) for _ in range(60)])
        assert mean.low is not None
        assert mean.high is not None
        covered += mean.low <= 0.6 <= mean.high
    assert 180 <= covered <= 199


def test_where_nothing_tells_there_is_no_interval() -> None:
    assert mean_of([0.5]).low is None
    assert stratified_mean([[0.5], [1.0]]).low is None
    assert stratified_mean([[0.0, 0.0], [0.0]], are_scores=False).low is None
    with pytest.raises(ValueError, match="none"):
        stratified_mean([])
    with pytest.raises(ValueError, match="empty"):
        stratified_mean([[1.0], []])


def test_five_right_of_five_are_no_proof() -> None:
    mean = mean_of([1.0] * 5)
    # Jeffreys' two-sided interval for 5 of 5 begins at the 2.5% quantile of Beta(5.5, 0.5): 0.6206 (R: qbeta(.025, 5.5, .5)).
    assert mean.low == pytest.approx(0.6206, abs=0.02)
    assert mean.high == pytest.approx(1.0, abs=0.001)
    assert mean.mean == 1.0
    none = mean_of([0.0] * 5)
    assert none.low == pytest.approx(0.0, abs=0.001)
    assert none.high == pytest.approx(1 - 0.6206, abs=0.02)


def test_groups_count_alike_however_many_they_hold() -> None:
    mean = stratified_mean([[1.0] * 10, [0.0] * 1000])
    assert mean.mean == 0.5
    assert mean.low is not None
    assert mean.high is not None
    # The small group's doubt is all the doubt there is, and half of it counts.
    assert 0.04 < 0.5 - mean.low < (1 - (mean_of([1.0] * 10).low or 0)) / 2
    assert mean.high > 0.5


def test_many_tasks_without_a_mistake_do_not_lean() -> None:
    mean = stratified_mean([[1.0] * 12] * 20 + [[1.0, 0.0] * 6] * 5)
    assert mean.mean == pytest.approx(0.9)
    assert mean.low is not None
    assert mean.high is not None
    assert mean.high - mean.mean == pytest.approx(mean.mean - mean.low, rel=0.3)


def test_the_same_values_give_the_same_interval() -> None:
    draw = random.Random(1)
    values = [draw.random() for _ in range(30)]
    first, again = mean_of(values), mean_of(values)
    assert first == again
    assert first.mean == pytest.approx(fmean(values))
    assert first.low is not None
    assert first.low < first.mean
    assert stratified_mean([values]).mean == pytest.approx(first.mean)
