"""Which slot a letter counts in that lies between two."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.readers.sight.alphabet import text_of
from smallprint.train.reader.settle import NEAR_COLUMN, settle
from smallprint.train.reader.targets import EMPTY, Targets


def letters(*columns: int, n_columns: int = 12, x: float = 0.0, y: float = 0.0) -> Targets:
    """One line of letters in the middle of three rows."""
    made = Targets.empty(1, 3, n_columns)
    made.classes[0, 1, list(columns)] = np.arange(len(columns)) + 40
    made.x[0, 1, list(columns)], made.y[0, 1, list(columns)] = x, y
    return made


def logits(n_columns: int = 12, **high: float) -> np.ndarray:
    """Three rows of -3, but for the named slots of the middle row."""
    made = np.full((1, 3, n_columns), -3.0, np.float32)
    for name, value in high.items():
        made[0, 1, int(name[1:])] = value
    return made


@pytest.mark.parametrize(("x", "column"), [(0.45, 5), (-0.45, 3), (0.1, 4), (0.0, 4)])
def test_a_letter_on_the_border_goes_where_it_is_seen(x: float, column: int) -> None:
    presence = logits(s3=4, s5=4)
    settled = settle(letters(4, x=x), presence)
    assert np.flatnonzero(settled[0, 1] != EMPTY).tolist() == [column]


def test_a_letter_stays_where_it_is_seen_as_well_as_beside() -> None:
    assert np.flatnonzero(settle(letters(4, x=0.4), logits(s4=2, s5=2))[0, 1] != EMPTY).tolist() == [4]


def test_the_farther_from_the_border_the_surer() -> None:
    presence = logits(s4=1.0, s5=1.9)
    assert settle(letters(4, x=0.45), presence)[0, 1, 5] != EMPTY
    assert settle(letters(4, x=0.25), presence)[0, 1, 5] == EMPTY


def test_letters_make_room_for_one_another() -> None:
    """Both lie to the right; the first can only go if the second goes."""
    settled = settle(letters(4, 5, x=0.45), logits(s5=6, s6=1))
    assert text_of(settled[0, 1][settled[0, 1] != EMPTY]) == text_of(np.array([40, 41]))
    assert np.flatnonzero(settled[0, 1] != EMPTY).tolist() == [5, 6]
    blocked = letters(4, 5, x=0.45)
    blocked.x[0, 1, 5] = 0
    assert np.flatnonzero(settle(blocked, logits(s5=6, s6=1))[0, 1] != EMPTY).tolist() == [4, 5]


def test_letters_stay_in_the_crop() -> None:
    assert np.flatnonzero(settle(letters(11, x=0.45), logits())[0, 1] != EMPTY).tolist() == [11]
    assert np.flatnonzero(settle(letters(0, x=-0.45), logits(s11=9))[0, 1] != EMPTY).tolist() == [0]


def test_a_line_between_two_rows_goes_where_it_is_seen() -> None:
    presence = logits()
    presence[0, 2] = 2.0
    assert (settle(letters(2, 6, y=0.45), presence)[0] != EMPTY).sum(1).tolist() == [0, 0, 2]
    assert (settle(letters(2, 6, y=-0.45), presence)[0] != EMPTY).sum(1).tolist() == [0, 2, 0]
    assert (settle(letters(2, 6, y=0.2), presence)[0] != EMPTY).sum(1).tolist() == [0, 2, 0]
    taken = letters(2, 6, y=0.45)
    taken.classes[0, 2, 3] = 9
    assert (settle(taken, presence)[0] != EMPTY).sum(1).tolist() == [0, 2, 1]


@given(st.integers(0, 10**6), st.integers(1, 7))
@settings(deadline=None, max_examples=60)
def test_it_is_the_likeliest_of_all_paths(seed: int, n_letters: int) -> None:
    random = np.random.default_rng(seed)
    n_columns = 10
    columns = np.sort(random.choice(n_columns, n_letters, replace=False))
    targets = letters(*columns.tolist(), n_columns=n_columns)
    targets.x[0, 1, columns] = random.uniform(-0.5, 0.5, n_letters).astype(np.float32) * (
        random.random(n_letters) < 0.8
    )
    presence = random.normal(0, 3, (1, 3, n_columns)).astype(np.float32)

    def worth(choice: tuple[int, ...]) -> float:
        total, last = 0.0, -1
        for column, moved in zip(columns.tolist(), choice, strict=True):
            x = float(targets.x[0, 1, column])
            at = column + (int(np.sign(x)) if moved else 0)
            if (moved and abs(x) <= NEAR_COLUMN) or not last < at < n_columns:
                return -np.inf
            total += float(presence[0, 1, at]) + (np.log(abs(x) / (1 - abs(x))) if moved else 0)
            last = at
        return total

    best = max(product((0, 1), repeat=n_letters), key=worth)
    wanted = [
        column + (int(np.sign(targets.x[0, 1, column])) if moved else 0)
        for column, moved in zip(columns, best, strict=True)
    ]
    settled = settle(targets, presence)
    assert np.flatnonzero(settled[0, 1] != EMPTY).tolist() == wanted
    assert settled[0, 1][settled[0, 1] != EMPTY].tolist() == list(range(40, 40 + n_letters))


def test_nothing_to_settle() -> None:
    assert (settle(Targets.empty(2, 3, 4), np.zeros((2, 3, 4), np.float32)) == EMPTY).all()
