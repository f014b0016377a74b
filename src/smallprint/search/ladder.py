"""The styles that a model is calibrated on: one page, letters of falling size.

In: a family, sizes. Out: rungs, each with a style; what a rung compresses; the style in which a short text is shown as it would be on a
full page. Knows no reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from smallprint.errors import DataError, StyleError
from smallprint.render import Style, render
from smallprint.search.space import KINDS, Space
from smallprint.search.transcribers import as_read
from smallprint.tokens.families import family as family_row
from smallprint.tokens.text import count
from smallprint.tokens.vision import vision_tokens

Fill: TypeAlias = Literal["mark", "break"]
FILLS: tuple[Fill, ...] = ("mark", "break")
"""Running text with a mark for a line break, and lines that break. The first one is tried at all sizes."""
SIZES = (16.0, 14.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0)
"""px. At 16 px a page of most families is hardly cheaper than its text; under 5 px a letter has fewer pixels than strokes."""
LEAST_PX, MOST_PX = 4.0, 64.0
"""64: families that show a model few tokens of a large page (gemma-4-70) cannot read less."""
WHOLE_BELOW_PX = 7.0
"""Under it letters are as wide as whole pixels: of prose at 6 px the embedded reader then reads 3% wrong rather than 12%, and Tesseract 6%
rather than 13%; at 7 px Tesseract reads worse for it (3,000 characters of Jane Eyre)."""


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One size and fill."""

    size_px: float
    fill: Fill
    style: Style

    @property
    def name(self) -> str:
        return f"{self.size_px:g} px, {self.fill}"


class Ladder:
    """The rungs for one family, on a page that it keeps as it is."""

    def __init__(self, family: str, sizes: Iterable[float] = SIZES) -> None:
        """Raises `TokenError` for an unknown family, `DataError` for a size that is not allowed."""
        self.family = family_row(family).name
        self.sizes = tuple(sorted({float(size) for size in sizes}, reverse=True))
        for size in self.sizes:
            if not LEAST_PX <= size <= MOST_PX:
                raise DataError(f"sizes: {size:g} is not allowed; give sizes from {LEAST_PX:g} to {MOST_PX:g} px")
        if not self.sizes:
            raise DataError("sizes: there are none; give sizes in px, such as 12,9,7")
        self._space = Space.of(self.family, KINDS)

    def rung(self, size_px: float, fill: Fill = FILLS[0]) -> Rung:
        genome = {
            **self._space.default,
            "size": size_px,
            "newline": fill,
            "whole_px": size_px < WHOLE_BELOW_PX,
        }
        return Rung(
            size_px=size_px, fill=fill, style=self._space.style(genome, name=f"calibrated-{size_px:g}px-{fill}")
        )

    def compression(self, rung: Rung, text: str) -> float:
        """Text tokens over visual tokens, all pages counted. Raises `StyleError` where nothing fits on a page."""
        tokens = sum(vision_tokens(self.family, *size) for size in render(text, rung.style).sizes())
        if not tokens:
            raise StyleError("style: no pages")
        return text_tokens(text, self.family) / tokens

    def as_read(self, rung: Rung, text: str) -> Style:
        """The rung's style, as `transcribers.as_read` has it."""
        return as_read(rung.style, [text], self.family)


@cache
def text_tokens(text: str, family: str) -> int:
    """As the family counts text."""
    return count(text, family_row(family).tokenizer).tokens
