"""The place of a text that is most like some words.

In: words that are asked for, and a text as it was read. Out: a place in it, or None. Knows no task. What reading got wrong moves a place
little: the nearest is found by edit distance.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

LEAST = 70.0
"""Likeness, 0 to 100, under which a place is another one. Thirty characters of a novel are seldom over 65 like any other thirty."""


def end_of(words: str, text: str) -> int | None:
    """Where the first place with `words` ends in `text`, whose white space is single blanks; else the nearest's end."""
    at = text.find(words)
    if at >= 0:
        return at + len(words)
    found = fuzz.partial_ratio_alignment(words, text, score_cutoff=LEAST)
    if found is None or not text or len(text) < len(words):
        return None
    return _between_words(text, found.dest_end)


def _between_words(text: str, at: int) -> int:
    """`at`, or the nearest place beside it that is next to a blank."""
    for away in range(4):
        for end in (at + away, at - away):
            if 0 < end <= len(text) and (end == len(text) or " " in (text[end - 1], text[end])):
                return end
    return at


def nearest_name(name: str, names: Iterable[str], *, least: float = LEAST) -> str | None:
    """`name` if it is among the names; else the one nearest to it, the first of several."""
    known = list(dict.fromkeys(names))
    if name in known:
        return name
    found = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=least)
    return found[0] if found else None
