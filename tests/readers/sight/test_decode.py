"""What slots hold, counted into characters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from smallprint.readers.sight.alphabet import classes_of, text_of
from smallprint.readers.sight.decode import FAINT, NARROW, Characters, characters

Grid = NDArray[np.float32]


def read(presence: Grid, label: NDArray[np.integer], certainty: Grid | None = None) -> Characters:
    return characters(presence, label, np.ones_like(presence) if certainty is None else certainty, column_px=2)


def row(*slots: tuple[float, str]) -> tuple[Grid, NDArray[np.integer]]:
    """One row: what each slot holds, and which letter."""
    return np.array([[held for held, _ in slots]], np.float32), classes_of("".join(char for _, char in slots))[None]


def text(*slots: tuple[float, str]) -> str:
    return text_of(read(*row(*slots)).label)


def page(*lines: tuple[int, int, int, str], rows: int = 6, columns: int = 60) -> tuple[Grid, NDArray[np.integer]]:
    """Lines of (row, column of the first letter, slots a letter, text)."""
    presence, label = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.int64)
    for at, first, step, letters in lines:
        places = first + step * np.arange(len(letters))
        presence[at, places], label[at, places] = 1, classes_of(letters)
    return presence, label


def by_row(found: Characters) -> list[str]:
    return [text_of(found.label[found.row == at]) for at in np.unique(found.row)]


def test_nothing() -> None:
    for held in (0.0, FAINT / 2):
        found = read(np.full((5, 8), held, np.float32), np.zeros((5, 8), np.int64))
        assert len(found.row) == len(found.x_px) == len(found.label) == len(found.confidence) == 0


def test_one_letter_a_slot() -> None:
    found = read(*row((0, "x"), (1, "a"), (0, "x"), (0.9, "b"), (0, "x"), (0.8, "c")))
    assert text_of(found.label) == "abc"
    assert found.x_px.tolist() == [3, 7, 11]
    assert found.row.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("left", "right", "char"), [(0.5, 0.5, "a"), (0.45, 0.55, "b"), (0.55, 0.45, "a"), (0.3, 0.7, "b"), (0.7, 0.3, "a")]
)
def test_a_letter_between_two_slots_is_one(left: float, right: float, char: str) -> None:
    assert text((0, "x"), (left, "a"), (right, "b"), (0, "x")) == char


@pytest.mark.parametrize("pair", ["ll", "ii", "il"])
def test_letters_side_by_side_are_two(pair: str) -> None:
    assert text((0, "x"), (1, pair[0]), (1, pair[1]), (0, "x")) == pair
    assert text((0, "x"), (0.8, pair[0]), (0.9, pair[1]), (0, "x")) == pair
    # Three slots of which the middle one belongs to both.
    assert text((0.6, pair[0]), (0.7, pair[0]), (0.7, pair[1])) == pair


def test_two_wide_letters_cannot_stand_in_neighbouring_slots() -> None:
    assert text((0, "x"), (0.7, "a"), (0.9, "m"), (0, "x")) == "m"
    assert text((0, "x"), (0.9, "a"), (0.7, "m"), (0, "x")) == "a"
    assert text((0.9, "a"), (0.9, "l"), (0.9, "m")) == "alm"
    assert text((0.9, "a"), (0, "x"), (0.9, "m")) == "am"


def test_faint_slots_do_not_count() -> None:
    assert text((0.03, "x"), (0.95, "a"), (0.03, "x"), (0.3, "x"), (0.02, "x")) == "a"


@pytest.mark.parametrize("held", [[0.5, 0.9, 0.2], [0.6, 0.7, 0.3], [0.5, 0.9, 0.2, 0.9, 0.2]])
def test_no_slot_is_read_twice(held: list[float]) -> None:
    found = read(np.array([held], np.float32), np.arange(len(held))[None])
    assert len(set(found.x_px.tolist())) == len(found.x_px) == round(sum(held))


@given(st.lists(st.lists(st.floats(0, 1, width=32), min_size=12, max_size=12), min_size=1, max_size=4))
def test_characters_come_in_order_each_from_a_slot_of_its_own(held: list[list[float]]) -> None:
    presence = np.array(held, np.float32)
    label = np.arange(presence.size).reshape(presence.shape)
    found = read(presence, label)
    places = list(zip(found.row.tolist(), found.x_px.tolist(), strict=True))
    assert places == sorted(set(places))
    # No more and no fewer than the page holds, give or take the half letter at a cluster's end.
    kept = np.where(presence > FAINT, presence, 0).sum()
    clusters = len(found.row) + int((presence > FAINT).sum())
    assert abs(len(found.row) - kept) <= clusters / 2 + 1
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()


@given(st.data())
def test_letters_at_random_places_come_back(data: st.DataObject) -> None:
    """Whole narrow letters, side by side or apart, in rows that are not neighbours."""
    rows = [data.draw(st.lists(st.booleans(), min_size=16, max_size=16)) for _ in range(3)]
    presence = np.zeros((6, 16), np.float32)
    presence[::2] = rows
    letters = data.draw(st.lists(st.sampled_from(NARROW), min_size=96, max_size=96))
    label = classes_of("".join(letters)).astype(np.int64).reshape(6, 16)
    found = read(presence, label)
    at = np.nonzero(presence)
    assert (found.row.tolist(), (found.x_px / 2 - 0.5).tolist()) == (at[0].tolist(), at[1].tolist())
    assert found.label.tolist() == label[at].tolist()
    assert (found.confidence == 1).all()


def test_doubt_is_carried_over() -> None:
    found = characters(*row((0.9, "a"), (0, "x"), (0.9, "b")), np.array([[0.7, 0, 1]], np.float32), 2)
    assert found.confidence.tolist() == pytest.approx([0.7, 1])
    # A letter that is hardly there is not sure, however plain it is which it would be.
    assert read(*row((0.2, "a"), (0.2, "a"), (0.2, "a"))).confidence[0] < 0.9


@pytest.mark.parametrize("step", [2, 3, 4])
def test_a_line_that_two_rows_share_is_one(step: int) -> None:
    line = "a line of text"
    presence, label = page((2, 3, step, line))
    label[3] = label[2]
    for share in (0.5, 0.6, 0.3):
        torn = presence * (1 - share)
        torn[3] = presence[2] * share
        assert by_row(read(torn, label)) == [line]


def test_a_line_that_climbs_from_row_to_row_is_one() -> None:
    presence, label = page((2, 3, 3, "half here "), (3, 33, 3, "half there"), columns=70)
    assert by_row(read(presence, label)) == ["half here half there"]


def test_letters_that_take_turns_between_two_rows_are_one_line() -> None:
    presence, label = page((2, 3, 6, "acegikm"), (3, 6, 6, "bdfhjln"))
    assert by_row(read(presence, label)) == ["abcdefghijklmn"]


@pytest.mark.parametrize("step", [2, 3])
def test_dense_lines_in_neighbouring_rows_stay_apart(step: int) -> None:
    upper, lower = "the upper line of two", "and one under it, too"
    assert by_row(read(*page((2, 1, step, upper), (3, 0, step, lower), columns=70))) == [upper, lower]


def test_a_short_line_under_a_long_one_stays_apart() -> None:
    assert by_row(read(*page((2, 1, 2, "a long line above it all"), (3, 1, 2, "short")))) == [
        "a long line above it all",
        "short",
    ]


def test_what_was_given_is_left_alone() -> None:
    presence, label = page((2, 3, 3, "abc"), (3, 12, 3, "def"))
    before = presence.copy(), label.copy()
    read(presence, label)
    assert np.array_equal(presence, before[0])
    assert np.array_equal(label, before[1])
