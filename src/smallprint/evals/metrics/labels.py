"""LongBench's scores for a label or a number.

In: a prediction and one answer. Out: a score, 0 to 1. Source: github.com/THUDM/LongBench, LongBench/metrics.py, read 2026-11-21 at 2e00731.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from smallprint.errors import DataError

_NUMBER = re.compile(r"\d+")


def classification(prediction: str, answer: str, all_classes: Sequence[str]) -> float:
    """1 over the number of classes that stand in the prediction, if the answer is one of them.

    A class that is a part of the answer's name does not count, but the official code takes it from the list that it is going through, and
    so passes over the next: of two such classes in a row, the second stays. An answer that contains another class still scores 1 against
    itself; one that contains two scores 1/2, unless a class that stays is between them in `all_classes`.
    """
    matches = [name for name in all_classes if name in prediction]
    at = 0
    while at < len(matches):
        if matches[at] in answer and matches[at] != answer:
            # The first that is equal, which stands elsewhere where a class is listed twice.
            matches.remove(matches[at])
        at += 1
    return 1.0 / len(matches) if answer in matches else 0.0


def count(prediction: str, answer: str) -> float:
    """The share of the prediction's numbers that are the answer; digits are compared as they are written."""
    numbers: list[str] = _NUMBER.findall(prediction)
    return numbers.count(answer) / len(numbers) if numbers else 0.0


def retrieval(prediction: str, answer: str, *, label: str) -> float:
    """`count` for the first number that stands behind `label` in the answer ("Paragraph 12"); the prediction needs no label.

    Raises `DataError` for an answer without one.
    """
    named = re.search(re.escape(label) + r"(\d+)", answer)
    if named is None:
        raise DataError(f"answers: {answer!r} names no paragraph; allowed: {label}<number>")
    return count(prediction, named[1])
