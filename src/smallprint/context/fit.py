"""The densest style for each part of a text that is still read as well as asked.

In: a text, styles, a reader, and the share of characters that may be misread. Out: a `Fit`: parts in order, each with its style. Code,
tables, names and plain prose differ in what they stand; so the text is cut where its kind changes, each part is drawn in every style and
read back, and takes the cheapest style that passes. Neighbours of one style are drawn together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smallprint.context.exact import exact_strings
from smallprint.errors import DataError
from smallprint.readers.sight.compare import Tally, tally
from smallprint.render import render
from smallprint.tokens.vision import vision_tokens

if TYPE_CHECKING:
    from smallprint.readers.sight.page_reader import PageReader
    from smallprint.render import Page, Style

STYLES = ("fine-5", "fine-6", "fine-7", "dense", "flow", "code", "legible")
"""What is tried where no styles are given: what the networks that ship were trained to read."""
PART_CHARS = 3000
"""About as long is a part; less cannot be measured, and a page should be full."""
LEAST_CHARS = 600
"""So long is a part at least before a change of kind ends it."""
MOST_ODD, MOST_EXACT = 0.06, 0.1
"""Shares of a prose's characters that may be signs and digits, and that may stand in exact strings."""
_PROSE_MARKS = ".,;:!?'\"()-\u2013\u2014\u2018\u2019\u201c\u201d"
_BLANK = re.compile(r"\r?\n(?:[ \t]*\r?\n)+")
_LINE_END = re.compile(r"\r?\n")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A run of the text in one style."""

    span: tuple[int, int]
    style: Style
    tally: Tally
    tokens: int
    pages: int
    met: bool
    """Whether each piece of it, of about `PART_CHARS`, is read as well as asked; where no style was, the best is taken."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Parts that tile the text, and what each style alone would give."""

    parts: tuple[Part, ...]
    alone: tuple[Part, ...]

    @property
    def tally(self) -> Tally:
        return sum((part.tally for part in self.parts), Tally(0, 0, 0, 0))

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.parts)

    def best_alone(self) -> Part | None:
        """The cheapest style that alone makes no more mistakes than the fit; None where there is none."""
        return min(
            (part for part in self.alone if part.tally.errors <= self.tally.errors),
            key=lambda part: part.tokens,
            default=None,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "tokens": self.tokens,
            "cer": self.tally.cer,
            "parts": [_told(part) for part in self.parts],
            "alone": [_told(part) for part in self.alone],
        }


def fit(
    text: str,
    styles: Sequence[Style],
    reader: PageReader,
    *,
    cer: float,
    progress: Callable[[int, int], None] | None = None,
) -> Fit:
    """`cer` is the share of a part's characters that may be misread. Raises `DataError` for an empty text or no styles."""
    if not text.strip() or not styles:
        raise DataError("fit: give a text and at least one style")
    spans = list(_spans(text))
    tried: list[list[_Trial]] = []
    for done, span in enumerate(spans):
        if progress:
            progress(done, len(spans))
        tried.append([_trial(text[slice(*span)], style, reader, cer) for style in styles])
    chosen = _cheapest(tried)
    parts: list[Part] = []
    first = 0
    for at in range(1, len(spans) + 1):
        if at == len(spans) or chosen[at] != chosen[first]:
            met = all(tried[each][chosen[each]].met for each in range(first, at))
            parts.append(_part(text, (spans[first][0], spans[at - 1][1]), styles[chosen[first]], reader, met))
            first = at
    whole = (0, len(text))
    alone = [_part(text, whole, style, reader, all(row[k].met for row in tried)) for k, style in enumerate(styles)]
    return Fit(parts=tuple(parts), alone=tuple(alone))


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """A part in a style: visual tokens by area, as if it did not end in the middle of a row of them; mistakes; whether they are few enough;
    tokens in a row of the page."""

    tokens: float
    errors: int
    met: bool
    row: float


def _trial(text: str, style: Style, reader: PageReader, cer: float) -> _Trial:
    pages = list(render(text, style))
    token_area = reader.token_px**2
    area = sum(page.width_px * (page.lines[-1].bottom_px - page.lines[0].top_px) for page in pages if page.lines)
    counted = _read(pages, reader)
    return _Trial(
        tokens=area / token_area,
        errors=counted.errors,
        met=counted.cer <= cer,
        row=max(page.width_px for page in pages) / reader.token_px,
    )


def _cheapest(tried: list[list[_Trial]]) -> list[int]:
    """The style of each part: the shortest path over parts and styles. First, few parts that are read worse than asked; then, few tokens,
    where a change of style costs a row of them, since a page ends there."""
    n_styles = len(tried[0])
    best = [(0, 0.0)] * n_styles
    came: list[list[int]] = []
    for trials in tried:
        fewest = min(trial.errors for trial in trials)
        step: list[tuple[tuple[int, float], int]] = []
        for at, trial in enumerate(trials):
            # Where no style is good enough, only the best one counts as not too bad.
            bad = 0 if trial.met or (trial.errors == fewest and not any(each.met for each in trials)) else 1
            total, before = min(
                ((best[k][0] + bad, best[k][1] + trial.tokens + (trial.row if k != at else 0)), k)
                for k in range(n_styles)
            )
            step.append((total, before))
        best = [total for total, _ in step]
        came.append([before for _, before in step])
    at = min(range(n_styles), key=lambda at: best[at])
    chosen = [at]
    for before in reversed(came[1:]):
        at = before[at]
        chosen.append(at)
    return chosen[::-1]


def _part(text: str, span: tuple[int, int], style: Style, reader: PageReader, met: bool) -> Part:
    pages = list(render(text[slice(*span)], style))
    tokens = sum(vision_tokens(reader.family, page.width_px, page.height_px) for page in pages)
    return Part(span=span, style=style, tally=_read(pages, reader), tokens=tokens, pages=len(pages), met=met)


def _read(pages: list[Page], reader: PageReader) -> Tally:
    read = reader.read_all(pages)
    return sum(
        (tally(page.text, got.text, page.codes) for page, got in zip(pages, read, strict=True)), Tally(0, 0, 0, 0)
    )


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans that tile the text: about `PART_CHARS` long, shorter where the kind of text changes. Cut at blank lines, and at other line ends
    where those are too rare."""
    first, kind = 0, None
    for start, end in _blocks(text):
        plain = is_plain(text[start:end])
        if start > first and (start - first >= PART_CHARS or (plain != kind and start - first >= LEAST_CHARS)):
            yield first, start
            first, kind = start, plain
        elif kind is None or end - start > start - first:
            kind = plain
    yield first, len(text)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs; those that are longer than two parts are cut at line ends."""
    start = 0
    for gap in (*(found.end() for found in _BLANK.finditer(text)), len(text)):
        while gap - start > 2 * PART_CHARS and (line := _LINE_END.search(text, start + PART_CHARS, gap)):
            yield start, line.end()
            start = line.end()
        if gap > start:
            yield start, gap
            start = gap


def is_plain(text: str) -> bool:
    """Prose, and not code, a table or a list of names and numbers."""
    inked = sum(not char.isspace() for char in text)
    odd = sum(not (char.isalpha() or char.isspace() or char in _PROSE_MARKS) for char in text)
    exact = sum(each.span[1] - each.span[0] for each in exact_strings(text))
    return odd <= MOST_ODD * inked and exact <= MOST_EXACT * inked


def _told(part: Part) -> dict[str, Any]:
    return {
        "span": list(part.span),
        "style": part.style.name,
        "tokens": part.tokens,
        "pages": part.pages,
        "n_chars": part.tally.chars,
        "cer": part.tally.cer,
        "met": part.met,
    }
