"""Scores of our own tasks: exact strings, transcription, names of code.

In: a prediction and answers. Out: a score 0 to 1; error rates from 0 up. Where texts are compared whole, white space counts as one blank
wherever there is any, and as none at the ends: a page shows no more of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from smallprint.errors import DataError

_CALL = re.compile(r"(?<=\w)\([^()]*\)")
_BETWEEN = re.compile(r"[\s,;|]+")
_EDGES = "`'\"()[]{}<>.:*!?#•·–—-“”‘’"


def exact(prediction: str, answers: Sequence[str]) -> float:
    """The share of the answers that stand in the prediction, letter for letter, and not as a part of a longer run of letters and digits.

    Raises `DataError` for an empty answer, which stands anywhere.
    """
    if "" in answers:
        raise DataError(f"answers: an exact string cannot be empty, got {list(answers)!r}")
    return sum(_stands(answer, prediction) for answer in answers) / len(answers)


def _stands(answer: str, prediction: str) -> bool:
    at = prediction.find(answer)
    while at >= 0:
        end = at + len(answer)
        if not _joined(prediction[at - 1 : at], answer[:1]) and not _joined(answer[-1:], prediction[end : end + 1]):
            return True
        at = prediction.find(answer, at + 1)
    return False


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours belong to one run; a mark makes another letter of the one before it."""
    return bool(left and right) and (left.isalnum() or _is_mark(left)) and (right.isalnum() or _is_mark(right))


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def cer(text: str, read: str) -> float:
    """Edit distance in characters, as a share of the text's; over 1 where much was added."""
    from rapidfuzz.distance import Levenshtein

    truth, seen = " ".join(text.split()), " ".join(read.split())
    return Levenshtein.distance(truth, seen) / max(1, len(truth))


def wer(text: str, read: str) -> float:
    """Edit distance in words, as a share of the text's; over 1 where much was added."""
    from rapidfuzz.distance import Levenshtein

    truth, seen = text.split(), read.split()
    return Levenshtein.distance(truth, seen) / max(1, len(truth))


def transcription(prediction: str, answers: Sequence[str]) -> float:
    """1 - the character error rate, 0 where that is over 1; of the answer that is nearest."""
    return max(1.0 - min(1.0, cer(answer, prediction)) for answer in answers)


def code(prediction: str, answers: Sequence[str]) -> float:
    """F1 of the names in the prediction against the names in the answers: every name counts once, one too many costs like one too few."""
    wanted, found = names(" ".join(answers)), names(prediction)
    if not wanted:
        return float(not found)
    return 2 * len(wanted & found) / (len(wanted) + len(found))


def names(text: str) -> set[str]:
    """What white space, commas, semicolons or bars part, without quotes, brackets, list marks and numbers, and the arguments of calls.

    >>> sorted(names("1. `send(request, stream=True)`\\n2. `Client.get`"))
    ['Client.get', 'send']
    """
    return set(_without_edges(_BETWEEN.split(_CALL.sub("", text))))


def _without_edges(parts: Iterable[str]) -> Iterable[str]:
    for part in parts:
        name = part.strip(_EDGES)
        if name and not name.isdecimal():
            yield name
