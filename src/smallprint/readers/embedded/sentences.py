"""A text cut into sentences.

In: text. Out: spans that hold all of it but white space. Knows no language: a sentence ends at a full stop, at a question or exclamation
mark, or where a line ends that was not wrapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_CHARS = 600
"""Longer ones are cut where there is white space: lists, and texts without full stops."""
_WRAPPED = 20
"""Characters that a line must have to have been broken by its width."""
_LINE_CHARS = 200
"""As much of a line as is looked at."""
_ENTRY = re.compile(r"[\w.\- ]{1,30}(?:\s?[:=]\s|=)|[;{}\])]$")
"""A key with its value, or a line of code."""

_END = re.compile(
    r"""
    (?P<stop>[.!?…]+["'”’»)\]_]*(?=\s)) |
    [。！？｡．]+[”’」』）]* |
    [।॥؟۔]+ |
    (?P<line>[ \t]*[\n\v\f\r\u2028\u2029]\s*)
    """,
    re.VERBOSE,
)
_SHORT = re.compile(r"(?:^|[\s\"'“‘(._])([^\W\d_]{1,3})\.$")


def sentences_of(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the sentences, in order, without the white space around them."""
    start = 0
    for found in _END.finditer(text):
        if found["line"] is not None:
            if _is_wrapped(text, found.start(), found.end()):
                continue
        elif found["stop"] is not None and _goes_on(text, start, found):
            continue
        yield from _cut(text, start, found.end())
        start = found.end()
    yield from _cut(text, start, len(text))


def _is_wrapped(text: str, end: int, after: int) -> bool:
    """Whether a line was broken by its width: it goes on with a small letter, and neither it nor the next is an entry of a list."""
    if text[after : after + 1].islower() and text.count("\n", end, after) < 2:
        line = text[max(text.rfind("\n", 0, end), end - _LINE_CHARS - 1) + 1 : end]
        following = text[after : after + _LINE_CHARS].split("\n", 1)[0]
        return len(line) >= _WRAPPED and not _ENTRY.search(line) and not _ENTRY.match(following)
    return False


def _goes_on(text: str, start: int, found: re.Match[str]) -> bool:
    """Whether a stop is that of a short form ("St. John"), or is followed by a small letter."""
    follows = re.compile(r"\s*[\"'“”‘’«»„(\[_]*").match(text, found.end())
    after = text[follows.end() : follows.end() + 1] if follows else ""
    if after.islower():
        return True
    short = _SHORT.search(text, max(start, found.start() - 5), found.start() + 1)
    return short is not None and found.group() == "." and short.group(1)[0].isupper() and after.isalpha()


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_CHARS:
        at = max(text.rfind(mark, start + MAX_CHARS // 2, start + MAX_CHARS) for mark in ("; ", ", ", " ", "，", "、"))
        at = at + 1 if at > 0 else start + MAX_CHARS
        yield start, at
        start = at
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
