"""A piece of a page, to look at beside its figures.

In: a style and a text. Out: a PNG of the top left of the first page, pixel by pixel.
"""

from __future__ import annotations

from smallprint.render import Style, png, render

WIDTH_PX, HEIGHT_PX = 320, 160


def crop_of(style: Style, text: str) -> bytes:
    """Raises `StyleError` and `TextError` where no page can be drawn."""
    pixels = render(text, style)[0].pixels
    return png.encode(pixels[:HEIGHT_PX, :WIDTH_PX].copy(), "small")
