"""Confidence that keeps its word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from smallprint.readers.sight.confidence import N_LETTERS
from smallprint.train.reader import calibrate
from smallprint.train.reader.ahead import samples_of
from smallprint.train.reader.calibrate import calibrated, mistakes, reliability
from smallprint.train.reader.model import ReaderNet
from tests.train import tiny


@pytest.mark.parametrize(
    ("read", "truth", "wrong"),
    [
        ("letter", "letter", ""),
        ("lettcr", "letter", "c"),
        ("leetter", "letter", "e"),
        ("leter", "letter", "te"),
        ("etter", "letter", "e"),
        ("lette", "letter", "e"),
        ("", "letter", ""),
    ],
)
def test_mistakes(read: str, truth: str, wrong: str) -> None:
    assert "".join(char for char, bad in zip(read, mistakes(read, truth), strict=True) if bad) == wrong


@given(st.text("abc", max_size=30), st.text("abc", max_size=30))
def test_no_mistake_is_overlooked(read: str, truth: str) -> None:
    wrong = mistakes(read, truth)
    assert len(wrong) == len(read)
    assert wrong.any() == (read != truth and read != "")
    assert wrong.sum() <= 2 * Levenshtein.distance(read, truth)


def test_reliability_by_bins() -> None:
    chance = np.array([0.2, 0.97, 0.96, 0.9999, 1.0], np.float32)
    rows = reliability(chance, np.array([True, False, True, False, False]))
    assert [(row["from"], row["n"]) for row in rows] == [(0.0, 1), (0.95, 2), (0.9999, 2)]
    assert [row["right"] for row in rows] == [0, 0.5, 1]
    assert rows[1]["promised"] == pytest.approx(0.965)


def test_threshold() -> None:
    chance = np.linspace(1, 0, 50_000, dtype=np.float32)
    wrong = np.zeros(50_000, bool)
    wrong[30_000::10] = True
    sure = calibrate.threshold(chance, wrong)
    assert wrong[chance >= sure].mean() <= 1e-4
    assert (chance >= sure).sum() == 30_030
    assert calibrate.threshold(chance[:10], np.ones(10, bool)) > 1
    # Equal probabilities are sure together or not at all.
    tied = np.full(1000, 0.9, np.float32)
    assert calibrate.threshold(tied, np.arange(1000) >= 900) > 0.9


def test_a_network_is_calibrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has learnt nothing is wrong everywhere, and its confidence says so; the same each time."""
    monkeypatch.setattr(calibrate, "STEPS", 60)
    tiny.write_texts(tmp_path)
    recipe = tiny.recipe()
    torch.manual_seed(0)
    net = ReaderNet(recipe.shape)
    (confidence, report), again = (
        calibrated(net, samples_of(recipe, tmp_path), n_chars=3000, seed=1) for _ in range(2)
    )
    assert again[0].to_json() == confidence.to_json()
    assert again[1] == report
    assert confidence.letters.shape[0] == N_LETTERS
    assert report["wrong"] > 0.5
    assert report["sure"] <= 0.1
    assert sum(row["n"] for row in report["reliability"]) == report["n_chars"]
