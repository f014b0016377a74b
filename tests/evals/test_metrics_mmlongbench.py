"""MMLongBench-Doc's rules: values that the official code gave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.evals.metrics import mmlongbench, score
from smallprint.evals.metrics.mmlongbench import NOT_ANSWERABLE, Scored, accuracy_and_f1


@pytest.mark.parametrize(
    ("form", "answer", "prediction", "expected"),
    [
        ("Int", "12", "12", 1.0),
        ("Int", "12", "12.9", 1.0),  # cut, not rounded
        ("Int", "12", " 12 ", 1.0),
        ("Int", "12", "12%", 0.0),
        ("Int", "1200", "1,200", 0.0),
        ("Int", "12", "inf", 0.0),
        ("Int", "12.0", "12", 0.0),
        ("Int", "GPT-4", "GPT-4", 0.0),  # of the data set, and wrong against itself
        ("Int", "", "x", 1.0),  # a failed prediction becomes the empty string
        ("Float", "0.21", "0.21", 1.0),
        ("Float", "21%", "0.21", 1.0),  # a hundredth
        ("Float", "0.21", "21%", 1.0),  # a hundredfold
        ("Float", "100", "100.9", 1.0),  # within 1%
        ("Float", "100", "101.1", 0.0),
        ("Float", "0.001", "0.004", 0.0),
        ("Float", "0.001", "0", 1.0),  # two places of a hundredth of it
        ("Float", "$5.50", "5.5 (millions)", 1.0),
        ("Float", "1,234", "1,234", 0.0),  # no number; the official code raises
        ("Float", "5", "five", 0.0),
        ("Float", "5", "nan", 0.0),
        ("Float", "inf", "inf", 1.0),
        ("Str", "Less well-off", "less well-off", 1.0),
        ("Str", "abcd", "abce", 0.75),
        ("Str", "abcd", "abxy", 0.0),  # half is not enough
        ("Str", "abcde", "abcxy", 0.6),
        ("Str", "5 miles", "5", 0.0),  # units stay
        ("Str", "'quoted'", "quoted", 1.0),
        ("Str", "\"'", "", 1.0),
        ("Str", "Apple (company)", "apple", 1.0),
        ("Str", "$30", "30%", 1.0),
        ("Str", "2020-01", "2020-02", 0.0),  # a date is right or wrong
        ("Str", "2020 01 02", "2020 01 03", 0.0),
        ("Str", "12-34-56", "12-34-57", 0.875),  # no date and no number of two parts
        ("Str", "page 12", "page 13", 0.0),
        ("Str", "9 a.m.", "9 a.m", 0.0),
        ("Str", "a@b.co", "a@b.com", 0.0),
        ("Str", "main.py", "main.pi", 0.0),
        ("Str", "see https://a.b/c", "see https://a.b/d", 0.0),
        ("Str", "ß", "ß", 1.0),
        ("Str", "ßa", "sa", 1 - 1 / 3),  # measured as "SSA"
        ("Str", "", "", 1.0),
        ("None", "Not answerable", "not answerable", 1.0),
        ("None", "Not answerable", "The answer is 5", 0.0),
        ("List", "['a', 'b']", "['b', 'A']", 1.0),
        ("List", "['a', 'b']", "['a']", 0.0),
        ("List", "['abcd', 'efgh']", "['abcd', 'efgx']", 0.75),  # the worst pair
        ("List", "['abcd', 'efgh']", "['abcd', 'xxxx']", 0.0),
        ("List", "[1, 2]", "['2', '1']", 1.0),
        ("List", "['1', 'abcd']", "['1', 'abce']", 0.0),  # a number first: all or nothing
        ("List", "['page 1', 'zz']", "['page 1', 'zz']", 1.0),
        ("List", "alone", "['alone']", 1.0),
        ("List", "['a']", " ['a']", 0.0),  # a blank before the bracket: one entry
        ("List", "['a']", "['a'", 0.0),
        ("List", "['a']", "[a]", 0.0),
        ("List", "['\\d']", "['\\d']", 1.0),
        ("List", "[]", "[]", 0.0),  # of the data set; the official code raises
    ],
)
def test_official_values(form: str, answer: str, prediction: str, expected: float) -> None:
    assert mmlongbench.score(answer, prediction, form) == expected
    assert score("mmlongbench-doc", prediction, [answer], all_classes=[form]) == expected
    assert score("mmlongbench/mmlongbench_doc", prediction, ["\x00\x00", answer], all_classes=[form]) == expected


def test_the_form_is_needed() -> None:
    for classes in (None, [], ["Int", "Str"]):
        with pytest.raises(DataError, match="all_classes: mmlongbench-doc needs the answer's form, one of Str, Int"):
            score("mmlongbench-doc", "x", ["x"], all_classes=classes)
    with pytest.raises(DataError, match="'str' is not known; allowed: Str, Int, Float, List, None"):
        score("mmlongbench-doc", "x", ["x"], all_classes=["str"])


def test_accuracy_and_f1() -> None:
    rows = [
        Scored(answer="a", prediction="a", score=1.0),
        Scored(answer="b", prediction=NOT_ANSWERABLE, score=0.0),
        Scored(answer="c", prediction="d", score=0.5),
        Scored(answer=NOT_ANSWERABLE, prediction=NOT_ANSWERABLE, score=1.0),
        Scored(answer=NOT_ANSWERABLE, prediction="e", score=0.0),
    ]
    # 1.5 of 3 questions with an answer, 1.5 of 3 that were answered.
    assert accuracy_and_f1(rows) == (0.5, 0.5)
    assert accuracy_and_f1(rows[3:]) == (0.5, 0.0)
    assert accuracy_and_f1(rows[1:2]) == (0.0, 0.0)
    assert accuracy_and_f1([]) == (0.0, 0.0)


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(mmlongbench.FORMS))
def test_every_score_is_from_0_to_1(answer: str, prediction: str, form: str) -> None:
    assert 0.0 <= mmlongbench.score(answer, prediction, form) <= 1.0


@given(st.text(max_size=30), st.integers(), st.floats(allow_nan=False))
def test_an_answer_is_right(text: str, whole: int, number: float) -> None:
    assert mmlongbench.score(text, text, "Str") == mmlongbench.score(text, text, "None") == 1.0
    assert mmlongbench.score(str(whole), str(whole), "Float") == 1.0
    assert mmlongbench.score(str(number), str(number), "Float") == 1.0
    assert mmlongbench.score(repr([text, "b"]), repr(["b", text]), "List") == 1.0


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_is_right(whole: int) -> None:
    # Beyond 2**53 the prediction, which goes through a float, is another number.
    assert mmlongbench.score(str(whole), str(whole), "Int") == 1.0
