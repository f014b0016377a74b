"""How likely characters are right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.readers.sight.alphabet import classes_of
from smallprint.readers.sight.confidence import N_LETTERS, Confidence, features, letter
from smallprint.readers.sight.decode import Characters, characters


def page(presence: np.ndarray, text: str = "", certainty: float = 0.9) -> Characters:
    label = np.full(presence.shape, int(classes_of("e")[0]))
    label.flat[: len(text)] = classes_of(text)
    return characters(presence, label, np.full(presence.shape, certainty, np.float32), 2)


def random_confidence(seed: int, n_features: int) -> Confidence:
    made = np.random.default_rng(seed)
    n = 5
    return Confidence(
        letters=made.normal(size=(N_LETTERS, n)).astype(np.float32),
        weights=made.normal(size=(n_features, n)).astype(np.float32),
        bias=made.normal(size=n).astype(np.float32),
        out=made.normal(size=n).astype(np.float32),
        offset=0.3,
        sure=0.98,
    )


@settings(deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 1, width=32), min_size=9, max_size=9), min_size=1, max_size=4), st.integers(0, 99)
)
def test_a_probability_each(rows: list[list[float]], seed: int) -> None:
    found = page(np.array(rows, np.float32))
    values = features(found)
    assert values.shape[0] == len(found.row) == len(letter(found))
    assert np.isfinite(values).all()
    if len(found.row):
        chance = random_confidence(seed, values.shape[1])(found)
        assert chance.shape == (len(found.row),)
        assert ((chance >= 0) & (chance <= 1)).all()


def test_it_travels_as_text() -> None:
    found = page(np.eye(4, 12, dtype=np.float32), "Il|aъ漢")
    confidence = random_confidence(1, features(found).shape[1])
    again = Confidence.from_json(confidence.to_json())
    assert np.array_equal(again(found), confidence(found))
    assert again.sure == 0.98


def test_what_is_left_over_is_seen() -> None:
    """Between two letters there was something that became no letter."""
    plain = page(np.array([[0, 1, 0, 0, 0, 1, 0]], np.float32))
    torn = page(np.array([[0, 1, 0, 0.3, 0, 1, 0]], np.float32))
    assert len(plain.row) == len(torn.row) == 2
    changed = np.flatnonzero((features(plain) != features(torn)).any(0))
    assert len(changed) >= 3


@pytest.mark.parametrize("text", ["Il", "漢a"])
def test_letters_outside_ascii_count_as_one(text: str) -> None:
    found = page(np.array([[1, 0, 0, 1, 0]], np.float32), text[0] + "xx" + text[1])
    assert (letter(found) < N_LETTERS).all()
