"""HarfBuzz: code points of one script and direction to glyphs with places.

In: a face and code points. Out: arrays of glyphs, the character that each belongs to, advances and offsets in font units. Knows nothing of
pixels or lines. The library is the one in uharfbuzz. Its functions are called by their C names where the platform shows them, so that
arrays go in and out as they are; else through its objects, one glyph at a time, which gives the same and takes three times as long.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.fonts import Face

# hb_direction_t and the two structures of five 32-bit words, https://harfbuzz.github.io/harfbuzz-hb-buffer.html (2026-11-22).
_LTR, _RTL = 4, 5
_WORDS = 5


class Glyphs(NamedTuple):
    """Glyphs from left to right, whatever the direction of the text. All of shape (n,); lengths in font units, y up."""

    glyph: NDArray[np.int64]
    cluster: NDArray[np.int64]
    """The place of the first character that a glyph stands for. Characters between one such place and the next belong to the first."""
    advance: NDArray[np.int64]
    dx: NDArray[np.int64]
    dy: NDArray[np.int64]


@cache
def version() -> str:
    """Pages of scripts that need shaping depend on it, so manifests record it."""
    import uharfbuzz

    return uharfbuzz.version_string()


def shape(face: Face, code_points: NDArray[np.uint32], *, script: str, rtl: bool) -> Glyphs:
    """The glyphs of a text of one script (ISO 15924), in the order in which they stand on the page."""
    library = _library()
    by = _by_objects if library is None else _by_arrays
    return by(face, np.ascontiguousarray(code_points, np.uint32), script, rtl)


def _by_objects(face: Face, code_points: NDArray[np.uint32], script: str, rtl: bool) -> Glyphs:
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_codepoints(code_points.tolist())
    buffer.script = script
    buffer.direction = "rtl" if rtl else "ltr"
    uharfbuzz.shape(_font(face), buffer, {})
    rows = [
        (info.codepoint, info.cluster, place.x_advance, place.x_offset, place.y_offset)
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions or (), strict=True)
    ]
    return Glyphs(*np.array(rows, np.int64).reshape(-1, 5).T)


def _by_arrays(face: Face, code_points: NDArray[np.uint32], script: str, rtl: bool) -> Glyphs:
    library: Any = _library()
    n = len(code_points)
    buffer = library.hb_buffer_create()
    try:
        library.hb_buffer_add_codepoints(buffer, code_points.ctypes.data, n, 0, n)
        library.hb_buffer_set_script(buffer, library.hb_script_from_string(script.encode(), -1))
        library.hb_buffer_set_direction(buffer, _RTL if rtl else _LTR)
        library.hb_shape(_font_at(face), buffer, None, 0)
        length = ctypes.c_uint()
        infos = library.hb_buffer_get_glyph_infos(buffer, ctypes.byref(length))
        places = library.hb_buffer_get_glyph_positions(buffer, None)
        size = length.value * _WORDS * 4
        info = np.frombuffer(ctypes.string_at(infos, size), np.uint32).reshape(-1, _WORDS).astype(np.int64)
        place = np.frombuffer(ctypes.string_at(places, size), np.int32).reshape(-1, _WORDS).astype(np.int64)
    finally:
        library.hb_buffer_destroy(buffer)
    return Glyphs(info[:, 0], info[:, 2], place[:, 0], place[:, 2], place[:, 3])


@cache
def _library() -> Any:
    """HarfBuzz's C functions in the extension of uharfbuzz; None where it hides them."""
    import uharfbuzz

    pointer, number = ctypes.c_void_p, ctypes.c_uint
    types: dict[str, tuple[Any, list[Any]]] = {
        "hb_buffer_create": (pointer, []),
        "hb_buffer_destroy": (None, [pointer]),
        "hb_buffer_add_codepoints": (None, [pointer, pointer, ctypes.c_int, number, ctypes.c_int]),
        "hb_buffer_set_script": (None, [pointer, ctypes.c_uint32]),
        "hb_script_from_string": (ctypes.c_uint32, [ctypes.c_char_p, ctypes.c_int]),
        "hb_buffer_set_direction": (None, [pointer, ctypes.c_int]),
        "hb_shape": (None, [pointer, pointer, pointer, number]),
        "hb_buffer_get_glyph_infos": (pointer, [pointer, pointer]),
        "hb_buffer_get_glyph_positions": (pointer, [pointer, pointer]),
        "hb_blob_create_from_file": (pointer, [ctypes.c_char_p]),
        "hb_face_create": (pointer, [pointer, number]),
        "hb_font_create": (pointer, [pointer]),
    }
    try:
        library = ctypes.CDLL(uharfbuzz._harfbuzz.__file__)  # pyright: ignore[reportPrivateUsage]
        for name, (result, arguments) in types.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (AttributeError, OSError):
        return None
    return library


# A font that is not scaled has its own units as steps.


@cache
def _font(face: Face) -> Any:
    import uharfbuzz

    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(face.path)), face.index))


@cache
def _font_at(face: Face) -> Any:
    library: Any = _library()
    blob = library.hb_blob_create_from_file(os.fsencode(face.path))
    return library.hb_font_create(library.hb_face_create(blob, face.index))
