"""ROUGE-L: values that `rouge` 1.0.1 gave, and where its stack ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.evals.metrics import longbench, rouge, score

SENTENCES = st.lists(st.sampled_from("abcd"), max_size=9)


@pytest.mark.parametrize(
    ("prediction", "answer", "expected"),
    [
        ("the cat sat on the mat", "the cat sat on the mat", 0.999999995),
        ("the cat sat", "the cat sat on the mat", 0.7499999953125),  # 3 of 5 different words
        ("police killed the gunman", "the gunman killed police", 0.4999999950000001),  # of two as long, the one found
        ("x y z", "x z y", 0.6666666616666668),
        ("a b. c d", "c d. a b", 0.999999995),  # sentences have no order
        ("A b. C d", "c D. a B", 0.0),  # capitals do
        ("a b c d e", "a c e. b d", 0.999999995),
        # The union of "w1 w2" and "w1 w3 w5".
        ("w1 w2 w6 w7 w8. w1 w3 w8 w9 w5", "w1 w2 w3 w4 w5", 0.6153846106508877),
        ("w1 w2 w3 w4 w5", "w1 w2 w6 w7 w8. w1 w3 w8 w9 w5", 0.6153846106508877),
        ("a a a a", "a", 0.999999995),  # different words
        ("U.S. aid", "US aid", 0.39999999520000007),  # a full stop ends a sentence anywhere
        ("Hello!", "hello!", 0.0),
        ("one\ntwo", "one two", 0.999999995),
        ("one! two", "one. two", 0.4999999950000001),  # "!" does not end one
        (" ", " ", 0.999999995),  # white space is a sentence of one empty word
        (" ", "a. ", 0.6666666622222223),
        ("", "", 0.0),
        ("...", "a", 0.0),
        (".", ".", 0.0),
    ],
)
def test_rouge_l(prediction: str, answer: str, expected: float) -> None:
    assert rouge.rouge_l(prediction, answer) == expected
    assert score("gov_report", prediction, [answer]) == expected


@pytest.mark.parametrize(
    ("prediction", "answer", "expected"),
    [
        ("今天天气很好。", "今天天气很好。", 0.999999995),
        ("今天天气很好，我们去公园", "我们今天去公园散步", 0.499999995138889),
        ("会议讨论了安全管理", "讨论安全", 0.5714285673469389),
        ("版本2.0发布", "版本2.0发布", 0.999999995),  # 2.0 is one word, and its stop still ends a sentence
    ],
)
def test_rouge_l_zh(prediction: str, answer: str, expected: float) -> None:
    assert score("vcsum", prediction, [answer]) == expected
    assert score("dureader", prediction, [answer]) == expected


def apart(n: int, letter: str = "w") -> str:
    return " ".join(f"{letter}{place}" for place in range(n))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda n: (apart(n), apart(n)), id="the same"),
        pytest.param(lambda n: (apart(n), "z"), id="nothing in common"),
        pytest.param(lambda n: ("w0 " + apart(n - 1, "v"), "w0"), id="the prediction, then a match"),
        pytest.param(lambda n: ("w0", "w0 " + apart(n - 1, "v")), id="the answer, then a match"),
        pytest.param(lambda n: (f"a b. {apart(n)}. c", f"a. {apart(n)}"), id="one pair of several"),
    ],
)
def test_the_official_code_fails_beyond_its_stack(make: Callable[[int], tuple[str, str]]) -> None:
    # Measured with the package, under Python 3.11 to 3.13.
    prediction, answer = make(990)
    assert score("gov_report", prediction, [answer]) == score(
        "gov_report", prediction, [answer], convention="true-rouge"
    )
    assert not longbench.exceeds_recursion(longbench.DATASETS["gov_report"], prediction, [answer])
    prediction, answer = make(991)
    true = score("gov_report", prediction, [answer], convention="true-rouge")
    assert score("gov_report", prediction, [answer]) == 0.0
    assert longbench.exceeds_recursion(longbench.DATASETS["gov_report"], prediction, [answer]) is (true > 0)


def test_chinese_fails_a_word_earlier() -> None:
    row = longbench.DATASETS["vcsum"]
    fits, too_long = "，好" * 494 + "，", "，好" * 495
    for text, fails in ((fits, False), (too_long, True)):
        assert len(rouge.spaced(text).split()) == (990 if fails else 989)
        assert longbench.exceeds_recursion(row, text, [text]) is fails
        assert (score("vcsum", text, [text]) == 0.0) is fails
        assert score("vcsum", text, [text], convention="true-rouge") == 0.999999995


def test_the_first_line_alone_can_be_too_long() -> None:
    samsum = longbench.DATASETS["samsum"]
    assert longbench.exceeds_recursion(samsum, apart(991) + "\n", [apart(991)])
    assert not longbench.exceeds_recursion(samsum, "w0\n" + apart(991), ["w0"])
    assert not longbench.exceeds_recursion(longbench.DATASETS["qasper"], apart(991), [apart(991)])


def test_long_texts_have_a_score() -> None:
    text = apart(3000)
    assert score("qmsum", text, [text], convention="true-rouge") == 0.999999995
    assert score("qmsum", text, [text]) == 0.0
    assert score("qmsum", text, [text], convention="glyph") == 0.0


def walked(reference: list[str], sentence: list[str]) -> tuple[set[str], int]:
    """The package's own way: the whole table, then back from its end."""
    table = [[0] * (len(sentence) + 1) for _ in range(len(reference) + 1)]
    for i, left in enumerate(reference, 1):
        for j, right in enumerate(sentence, 1):
            table[i][j] = table[i - 1][j - 1] + 1 if left == right else max(table[i - 1][j], table[i][j - 1])
    i, j, n_steps, found = len(reference), len(sentence), 0, set[str]()
    while i and j:
        n_steps += 1
        if reference[i - 1] == sentence[j - 1]:
            found.add(reference[i - 1])
            i, j = i - 1, j - 1
        elif table[i - 1][j] > table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return found, n_steps


@given(SENTENCES.filter(bool), SENTENCES.filter(bool))
def test_the_walk_is_the_packages(reference: list[str], sentence: list[str]) -> None:
    assert rouge.common_words(reference, sentence) == walked(reference, sentence)


@given(SENTENCES, SENTENCES, st.integers(0, 12))
def test_a_limit_gives_the_true_score_or_none(left: list[str], right: list[str], most: int) -> None:
    prediction, answer = ". ".join(left), " ".join(right)
    true = rouge.rouge_l(prediction, answer)
    assert 0.0 <= true <= 0.999999995
    assert rouge.rouge_l(prediction, answer, most_steps=most) in (0.0, true)
