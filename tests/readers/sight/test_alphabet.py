"""Characters and their numbers."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.readers.sight.alphabet import ALPHABET, ALPHABETS, SPACE, UNKNOWN, WIDE, classes_of, text_of
from smallprint.readers.sight.ideographs import IDEOGRAPHS


def test_the_order_belongs_to_trained_weights() -> None:
    digest = hashlib.sha256(ALPHABET.encode()).hexdigest()
    assert digest == "5318ef072a4ea816d278fda3d5690dca0485f16215b7f251e1e2b36984ff25bc"
    assert (len(ALPHABET), ALPHABET[0], SPACE) == (661, UNKNOWN, 1)


def test_so_does_that_of_the_chinese_characters() -> None:
    digest = hashlib.sha256(IDEOGRAPHS.encode()).hexdigest()
    assert digest == "491987b041ed345d62dc1f4f0e3f909171c23b376cec69d3b3a7c53b26e0d73f"
    assert ALPHABETS == {"letters": WIDE, "han": WIDE + len(IDEOGRAPHS)} == {"letters": 661, "han": 7928}


def test_chinese_is_known_to_networks_that_know_it_alone() -> None:
    n_classes = ALPHABETS["han"]
    text = ALPHABET + IDEOGRAPHS
    assert classes_of(text, n_classes).tolist() == list(range(n_classes))
    assert text_of(classes_of(text, n_classes)) == text
    assert text_of(classes_of("a國,国，龘", n_classes)) == f"a{UNKNOWN},国，{UNKNOWN}"
    assert text_of(classes_of("a国，b")) == f"a{UNKNOWN}{UNKNOWN}b"


def test_one_number_a_character() -> None:
    assert classes_of(ALPHABET).tolist() == list(range(len(ALPHABET)))


@given(st.text(st.sampled_from(ALPHABET)))
def test_known_characters_come_back(text: str) -> None:
    classes = classes_of(text)
    assert classes.dtype == np.int16
    assert text_of(classes) == text


@given(st.text())
def test_any_text_gets_one_class_a_character(text: str) -> None:
    classes = classes_of(text)
    assert len(classes) == len(text)
    assert all(0 <= number < len(ALPHABET) for number in classes.tolist())
    # What is read can be read again.
    assert text_of(classes_of(text_of(classes))) == text_of(classes)


@pytest.mark.parametrize("char", ["漢", "汉", "\U0001f600", "\ud800", "\x00", "\x7f", "Ƒ"])
def test_strangers_are_unknown(char: str) -> None:
    assert text_of(classes_of(f"a{char}b")) == f"a{UNKNOWN}b"


@pytest.mark.parametrize(
    ("char", "read"),
    [("\t", " "), ("\u3000", " "), ("\u00a0", " "), ("\u202f", " "), ("\u00ad", "-"), ("\u2010", "-"), ("\u2011", "-")],
)
def test_look_alikes_are_read_as_one(char: str, read: str) -> None:
    assert text_of(classes_of(f"a{char}b")) == f"a{read}b"
