"""Classes that begin as pictures of their characters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from smallprint.readers.sight.alphabet import ALPHABET, UNKNOWN, classes_of
from smallprint.train.reader.ahead import samples_of
from smallprint.train.reader.looks import NORM, looks
from smallprint.train.reader.loop import Training
from tests.train import tiny

SHAPE = replace(tiny.SHAPE, glyph=24)


@pytest.fixture(scope="module")
def made() -> NDArray[np.float32]:
    return looks(SHAPE, "DejaVu Sans")


def likeness(made: NDArray[np.float32], one: str, other: str) -> float:
    a, b = made[classes_of(one)[0]], made[classes_of(other)[0]]
    return float(a @ b) / NORM**2


def test_one_row_a_class(made: NDArray[np.float32]) -> None:
    assert made.shape == (len(ALPHABET), 24)
    assert made.dtype == np.float32
    lengths = np.linalg.norm(made, axis=1)
    blank = [ALPHABET[number] for number in np.flatnonzero(lengths < 1e-3)]
    assert UNKNOWN in blank
    assert len(blank) < 8
    assert np.allclose(lengths[lengths >= 1e-3], NORM, atol=1e-3)


def test_what_looks_alike_lies_together(made: NDArray[np.float32]) -> None:
    for one, like, unlike in (("e", "é", "W"), ("O", "Ó", "i"), ("n", "ñ", "M"), ("b", "h", ".")):
        assert likeness(made, one, like) > likeness(made, one, unlike) + 0.2
    assert likeness(made, "c", "с") > 0.9  # Cyrillic


def test_a_training_begins_with_them_and_moves_them_slowly(made: NDArray[np.float32], tmp_path: Path) -> None:
    tiny.write_texts(tmp_path)
    recipe = replace(tiny.recipe(class_rate=1e-4, warm_up=1), shape=SHAPE)
    training = Training(recipe, samples_of(recipe, tmp_path))
    assert np.allclose(training.net.classes.weight.detach().numpy(), made, atol=1e-6)
    training.learn(next(training.crops(tmp_path, 1)))
    moved = np.abs(training.net.classes.weight.detach().numpy() - made).max()
    assert 0 < moved < 2e-4
