"""RULER: which answers stand in the prediction.

In: predictions with their answers; then scores. Out: a score 0 to 1 a prediction; percentages. Knows no prompts.
Source: github.com/NVIDIA/RULER, scripts/eval/evaluate.py and scripts/eval/synthetic/constants.py, read 2026-11-21 at c3f5e3b. Where the
paper on Glyph (arXiv 2510.17800) leaves two tasks out, `average_without_uuid` does.

Small and capital letters are alike, and an answer may be a part of a longer word. Every answer scores 1 against itself unless it has a
control character, a line end among them, that is not one line end, or white space at its ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from smallprint.errors import DataError

TASKS: dict[str, bool] = {
    **dict.fromkeys(("niah_single_1", "niah_single_2", "niah_single_3"), True),
    **dict.fromkeys(("niah_multikey_1", "niah_multikey_2", "niah_multikey_3"), True),
    **dict.fromkeys(("niah_multivalue", "niah_multiquery", "vt", "cwe", "fwe"), True),
    **dict.fromkeys(("qa_1", "qa_2"), False),
}
"""Whether all answers have to be found; otherwise they are several ways to say one thing."""
UUID_TASKS = ("niah_single_3", "niah_multikey_3")
_CONTROL = re.compile(r"[\x00-\x1f]")


def score(task: str, prediction: str, answers: Sequence[str]) -> float:
    """The share of the answers that stand in the prediction; for questions 1 if any does. Raises `DataError` without answers."""
    if not answers:
        raise DataError(f"answers: {task} needs at least one, got none")
    said = _CONTROL.sub("\n", prediction.strip()).strip().lower()
    found = [answer.lower() in said for answer in answers]
    return sum(found) / len(found) if TASKS[task] else float(any(found))


def percentage(scores: Sequence[float]) -> float:
    """A task's figure: the mean times 100, to two places. Raises `DataError` for none."""
    if not scores:
        raise DataError("scores: there are none; at least one is needed")
    return round(sum(scores) / len(scores) * 100, 2)


def average(percentages: Mapping[str, float]) -> float:
    """The mean over all 13 tasks. Raises `DataError` where one is missing."""
    return _mean(percentages, tuple(TASKS))


def average_without_uuid(percentages: Mapping[str, float]) -> float:
    """The mean over 11 tasks, without the two whose answers are UUIDs. Raises `DataError` where one is missing."""
    return _mean(percentages, tuple(task for task in TASKS if task not in UUID_TASKS))


def _mean(percentages: Mapping[str, float], tasks: Sequence[str]) -> float:
    missing = [task for task in tasks if task not in percentages]
    if missing:
        raise DataError(f"average: no figure for {', '.join(missing)}; all of {', '.join(tasks)} are needed")
    return sum(percentages[task] for task in tasks) / len(tasks)
