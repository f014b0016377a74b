"""LongBench's F1 for questions: words that answer and prediction share.

In: a prediction and one answer. Out: a score, 0 to 1. Source: github.com/THUDM/LongBench, LongBench/metrics.py, read 2026-11-21 at 2e00731.

Two texts without a word share nothing and get 0, also where they are the same: an answer of articles and ASCII punctuation alone ("The",
"...") scores 0 against itself.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from smallprint.evals.metrics import chinese

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_CHINESE_PUNCTUATION = str.maketrans(
    "",
    "",
    string.punctuation + "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿"
    "｀｛｜｝～｟｠｢｣､、〃》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏.",
)
"""The official list, which has "》" without "《"."""


def qa_f1(prediction: str, answer: str) -> float:
    """Over English words: lower case, then no punctuation, then no articles, then cut at white space; in this order."""
    return _f1(_english(prediction), _english(answer))


def qa_f1_zh(prediction: str, answer: str) -> float:
    """Over jieba's words, each cleaned after the text was cut; those of which nothing is left do not count."""
    return _f1(_chinese(prediction), _chinese(answer))


def _english(text: str) -> list[str]:
    return _ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def _chinese(text: str) -> list[str]:
    cleaned = ("".join(word.lower().translate(_CHINESE_PUNCTUATION).split()) for word in chinese.words(text))
    return [word for word in cleaned if word]


def _f1(found: Sequence[str], wanted: Sequence[str]) -> float:
    n_shared = sum((Counter(found) & Counter(wanted)).values())
    if n_shared == 0:
        return 0.0
    precision, recall = n_shared / len(found), n_shared / len(wanted)
    return (2 * precision * recall) / (precision + recall)
