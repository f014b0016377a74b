# What smallprint uses of freetype-py 2.5.1.
from typing import Any

FT_LOAD_IGNORE_TRANSFORM: int
FT_LOAD_NO_SCALE: int
FT_LOAD_NO_HINTING: int
FT_LOAD_NO_BITMAP: int
FT_RENDER_MODE_NORMAL: int

class FT_Exception(Exception): ...

class Vector:
    x: int
    y: int
    def __init__(self, x: int = ..., y: int = ...) -> None: ...

class Matrix:
    def __init__(self, xx: int, xy: int, yx: int, yy: int) -> None: ...

class Outline:
    n_points: int

class Bitmap:
    rows: int
    width: int
    pitch: int
    buffer: list[int]

class GlyphSlot:
    advance: Vector
    outline: Outline
    bitmap: Bitmap
    bitmap_left: int
    bitmap_top: int
    def render(self, render_mode: int) -> None: ...

class Face:
    def __init__(self, path_or_stream: Any, index: int = ...) -> None: ...
    @property
    def glyph(self) -> GlyphSlot: ...
    @property
    def units_per_EM(self) -> int: ...
    @property
    def ascender(self) -> int: ...
    @property
    def descender(self) -> int: ...
    @property
    def is_scalable(self) -> bool: ...
    @property
    def family_name(self) -> bytes: ...
    def get_char_index(self, charcode: int | str) -> int: ...
    def load_glyph(self, index: int, flags: int = ...) -> None: ...
    def set_transform(self, matrix: Matrix, delta: Vector) -> None: ...
    def set_char_size(self, width: int = ..., height: int = ..., hres: int = ..., vres: int = ...) -> None: ...

def version() -> tuple[int, int, int]: ...
