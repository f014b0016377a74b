"""Likeness of two texts by difflib: LongBench's for code, and the grade of MRCR.

In: a prediction and one answer. Out: a score, 0 to 1. difflib's own shortcut for texts over 200 characters (autojunk) stays on in both.
Sources: github.com/THUDM/LongBench, LongBench/metrics.py, read 2026-11-21 at 2e00731; `grade` on the card of the data set openai/mrcr, as
public code quotes it, read 2026-11-21.
"""

from __future__ import annotations

from difflib import SequenceMatcher

_NO_CODE = ("`", "#", "//")
PREFIX_CHARS = 10
"""The random string that openai/mrcr puts in front of each answer: ten letters and digits."""


def code_similarity(prediction: str, answer: str) -> float:
    """Of the first line without a back-tick, "#" or "//", in whole hundredths.

    Line ends in front of the prediction do not count. The answer is not cut: one with a line end or "#" in it need not score 1 against
    itself.
    fuzzywuzzy's `ratio`, which the official code takes, is this where python-Levenshtein is not installed; with it the figures are others.
    """
    lines = prediction.lstrip("\n").split("\n")
    line = next((line for line in lines if not any(mark in line for mark in _NO_CODE)), "")
    return round(100 * SequenceMatcher(None, line, answer).ratio()) / 100


def grade(prediction: str, answer: str, prefix: str | None = None) -> float:
    """0 unless the prediction begins with the prefix; then the likeness of what follows. Nothing is stripped.

    `prefix` is the item's random string; None takes the answer's first `PREFIX_CHARS` characters for it.
    """
    start = answer[:PREFIX_CHARS] if prefix is None else prefix
    if not prediction.startswith(start):
        return 0.0
    return SequenceMatcher(None, prediction.removeprefix(start), answer.removeprefix(start)).ratio()
