"""How RULER's tasks are answered without understanding: find the sentence, copy the value; follow the chain; count the words.

In: the context as it was read, and the question. Out: an answer. Knows no item. A rule looks for what it needs as a patient reader does: a
letter more, less or other in a key still is that key, and blanks and line breaks count for nothing; but a value is copied as it was read.
So a wrong answer means that the value, or nearly all around it, was misread.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

_BLANKS = re.compile(r"\s+")

_ASKED = re.compile(r"special magic (numbers?|uuids?|words?) for (.+?) mentioned in the provided text", re.DOTALL)
_ANCHOR = "special|magic|numbers|uuids|words"
_OF_ONE_NEEDLE = 24
"""Characters from the first of these words to the end of the last, without blanks."""
_SAME_KEY = 78.0
"""rapidfuzz's ratio in per cent. Of 10,000 pairs of keys drawn at random none had more than 77 in common; of 5,000 keys with three letters
misread all had 80 (2026-11-21)."""
_FORMS = {
    "number": re.compile(r"\d{5,9}|[^.\s]{1,9}"),
    "uuid": re.compile(r"[0-9a-fA-F-]{30,40}|[^.\s]{1,36}"),
    "word": re.compile(r"[\w-]+"),
}
"""Of a value: what it looks like, else what stands in its place up to the full stop."""
_STEPS = 6
"""How far the end of the key may be from where it was found, when letters are missing in it."""


def needles(context: str, question: str) -> str:
    """Values of the keys that the question names, in the order of the keys, with commas; empty where none is found."""
    asked = _ASKED.search(question)
    if not asked:
        return ""
    kind, keys = asked[1].removesuffix("s"), _keys(asked[2])
    text = _BLANKS.sub("", context)
    values: list[str] = []
    for key in keys:
        found = sorted(_needles_for(key, text), key=lambda each: -each[0])
        if asked[1] == kind:
            found = found[:1]
        for _, at in sorted(found, key=lambda each: each[1]):
            if value := _FORMS[kind].match(text, at):
                values.append(value[0])
    return ", ".join(dict.fromkeys(values))


def _keys(listed: str) -> list[str]:
    """From "a", or "a, b, and c"."""
    parts = [part.removeprefix("and ").strip() for part in listed.split(",")]
    return [_BLANKS.sub("", part) for part in parts if part]


def _needles_for(key: str, text: str) -> Iterator[tuple[float, int]]:
    """How well each needle's key agrees, and where its value begins; a needle comes once for each word that gives it away."""
    wanted = f"for{key}is:"
    around = re.compile(rf"{_ANCHOR}|{re.escape(key)}")
    for anchor in around.finditer(text):
        start = max(0, anchor.start() - (_STEPS if anchor[0] == key else 0))
        window = text[start : anchor.start() + _OF_ONE_NEEDLE + len(wanted) + _STEPS]
        best = fuzz.partial_ratio_alignment(wanted, window, score_cutoff=_SAME_KEY)
        if best is not None:
            yield best.score, start + _end_of_key(window, best.dest_end)


def _end_of_key(window: str, near: int) -> int:
    """Behind the colon, or behind what was read for it."""
    first = max(0, near - _STEPS)
    place = max(window.rfind(mark, first, near + _STEPS) for mark in ":;")
    return place + 1 if place >= 0 else near


_VALUE = re.compile(r"assigned\s+the\s+value\s+(\S+?)\s+in\b")
_EQUALS = re.compile(r"[=~≈]")
_LONGEST_LEFT = 9
"""Characters before the sign of equality: VAR, five letters, and one too many."""
_LONGEST_RIGHT = 10
"""Behind it: the same, with two too many."""
_NAME_ERRORS = 2
"""In 69 of 10,000 chains two names are so near to each other (2026-11-21); the nearest one is taken."""


def tracing(context: str, question: str) -> str:
    """Names of the variables that have the value, along the chain, with blanks."""
    asked = _VALUE.search(question)
    if not asked:
        return ""
    links = list(_links(_BLANKS.sub("", context)))
    found: list[str] = []
    sought = [asked[1]]
    for right in sought:
        distances = [Levenshtein.distance(right, link[1]) for link in links]
        nearest = min(distances, default=_NAME_ERRORS + 1)
        for (left, _), distance in zip(links, distances, strict=True):
            if distance == nearest <= _NAME_ERRORS and left not in found:
                found.append(left)
                sought.append(left)
    return " ".join(found)


def _links(text: str) -> Iterator[tuple[str, str]]:
    """(name, value or name) of each assignment in a text without blanks."""
    for match in _EQUALS.finditer(text):
        left = _left(text[max(0, match.start() - _LONGEST_LEFT) : match.start()])
        right = _right(text[match.end() : match.end() + _LONGEST_RIGHT])
        if left and right:
            yield left, right


def _left(before: str) -> str:
    """The name at the end: what follows VAR, and without one the last five capitals."""
    place = before.find("VAR")
    name = before[place + 3 :] if place >= 0 else before[-5:]
    return "".join(char for char in name if char.isalnum())


def _right(behind: str) -> str:
    """The number or the name at the beginning, without small letters: there are none in names, but in the line that follows."""
    capitals = re.match(r"[A-Z0-9]*", re.sub(r"[a-z]", "", behind))
    run = capitals[0] if capitals else ""
    if number := re.match(r"\d{4,6}", run):
        return number[0]
    for length in (3, 2, 4):
        if Levenshtein.distance(run[:length], "VAR") <= 1:
            return run[length : length + 5]
    return run[:5]


_LISTED = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_N_COMMON = re.compile(r"the (\d+) most common words")


def common_words(context: str, question: str) -> str:
    """The most common words of the list, numbered."""
    asked = _N_COMMON.search(question)
    counted = Counter(word.lower() for word in _LISTED.findall(context))
    most = counted.most_common(int(asked[1]) if asked else 10)
    return " ".join(f"{number}. {word}" for number, (word, _) in enumerate(most, 1))


def frequent_words(context: str, _question: str) -> str:
    """The three most frequent words; dots are none."""
    return ", ".join(word for word, _ in Counter(_LISTED.findall(context.lower())).most_common(3))
