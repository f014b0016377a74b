"""MMLongBench-Doc: answers about documents, by the form that an answer has.

In: an answer, a prediction (the short answer alone) and the answer's form; then what was scored. Out: a score 0 to 1; accuracy and F1.
Source: github.com/mayubo2333/MMLongBench-Doc, eval/eval_score.py and run_lvlm.py, read 2026-11-21 at d73f0dc.

The official oddities stay: a Float is right within 1%, or as a percentage of itself; units ("mile", "million") are not taken off, since
the official code drops the result; an Int is cut, not rounded; lists are compared sorted, all or nothing where the first is a number or an
exact string, else by the worst pair. What makes the official code raise scores 0, as in run_lvlm.py. A list is read as a Python literal;
the official code runs it, so that a list with arithmetic or calls in it is one there and scores 0 here.

Scores 0 against itself: an Int that is not written as one, a Float that is no number, a list that is no literal or has no entries. Of the
1,082 answers of the data set five are such: "21%", "14:04 CET", "yes" and "GPT-4" as Int, "[]" as List.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from math import isclose
from typing import Any, cast

from smallprint.errors import DataError

FORMS = ("Str", "Int", "Float", "List", "None")
NOT_ANSWERABLE = "Not answerable"
_LEAST_ANLS = 0.5
_CLOSE = 0.01
_IN_BRACKETS = re.compile(r"\s*\([^)]*\)")
_EXACT = (
    re.compile(r"\d+(?:[-\s]\d+|-\d+)?"),  # telephone numbers, years and months
    re.compile(r"\d{4}[-\s]\d{2}[-\s]\d{2}"),
    re.compile(r"[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}"),
)


def score(answer: str, prediction: str, answer_format: str) -> float:
    """0 to 1. Raises `DataError` for an unknown form."""
    if answer_format not in FORMS:
        raise DataError(f"answer_format: {answer_format!r} is not known; allowed: {', '.join(FORMS)}")
    if answer_format == "Int":
        return float(_same_int(answer, prediction))
    if answer_format == "Float":
        return float(_same_float(answer, prediction))
    if answer_format == "List":
        return _lists(answer, prediction)
    wanted, found = _clean(answer), _clean(prediction)
    return float(wanted == found) if _is_exact(wanted) else anls(wanted, found)


def anls(wanted: str, found: str) -> float:
    """1 - edit distance / length of the longer; 0 where that is half or less."""
    from rapidfuzz.distance import Levenshtein

    # As capitals, since the official code measures those: "ß" is two.
    longer = max(len(wanted.upper()), len(found.upper()))
    likeness = 1.0 - (Levenshtein.distance(wanted, found) / longer if longer else 0.0)
    return likeness if likeness > _LEAST_ANLS else 0.0


def _same_int(answer: str, prediction: str) -> bool:
    try:
        return int(answer) == int(float(prediction))
    except (ValueError, OverflowError):
        # The official code then compares the answer with the empty string.
        return answer == ""


def _same_float(answer: str, prediction: str) -> bool:
    try:
        wanted, found = float(_clean(answer)), float(_clean(prediction))
    except ValueError:
        return False
    for each in (wanted / 100, wanted, wanted * 100):
        if isclose(each, found, rel_tol=_CLOSE):
            return True
        places = max(min(_places(found), _places(each)), 2)
        if round(found, places) == round(each, places):
            return True
    return False


def _places(number: float) -> int:
    """Decimal places as Python writes them; three where it writes none."""
    _, point, decimals = str(number).partition(".")
    return len(decimals) if point else 3


def _lists(answer: str, prediction: str) -> float:
    try:
        wanted, found = _entries(answer), _entries(prediction)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return 0.0
    if len(wanted) != len(found) or not wanted:
        return 0.0
    wanted, found = sorted(map(_clean, wanted)), sorted(map(_clean, found))
    if _is_number(wanted[0]) or _is_exact(wanted[0]):
        return float("-".join(wanted) == "-".join(found))
    return min(anls(*pair) for pair in zip(wanted, found, strict=True))


def _entries(text: str) -> list[str]:
    """Of a list as Python writes it; anything else is one entry."""
    if not text.startswith("["):
        return [text]
    with warnings.catch_warnings():
        # Of escapes that Python does not know, in what a model wrote.
        warnings.simplefilter("ignore")
        found = ast.literal_eval(text)
    return [str(entry) for entry in cast("list[Any]", found)] if isinstance(found, list) else [str(found)]


def _clean(text: str) -> str:
    cleaned = _IN_BRACKETS.sub("", text.lower().strip()).strip()
    if cleaned[:1] in ("'", '"'):
        cleaned = cleaned[1:]
    if cleaned[-1:] in ("'", '"'):
        cleaned = cleaned[:-1]
    return cleaned.strip().lstrip("$").strip().rstrip("%").strip()


def _is_exact(text: str) -> bool:
    """Addresses, files, pages, numbers, times and dates are right or wrong, never nearly right."""
    return (
        "https://" in text
        or text.endswith((".py", "ipynb"))
        or text.startswith("page")
        or "a.m." in text
        or "p.m." in text
        or any(pattern.fullmatch(text) for pattern in _EXACT)
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One question that was scored."""

    answer: str
    prediction: str
    score: float


def accuracy_and_f1(scored: Iterable[Scored]) -> tuple[float, float]:
    """Mean score; and F1 of what it earned on questions with an answer, against those questions and against what was answered."""
    rows = list(scored)
    if not rows:
        return 0.0, 0.0
    accuracy = sum(row.score for row in rows) / len(rows)
    earned = sum(row.score for row in rows if row.answer != NOT_ANSWERABLE)
    n_answerable = sum(row.answer != NOT_ANSWERABLE for row in rows)
    n_answered = sum(row.prediction != NOT_ANSWERABLE for row in rows)
    if not n_answerable or not n_answered:
        return accuracy, 0.0
    recall, precision = earned / n_answerable, earned / n_answered
    return accuracy, 2 * recall * precision / (recall + precision) if recall + precision > 0.0 else 0.0
