"""Where our lines stand on their pages, for engines that draw lines but do not lay out.

In: text and a style. Out: a `PlacedPage` a page, each with its runs: text, the pen's x and the baseline. Knows nothing of engines. What a
page shows in place of a character is left to the engines, but for newlines (the style's mark) and characters that cannot be seen, which are
taken out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smallprint.render import render

if TYPE_CHECKING:
    from smallprint.render import Page, Style

_NEWLINE = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_ONE_PX = 1 << 16
"""`Line.left` is in 16.16 pixels."""


@dataclass(frozen=True, slots=True)
class Run:
    """Text that is drawn in one go, from a pen position in pixels."""

    text: str
    x_px: float
    baseline_px: int


@dataclass(frozen=True, kw_only=True)
class PlacedPage:
    """A page's size and its runs."""

    width_px: int
    height_px: int
    runs: tuple[Run, ...]


def place(text: str, style: Style, *, n_pages: int | None = None) -> list[PlacedPage]:
    """The text's pages, or the first `n_pages` of them."""
    mark = style.shown_newline
    # Tabs have stops and justified spaces a width of their own: what follows them is placed anew.
    cut = re.compile("[\t ]" if style.alignment == "justify" else "\t")
    placed: list[PlacedPage] = []
    for page in render(text, style):
        if len(placed) == n_pages:
            break
        runs = tuple(run for run in _runs(page, mark, cut) if run.text)
        placed.append(PlacedPage(width_px=page.width_px, height_px=page.height_px, runs=runs))
    return placed


def _runs(page: Page, mark: str, cut: re.Pattern[str]) -> list[Run]:
    text, offset = page.text, page.span[0]
    runs: list[Run] = []
    for line in page.lines:
        ink = text[line.start - offset : line.ink_end - offset]
        at = 0
        for end in [*(found.start() for found in cut.finditer(ink)), len(ink)]:
            if end > at:
                x_px = _pen_px(page, line.start, at) if at else line.left / _ONE_PX
                runs.append(Run(_seen(ink[at:end], mark), x_px, line.baseline_px))
            at = end + 1
    return runs


def _pen_px(page: Page, start: int, at: int) -> float:
    # Boxes begin at the whole pixel before the pen: within a line, places are right to half of one.
    return page.boxes(start + at, start + at + 1)[0].x0 + 0.5


def _seen(text: str, mark: str) -> str:
    if text.isprintable():
        return text
    marked = _NEWLINE.sub(mark, text)
    return "".join(char for char in marked if not unicodedata.category(char).startswith("C"))
