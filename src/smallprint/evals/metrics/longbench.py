"""LongBench and LongBench-E: how each data set is scored, and what the scores come to.

In: predictions with their answers; then scores. Out: a score 0 to 1 a prediction; the percentages that the official code prints. Knows no
prompts. Source: github.com/THUDM/LongBench, LongBench/eval.py, pred.py and config/dataset2maxlen.json, read 2026-11-21 at 2e00731;
categories: arXiv 2308.14508, table 1.

What scores below 1 against its own answer: ROUGE gives 0.999999995, and 0 where texts are too long for the official code (rouge.py) or have
no sentence; questions 0 where the answer has no word (overlap.py); classes as in labels.py; code as in similarity.py; for the data sets
of which the first line alone is scored, answers of several lines; counts whose answer is not written as digits alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from smallprint.errors import DataError
from smallprint.evals.metrics import labels, overlap, rouge, similarity

Convention: TypeAlias = Literal["official", "glyph", "true-rouge"]
Scorer: TypeAlias = Callable[[str, str], float]
"""(prediction, answer) -> 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A row of the table."""

    name: str
    metric: Literal[
        "qa_f1",
        "qa_f1_zh",
        "rouge",
        "rouge_zh",
        "classification",
        "retrieval",
        "retrieval_zh",
        "count",
        "code_similarity",
    ]
    category: str
    language: Literal["en", "zh", "code"]
    max_new_tokens: int
    in_e: bool = False
    """Whether LongBench-E has it."""
    first_line: bool = False
    """Whether only the prediction's first line that is not empty is scored."""
    chat_template: bool = True
    """Whether the official code wraps the prompt in the model's chat template."""


_SINGLE, _MULTI, _SUMMARY, _FEW_SHOT = "single-document QA", "multi-document QA", "summarization", "few-shot"
_SYNTHETIC, _CODE = "synthetic", "code"
CATEGORIES = (_SINGLE, _MULTI, _SUMMARY, _FEW_SHOT, _SYNTHETIC, _CODE)

_QA = partial(Dataset, metric="qa_f1", language="en")
_SUMMARIES = partial(Dataset, metric="rouge", category=_SUMMARY, language="en", max_new_tokens=512)
_EXAMPLES = partial(Dataset, category=_FEW_SHOT, first_line=True, chat_template=False)
_MADE = partial(Dataset, category=_SYNTHETIC, max_new_tokens=32)
_LINES = partial(
    Dataset,
    metric="code_similarity",
    category=_CODE,
    language="code",
    max_new_tokens=64,
    in_e=True,
    chat_template=False,
)

DATASETS: dict[str, Dataset] = {
    row.name: row
    for row in (
        _QA(name="narrativeqa", category=_SINGLE, max_new_tokens=128),
        _QA(name="qasper", category=_SINGLE, max_new_tokens=128, in_e=True),
        _QA(name="multifieldqa_en", category=_SINGLE, max_new_tokens=64, in_e=True),
        _QA(name="multifieldqa_zh", category=_SINGLE, metric="qa_f1_zh", language="zh", max_new_tokens=64),
        _QA(name="hotpotqa", category=_MULTI, max_new_tokens=32, in_e=True),
        _QA(name="2wikimqa", category=_MULTI, max_new_tokens=32, in_e=True),
        _QA(name="musique", category=_MULTI, max_new_tokens=32),
        _QA(name="dureader", category=_MULTI, metric="rouge_zh", language="zh", max_new_tokens=128),
        _SUMMARIES(name="gov_report", in_e=True),
        _SUMMARIES(name="qmsum"),
        _SUMMARIES(name="multi_news", in_e=True),
        _SUMMARIES(name="vcsum", metric="rouge_zh", language="zh"),
        _EXAMPLES(name="trec", metric="classification", language="en", max_new_tokens=64, in_e=True),
        _EXAMPLES(name="triviaqa", metric="qa_f1", language="en", max_new_tokens=32, in_e=True),
        _EXAMPLES(name="samsum", metric="rouge", language="en", max_new_tokens=128, in_e=True),
        _EXAMPLES(name="lsht", metric="classification", language="zh", max_new_tokens=64),
        _MADE(name="passage_count", metric="count", language="en", in_e=True),
        _MADE(name="passage_retrieval_en", metric="retrieval", language="en", in_e=True),
        _MADE(name="passage_retrieval_zh", metric="retrieval_zh", language="zh"),
        _LINES(name="lcc"),
        _LINES(name="repobench-p"),
    )
}  # fmt: skip
E_SUFFIX = "_e"
"""LongBench-E's data sets are named so; they are scored like LongBench's."""
BUCKETS: tuple[tuple[str, float], ...] = (("0-4k", 4000), ("4-8k", 8000), ("8k+", float("inf")))
"""Name and first length that is too long: words of English, characters of Chinese."""

# What the Glyph scripts take out of a prediction (github.com/thu-coai/Glyph, evaluation/longbench/scripts/clear_pred.py, read 2026-11-21).
_THINKING = re.compile(r"<think>.*?</think>\s*", re.DOTALL)
_TAG = re.compile(r"<\|[^|]+\|>")


def dataset(name: str) -> Dataset | None:
    """The row of a data set of LongBench or LongBench-E."""
    plain = name.removesuffix(E_SUFFIX)
    row = DATASETS.get(plain)
    return row if row is not None and (plain == name or row.in_e) else None


def needs_chinese_words(name: str) -> bool:
    """Whether a data set is scored by words of Chinese, which jieba cuts."""
    row = dataset(name)
    return row is not None and row.metric in ("qa_f1_zh", "rouge_zh")


def score(
    row: Dataset, prediction: str, answers: Sequence[str], *, all_classes: Sequence[str] | None, convention: Convention
) -> float:
    """The best over the answers, 0 where there are none. Raises `DataError` for an item that has not what its metric needs."""
    if convention == "glyph":
        prediction = cleaned(prediction)
    if row.first_line:
        prediction = prediction.lstrip("\n").split("\n")[0]
    scorer = _scorer(row, all_classes, limited=convention != "true-rouge")
    return max((scorer(prediction, answer) for answer in answers), default=0.0)


def cleaned(prediction: str) -> str:
    """As the Glyph scripts clean it before the official code scores it: no thinking, no tags, one blank for each run of white space."""
    return " ".join(_TAG.sub("", _THINKING.sub("", prediction)).split())


def exceeds_recursion(row: Dataset, prediction: str, answers: Sequence[str]) -> bool:
    """Whether the official code gives 0 to this prediction for one of the answers only because Python's stack is too short for them."""
    if row.first_line:
        prediction = prediction.lstrip("\n").split("\n")[0]
    if row.metric == "rouge":
        return any(rouge.exceeds_recursion(prediction, answer) for answer in answers)
    if row.metric == "rouge_zh":
        words, most = rouge.spaced(prediction), rouge.MOST_STEPS_ZH
        return any(rouge.exceeds_recursion(words, rouge.spaced(answer), most_steps=most) for answer in answers)
    return False


def _scorer(row: Dataset, all_classes: Sequence[str] | None, *, limited: bool) -> Scorer:
    scorers: dict[str, Scorer] = {
        "qa_f1": overlap.qa_f1,
        "qa_f1_zh": overlap.qa_f1_zh,
        "rouge": partial(rouge.rouge_l, most_steps=rouge.MOST_STEPS if limited else None),
        "rouge_zh": partial(rouge.rouge_l_zh, most_steps=rouge.MOST_STEPS_ZH if limited else None),
        "count": labels.count,
        "retrieval": partial(labels.retrieval, label="Paragraph "),
        "retrieval_zh": partial(labels.retrieval, label="段落"),
        "code_similarity": similarity.code_similarity,
    }
    if row.metric != "classification":
        return scorers[row.metric]
    if all_classes is None:
        raise DataError(f"all_classes: {row.name} needs the names of all classes, got None")
    return partial(labels.classification, all_classes=all_classes)


def percentage(scores: Iterable[float]) -> float:
    """A data set's figure: 100 times the mean, to two places. Raises `DataError` for none."""
    total, n = 0.0, 0
    # Not sum(): from Python 3.12 on it rounds otherwise than the official loop.
    for each in scores:
        total += each
        n += 1
    if n == 0:
        raise DataError("scores: there are none; at least one is needed")
    return round(100 * total / n, 2)


def bucket(length: float) -> str:
    """Of LongBench-E, by the data's own `length`.

    >>> bucket(3999), bucket(4000), bucket(8000)
    ('0-4k', '4-8k', '8k+')
    """
    return next((name for name, end in BUCKETS if length < end), BUCKETS[-1][0])


def percentages_by_length(scores: Iterable[tuple[float, float]]) -> dict[str, float | None]:
    """LongBench-E's figures from (score, length), by bucket; None for a bucket without any."""
    import numpy as np

    found: dict[str, list[float]] = {name: [] for name, _ in BUCKETS}
    for each, length in scores:
        found[bucket(length)].append(each)
    # NumPy's mean and rounding, as in the official code: Python's round other halves.
    return {name: float(np.round(100 * np.mean(own), 2)) if own else None for name, own in found.items()}


def category_means(percentages: Mapping[str, float]) -> dict[str, float]:
    """The mean of each category, from figures by data set. Raises `DataError` for a name that is no data set."""
    found: dict[str, list[float]] = {name: [] for name in CATEGORIES}
    for name, figure in percentages.items():
        row = dataset(name)
        if row is None:
            raise DataError(f"data set: {name!r} is not known; allowed: {', '.join(DATASETS)}")
        found[row.category].append(figure)
    return {name: sum(own) / len(own) for name, own in found.items() if own}


def average(percentages: Mapping[str, float]) -> float:
    """The paper's average: the mean of the six category means, so that data sets of large categories count less.

    Raises `DataError` where a category has no data set, since the figure would be another one.
    """
    means = category_means(percentages)
    missing = [name for name in CATEGORIES if name not in means]
    if missing:
        raise DataError(f"average: no data set of {', '.join(missing)}; each of the six categories needs one")
    return sum(means.values()) / len(means)
