"""The colours of a style's pages, and how a PNG file holds them.

In: a style. Out: a `Palette`: grounds, inks at each level over each ground, numbered. Knows nothing of text or layout.

Pixels are numbers into the palette until the last moment, which keeps coloured pages as quick as gray ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from smallprint.render import languages
from smallprint.render.highlight import ROLES
from smallprint.render.style import role_colors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.style import Style

GROUNDS = ("page", "border", "paragraph")
GRAY, RGB, INDEXED = 0, 2, 3
"""Colour types of PNG (https://www.w3.org/TR/png-3/, 11.2.1, read 2026-11-20)."""
_MAX_COLORS = 256


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Every colour that a page can have."""

    colors: NDArray[np.uint8]
    """(n, 3), one row a number."""
    numbers: NDArray[np.int64]
    """(3, inks, levels): the number of an ink's level over a ground, in the order of `GROUNDS`."""
    color_type: int
    depth: int
    """Bits a sample in a PNG file."""

    @cached_property
    def is_gray(self) -> bool:
        """Pages are (H, W) rather than (H, W, 3)."""
        return bool((self.colors == self.colors[:, :1]).all())

    @property
    def samples(self) -> NDArray[np.uint8]:
        """What a PNG file holds for each number. Not for `RGB`."""
        if self.color_type == INDEXED:
            return np.arange(len(self.colors), dtype=np.uint8)
        return self.colors[:, 0] // (255 // ((1 << self.depth) - 1))

    @cached_property
    def chunk(self) -> bytes | None:
        """The body of the PLTE chunk, for `INDEXED`."""
        return self.colors.tobytes() if self.color_type == INDEXED else None


def make_palette(style: Style) -> Palette:
    """Colours in the order in which they are first met, page ground first."""
    found: dict[tuple[int, int, int], int] = {}

    def number(color: NDArray[Any]) -> int:
        red, green, blue = color.tolist()
        return found.setdefault((red, green, blue), len(found))

    n_levels = 1 << style.gray_bits
    level = np.arange(n_levels)[:, None]
    grounds = [_rgb(style.page_color), _rgb(style.border_color), _rgb(style.paragraph_color)]
    numbers = np.array(
        [
            [[number(color) for color in _blend(ground, _rgb(ink), level, n_levels - 1)] for ink in inks(style)]
            for ground in grounds
        ]
    )
    colors = np.array(list(found), np.uint8)
    color_type, depth = _storage(colors)
    return Palette(colors=colors, numbers=numbers, color_type=color_type, depth=depth)


def inks(style: Style) -> tuple[str, ...]:
    """The colours of ink, in the order of their numbers: text, newline marks where they have one of their own, then the roles of code."""
    marks = () if style.newline_color is None else (style.newline_color,)
    if style.highlight == languages.OFF:
        return (style.font_color, *marks)
    # What is under the letters. Of both kinds of ink take the one that stands out more.
    ground = style.paragraph_color
    tone = "light" if contrast(ground, "#000000") >= contrast(ground, "#FFFFFF") else "dark"
    colors = role_colors(tone)
    return (style.font_color, *marks, *(colors[role] for role in ROLES))


def contrast(color: str, other: str) -> float:
    """From 1 to 21, as WCAG 2.2 has it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio, read 2026-11-21)."""
    darker, lighter = sorted((_luminance(color), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = [part / 255 for part in _rgb(color).tolist()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _blend(ground: NDArray[Any], ink: NDArray[Any], level: NDArray[Any], top: int) -> NDArray[Any]:
    # Floor division rounds alike for lighter and darker ink only after the shift by half a level.
    return ground + ((ink - ground) * level * 2 + top) // (2 * top)


def _storage(colors: NDArray[np.uint8]) -> tuple[int, int]:
    """Colour type and depth: the fewest bits a pixel, gray rather than indexed where both take as many."""
    if len(colors) > _MAX_COLORS:
        return RGB, 8
    depth = next(bits for bits in (1, 2, 4, 8) if len(colors) <= 1 << bits)
    step = 255 // ((1 << depth) - 1)
    is_gray = (colors == colors[:, :1]).all() and not (colors % step).any()
    return (GRAY if is_gray else INDEXED), depth


def _rgb(color: str) -> NDArray[Any]:
    return np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)])
