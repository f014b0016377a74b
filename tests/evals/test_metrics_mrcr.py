"""MRCR's grade."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.evals.metrics import score

PREFIX = "aB3dE6gH9j"


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (f"{PREFIX}Tapirs sleep.", 1.0),
        ("Tapirs sleep.", 0.0),
        (f" {PREFIX}Tapirs sleep.", 0.0),  # nothing is stripped
        (f"{PREFIX.lower()}Tapirs sleep.", 0.0),
        (f"{PREFIX}Tapirs sleep.\n", 26 / 27),
        (f"{PREFIX}\nTapirs sleep.", 26 / 27),
        (f"{PREFIX}{PREFIX}Tapirs sleep.", 26 / 36),  # taken off once
        (f"{PREFIX}Tapirs", 12 / 19),
        (PREFIX, 0.0),
        ("", 0.0),
    ],
)
@pytest.mark.parametrize("task", ["mrcr", "mrcr_2needle", "mrcr_4needle", "mrcr_8needle", "mrcr/mrcr_2needle"])
def test_grade(prediction: str, expected: float, task: str) -> None:
    assert score(task, prediction, [f"{PREFIX}Tapirs sleep."], prefix=PREFIX) == expected
    assert score(task, prediction, [f"{PREFIX}Tapirs sleep."]) == expected


def test_the_prefix_that_is_given_counts() -> None:
    assert score("mrcr", "XYTapirs", ["XYTapirs sleep."], prefix="XY") == 12 / 19
    assert score("mrcr", "XYTapirs", ["XYTapirs sleep."]) == 0.0
    # On the prediction alone, if only there.
    assert score("mrcr", "XYTapirs", ["Tapirs"], prefix="XY") == 1.0
    assert score("mrcr", "Tapirs", ["Tapirs"], prefix="") == 1.0


def test_autojunk_stays_on() -> None:
    # Over 200 characters, letters that are more than a hundredth of the answer start no match.
    answer = PREFIX + "ab" * 150
    assert score("mrcr", PREFIX + "b" + "ab" * 150, [answer]) == 0.0
    assert score("mrcr", PREFIX + "b" + "ab" * 90, [PREFIX + "ab" * 90]) == 360 / 361


def test_the_glyph_scripts_strip_the_ends() -> None:
    said = f"\n{PREFIX}Tapirs\nsleep.<|user|>"
    assert score("mrcr", said, [f"{PREFIX}Tapirs\nsleep."]) == 0.0
    assert score("mrcr", said, [f"{PREFIX}Tapirs\nsleep."], convention="glyph") == 1.0


def test_an_answer_is_needed() -> None:
    with pytest.raises(DataError, match="mrcr needs at least one, got none"):
        score("mrcr", "x", [])


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_grade_is_difflibs(prediction: str, answer: str) -> None:
    assert score("mrcr", PREFIX + prediction, [PREFIX + answer]) == SequenceMatcher(None, prediction, answer).ratio()
    assert score("mrcr", PREFIX + answer, [PREFIX + answer]) == 1.0
