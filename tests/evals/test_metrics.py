"""One door to all metrics: names, conventions, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest

from smallprint.errors import DataError
from smallprint.evals.metrics import CONVENTIONS, chinese, score, scoring
from smallprint.evals.tasks import all_tasks


@pytest.mark.parametrize(
    ("task", "other"),
    [
        ("qasper", "longbench/qasper"),
        ("qasper", "qasper_e"),
        ("qasper", "longbench-e/qasper_e"),
        ("vt", "ruler/vt"),
        ("words", "no-prior/words"),
    ],
)
def test_names_of_one_task(task: str, other: str) -> None:
    assert score(task, "x y", ["x z"]) == score(other, "x y", ["x z"])


@pytest.mark.parametrize("task", ["nothing", "ruler/nothing", "vcsum_e", "vt_e", "QASPER", "niah", "", "ruler/"])
def test_an_unknown_task_is_told_what_there_is(task: str) -> None:
    with pytest.raises(DataError, match=r"is not known; allowed: narrativeqa, .* niah_single_1, .* mrcr, .* code$"):
        score(task, "x", ["x"])


def test_every_task_that_we_run_has_a_metric() -> None:
    for name, task in all_tasks().items():
        given = {"passage_retrieval_en": "Paragraph 1", "passage_retrieval_zh": "段落1"}
        answer = given.get(task.name.removesuffix("_e"), "12")
        classes = ["Str" if task.suite == "mmlongbench-doc" else answer]
        for asked in (name, task.name):
            assert score(asked, answer, [answer], all_classes=classes) > 0.99


def test_an_unknown_convention_is_told_what_there_is() -> None:
    assert CONVENTIONS == ("official", "glyph", "true-rouge")
    with pytest.raises(DataError, match="'paper' is not known; allowed: official, glyph, true-rouge"):
        score("vt", "x", ["x"], convention="paper")  # type: ignore[arg-type]


def test_a_bare_string_is_one_answer() -> None:
    assert score("vt", "abc", "abc") == 1.0
    assert score("vt", "ab", "abc") == 0.0


def test_what_is_no_string_is_an_error() -> None:
    with pytest.raises(DataError, match="strings are needed, got 12"):
        score("vt", "12", [12])  # type: ignore[list-item]
    with pytest.raises(DataError, match="strings are needed, got None"):
        score("vt", None, ["12"])  # type: ignore[arg-type]


def test_without_jieba_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    chinese._tokenizer.cache_clear()  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(DataError, match=r'pip install "smallprint\[eval\]"'):
        score("vcsum", "好", ["好"])
    assert score("qasper", "x", ["x"]) == 1.0


def test_jieba_says_nothing_and_leaves_nothing(tmp_path: object) -> None:
    code = "from smallprint.evals.metrics import score; print(score('multifieldqa_zh', '北京大学。', ['北京大学']))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"TMPDIR": str(tmp_path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1.0\n", "")


def test_words_that_others_teach_jieba_do_not_count() -> None:
    cut = chinese.words("小明硕士毕业")
    jieba = sys.modules["jieba"]
    jieba.dt.FREQ, jieba.dt.total, jieba.dt.initialized = {"小明硕士毕业": 9}, 9, True
    chinese._tokenizer.cache_clear()  # pyright: ignore[reportPrivateUsage]
    try:
        assert chinese.words("小明硕士毕业") == cut == ["小明", "硕士", "毕业"]
    finally:
        jieba.dt = jieba.Tokenizer()


def test_metrics_are_small_to_import() -> None:
    code = "import sys, smallprint.evals.metrics; sys.exit(' '.join({'jieba', 'torch', 'rapidfuzz', 'matplotlib'} & set(sys.modules)) or 0)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_docstring_runs() -> None:
    import doctest

    from smallprint.evals.metrics import own, rouge

    for module in (scoring, own, rouge):
        tested = doctest.testmod(module)
        assert tested.failed == 0
        assert tested.attempted > 0
