"""Where text may be cut without a word of it changing: blocks of whole paragraphs.

In: text in chunks that end anywhere. Out: the same text in blocks that end where paragraphs end, so that directions, line breaks and joined
letters come out alike however the text arrives. A paragraph that is longer than `LIMIT` is cut at the same places every time, after a space
where there is one. Knows nothing of cells.
"""

from __future__ import annotations

from collections.abc import Iterator

LIMIT = 1 << 14
"""Characters of a paragraph that are seen together."""

ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""What ends a paragraph: the characters of `str.splitlines`, which Unicode's bidi class B and its line breaks make up."""


def blocks(chunks: Iterator[str]) -> Iterator[str]:
    """The text of `chunks`, cut at the ends of paragraphs or, where these are far apart, of pieces of them.

    No chunk may end between "\\r" and "\\n".
    """
    held = ""
    for chunk in chunks:
        text = held + chunk
        end = _last_end(text)
        while len(text) - end > LIMIT:
            end = _cut(text, end)
        if end:
            yield text[:end]
        held = text[end:]
    if held:
        yield held


def pieces(block: str) -> list[int]:
    """Where the paragraphs, or pieces of long ones, of a block begin."""
    starts: list[int] = []
    for start, end in _paragraphs(block):
        starts.append(start)
        while end - start > LIMIT:
            start = _cut(block, start)
            if start < end:
                starts.append(start)
    return starts


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        yield start, at


def _last_end(text: str) -> int:
    """The place after the last end of a paragraph."""
    return max(map(text.rfind, ENDS)) + 1


def _cut(text: str, start: int) -> int:
    """Where the piece that starts at `start` and is longer than `LIMIT` ends."""
    end = start + LIMIT
    space = text.rfind(" ", start + LIMIT // 2, end)
    return space + 1 if space >= 0 else end
