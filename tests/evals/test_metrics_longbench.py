"""LongBench's metrics: values that the official code gave, each for one of its rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.evals.metrics import longbench, score
from smallprint.evals.tasks.longbench import prompts

WORDS = st.text(st.sampled_from("ab. \n,#`/12中文。\x00\x1f\u3000Á"), max_size=60)
CLASSES = ["Food", "Food drink", "drink", "Number", "Number of something", "of something"]


@pytest.mark.parametrize(
    ("prediction", "answer", "expected"),
    [
        ("The Eiffel Tower", "Eiffel tower!", 1.0),
        ("a b c d", "b c e", 2 / 3),  # "a" is an article
        ("one two three", "three two one four", 0.8571428571428571),
        ("cat cat", "cat", 2 / 3),  # a word counts as often as it stands
        ("don't stop", "dont stop", 1.0),  # punctuation goes without a blank
        ("state-of-the-art", "state of the art", 0.0),
        ("a-an", "aan", 1.0),  # punctuation before articles: no article is left
        ("(the) end", "end", 1.0),
        ("A.N.", "an", 0.0),  # an article once its stops are gone
        ("x a\u3000y", "x y", 1.0),
        ("“Paris”", "Paris", 0.0),  # of ASCII punctuation only
        ("٣", "3", 0.0),
        ("the", "The", 0.0),  # no word is left
        ("...", "...", 0.0),
        ("", "x", 0.0),
        ("", "", 0.0),
    ],
)
def test_qa_f1(prediction: str, answer: str, expected: float) -> None:
    assert score("qasper", prediction, [answer]) == expected


@pytest.mark.parametrize(
    ("prediction", "answer", "expected"),
    [
        ("北京大学。", "北京大学", 1.0),
        ("他毕业于北京大学", "北京大学", 0.4),  # 他/毕业/于/北京大学
        ("小明，硕士", "小明硕士毕业", 0.8),  # cut first, cleaned after
        ("《长文本》", "长文本", 0.8),  # 《 is not on the official list
        ("GPT-4 模型", "gpt4模型", 0.4),  # GPT/-/4/模型 against gpt4/模型
        ("Hello World", "hello world", 1.0),
        ("。！", "。！", 0.0),
        ("", "北京", 0.0),
    ],
)
def test_qa_f1_zh(prediction: str, answer: str, expected: float) -> None:
    assert score("multifieldqa_zh", prediction, [answer]) == expected


@pytest.mark.parametrize(
    ("prediction", "answer", "classes", "expected"),
    [
        ("Food", "Food", CLASSES, 1.0),
        ("Number Food", "Number", CLASSES, 0.5),
        ("Food drink", "Food drink", CLASSES, 1.0),
        # "Food" goes, and "drink", which takes its place in the list, is passed over.
        ("Food drink", "Food drink", ["Food", "x", "drink", "Food drink"], 0.5),
        ("Food drink", "Food drink", ["Food", "Food drink", "x", "drink"], 1.0),
        ("a b a", "a b", ["a", "b", "a b", "a"], 0.5),
        ("NUMBER", "Number", CLASSES, 0.0),
        ("none of them", "Food", CLASSES, 0.0),
        ("x", "x", ["y"], 0.0),
        ("\n\nFood\nNumber", "Food", CLASSES, 1.0),  # the first line alone
        (" \nFood", "Food", CLASSES, 0.0),
    ],
)
def test_classification(prediction: str, answer: str, classes: list[str], expected: float) -> None:
    assert score("trec", prediction, [answer], all_classes=classes) == expected
    assert score("lsht", prediction, [answer], all_classes=classes) == expected


@pytest.mark.parametrize(
    ("task", "prediction", "answer", "expected"),
    [
        ("passage_count", "There are 12 paragraphs", "12", 1.0),
        ("passage_count", "3 12 12", "12", 2 / 3),
        ("passage_count", "012", "12", 0.0),
        ("passage_count", "１２", "12", 0.0),
        ("passage_count", "1.2", "12", 0.0),
        ("passage_count", "twelve", "12", 0.0),
        ("passage_retrieval_en", "Paragraph 12", "Paragraph 12", 1.0),
        ("passage_retrieval_en", "12", "Paragraph 12 and Paragraph 3", 1.0),
        ("passage_retrieval_en", "Paragraph 1, Paragraph 12", "Paragraph 12", 0.5),
        ("passage_retrieval_en", "Paragraph 120", "Paragraph 12", 0.0),
        ("passage_retrieval_en", "", "Paragraph 12", 0.0),
        ("passage_retrieval_zh", "段落7", "段落7", 1.0),
        ("passage_retrieval_zh", "答案是段落7和段落9", "段落7", 0.5),
        ("passage_retrieval_zh", "第七段", "段落7", 0.0),
    ],
)
def test_numbers(task: str, prediction: str, answer: str, expected: float) -> None:
    assert score(task, prediction, [answer]) == expected


@pytest.mark.parametrize(
    ("prediction", "answer", "expected"),
    [
        ("return x", "return x", 1.0),
        ("\n\n```python\n# c\nreturn x\nreturn y", "return x", 1.0),  # the first line that is code
        ("// a\n/* b */ x", "x", 0.2),
        ("    return self.x", "return self.x", 0.87),  # 26/30, and blanks count
        ("ab", "abc", 0.8),
        ("a", "abcdefg", 0.25),
        (" \nx", "x", 0.0),
        ("`x`", "x", 0.0),
        ("x # why", "x # why", 0.0),  # an answer with "#" against itself
        ("a\nb", "a\nb", 0.5),
        ("abcd" * 60, "abcd" * 59 + "dcba", 0.98),
        ("", "", 1.0),
        ("", "x", 0.0),
    ],
)
def test_code_similarity(prediction: str, answer: str, expected: float) -> None:
    assert score("lcc", prediction, [answer]) == expected
    assert score("repobench-p", prediction, [answer]) == expected


def test_code_similarity_keeps_autojunk() -> None:
    # Over 200 characters each letter here is frequent enough to be junk: nothing matches but what is in front of a match.
    answer = "ab" * 150
    assert score("lcc", "b" + answer, [answer]) == 0.0


@pytest.mark.parametrize(
    ("task", "lines"), [("triviaqa", 1), ("samsum", 1), ("trec", 1), ("lsht", 1), ("qasper", 2), ("gov_report", 2)]
)
def test_which_tasks_score_the_first_line_alone(task: str, lines: int) -> None:
    whole = score(task, "\n\nwrong\nright", ["right"], all_classes=["right", "wrong"])
    assert (whole > 0) is (lines == 2)


def test_the_best_answer_counts() -> None:
    assert score("qasper", "red green", ["blue", "green red", "red"]) == 1.0
    assert score("qasper", "red", []) == 0.0


def test_what_an_item_lacks_is_told() -> None:
    with pytest.raises(DataError, match="all_classes: trec needs the names of all classes"):
        score("trec", "x", ["x"])
    with pytest.raises(DataError, match="'7' names no paragraph; allowed: Paragraph <number>"):
        score("passage_retrieval_en", "7", ["7"])


def test_the_glyph_convention_cleans_first() -> None:
    assert score("lcc", "x = 1\ny = 2", ["x = 1"]) == 1.0
    assert score("lcc", "x = 1\ny = 2", ["x = 1 y = 2"], convention="glyph") == 1.0
    assert score("triviaqa", "\nno\nyes", ["yes"], convention="glyph") == 2 / 3
    said = "<think> one\ntwo </think>\n\n x \t\u3000 y <|user|>"
    assert longbench.cleaned(said) == "x y"
    assert longbench.cleaned(" <think> a <think> b") == "<think> a <think> b"


def test_a_data_set_counts_in_hundredths() -> None:
    assert longbench.percentage([1.0, 0.0, 0.5]) == 50.0
    assert longbench.percentage([1.0, 0.0, 0.0]) == 33.33
    with pytest.raises(DataError, match="there are none"):
        longbench.percentage([])


def test_longbench_e_has_three_buckets() -> None:
    scores = [(1.0, 0), (0.0, 3999), (1.0, 4000), (0.5, 7999), (0.25, 8000), (0.0, 90000)]
    assert longbench.percentages_by_length(scores) == {"0-4k": 50.0, "4-8k": 75.0, "8k+": 12.5}
    assert longbench.percentages_by_length([(1.0, 8000)]) == {"0-4k": None, "4-8k": None, "8k+": 100.0}


def test_the_average_is_that_of_the_categories() -> None:
    # The row of ChatGLM3-6B-32k in the official README.
    figures = {
        "narrativeqa": 26.0, "qasper": 43.3, "multifieldqa_en": 51.7, "hotpotqa": 54.4, "2wikimqa": 44.9, "musique": 40.4,
        "gov_report": 36.8, "qmsum": 23.9, "multi_news": 27.9, "trec": 79.0, "triviaqa": 87.1, "samsum": 38.2,
        "passage_count": 2.0, "passage_retrieval_en": 99.0, "lcc": 57.66, "repobench-p": 54.76,
    }  # fmt: skip
    means = longbench.category_means(figures)
    assert [round(means[name], 1) for name in longbench.CATEGORIES] == [40.3, 46.6, 29.5, 68.1, 50.5, 56.2]
    assert round(longbench.average(figures), 1) == 48.5


def test_an_average_without_a_category_is_none() -> None:
    figures = dict.fromkeys(longbench.DATASETS, 50.0)
    assert longbench.average(figures) == 50.0
    with pytest.raises(DataError, match="no data set of code;"):
        longbench.average({name: 1.0 for name, row in longbench.DATASETS.items() if row.category != "code"})
    with pytest.raises(DataError, match="'nothing' is not known; allowed: narrativeqa"):
        longbench.category_means({"nothing": 1.0})


def test_the_table_is_that_of_the_prompts() -> None:
    rows = longbench.DATASETS.values()
    assert len(rows) == 21
    assert sum(row.in_e for row in rows) == 13
    assert list(longbench.DATASETS) == list(prompts())


def test_longbench_e_has_its_own_names() -> None:
    row = longbench.dataset("qasper_e")
    assert row is not None
    assert row.name == "qasper"
    assert longbench.dataset("narrativeqa_e") is None
    assert longbench.dataset("multifieldqa_en_e") is longbench.dataset("multifieldqa_en")


@given(WORDS, WORDS, st.sampled_from(sorted(longbench.DATASETS)), st.sampled_from(["official", "glyph", "true-rouge"]))
def test_every_score_is_from_0_to_1(prediction: str, answer: str, task: str, convention: longbench.Convention) -> None:
    named = {"passage_retrieval_en": "Paragraph 1", "passage_retrieval_zh": "段落1"}.get(task, answer)
    classes = [answer, "1", "a b", ""]
    found = score(task, prediction, [named], all_classes=classes, convention=convention)
    assert isinstance(found, float)
    assert 0.0 <= found <= 1.0


@given(st.lists(st.sampled_from(["cat", "sat", "Mat", "12", "x1"]), min_size=1, max_size=20).map(" ".join))
def test_an_answer_is_right(answer: str) -> None:
    for task, row in longbench.DATASETS.items():
        gold = {"count": "12", "retrieval": "Paragraph 12", "retrieval_zh": "段落12"}.get(row.metric, answer)
        best = 0.999999995 if row.metric.startswith("rouge") else 1.0
        assert score(task, gold, ["other", gold][row.metric.startswith("retrieval") :], all_classes=[gold]) == best
