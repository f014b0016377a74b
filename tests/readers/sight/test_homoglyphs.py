"""Letters that are drawn alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.readers.sight.homoglyphs import one_hook, one_script


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("și șaisprezece ani, ţară și", "și șaisprezece ani, țară și"),
        ("şimdi Şeker baş ișe", "şimdi Şeker baş işe"),
        ("ș ş", "ș ş"),
        ("Ș and ş, as often", "Ș and ş, as often"),
        ("no hooks", "no hooks"),
    ],
)
def test_a_text_has_cedillas_or_commas(read: str, meant: str) -> None:
    assert one_hook(read) == meant


@given(st.text("aşșţț ŞȘŢȚ\n"))
def test_letters_change_to_their_like_alone(text: str) -> None:
    plain = str.maketrans("șȘțȚ", "şŞţŢ")
    made = one_hook(text)
    assert made.translate(plain) == text.translate(plain)
    assert one_hook(made) == made


def test_words_keep_to_one_script() -> None:
    latin_o = "o"
    assert one_script(f"М{latin_o}сква") == "Москва"
    assert one_script("Paris") == "Paris"
