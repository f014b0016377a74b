"""HarfBuzz: code points of one script and direction to glyphs with places.

In: a face and code points. Out: arrays of glyphs, the character that each belongs to, advances and offsets in font units. The arrays are
read from HarfBuzz's own memory where the library of uharfbuzz shows its functions; else object by object, which takes twice as long and gives
the same. Knows nothing of pixels or lines.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.fonts import Face


class Glyphs(NamedTuple):
    """Glyphs from left to right, whatever the direction of the text. All int64 of shape (n,); lengths in font units, y up."""

    index: NDArray[np.int64]
    cluster: NDArray[np.int64]
    """The place of the first character that a glyph stands for. Characters between one such place and the next belong to the first."""
    advance: NDArray[np.int64]
    dx: NDArray[np.int64]
    dy: NDArray[np.int64]


def version() -> str:
    """Pages of scripts that need shaping depend on it, so manifests record it."""
    import uharfbuzz

    return uharfbuzz.version_string()


def shape(face: Face, code_points: NDArray[np.uint32], *, script: str, rtl: bool) -> Glyphs:
    """The glyphs of a text of one script (ISO 15924), in the order in which they stand on the page."""
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_codepoints(code_points.tolist())
    buffer.script = script
    buffer.direction = "rtl" if rtl else "ltr"
    uharfbuzz.shape(_font(face), buffer, {})
    infos, places = buffer.glyph_infos, buffer.glyph_positions
    if not infos:
        return Glyphs(*np.zeros((5, 0), np.int64))
    rows = [
        (info.codepoint, info.cluster, place.x_advance, place.x_offset, place.y_offset)
        for info, place in zip(infos, places, strict=True)
    ]
    return Glyphs(*np.array(rows, np.int64).T)


@cache
def _font(face: Face) -> Any:
    import uharfbuzz

    # One font unit is one step of HarfBuzz's positions.
    return uharfbuzz.Font(uharfbuzz.Face(face.path.read_bytes(), face.index))
